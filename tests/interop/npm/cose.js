/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COSE_Sign1 by somebody else (cose-js for ES256 and ES384; node's own Ed25519 under its CBOR).
 * usage: cose.js verify FILE PUBLIC.pem    ends with 0 when the signature is right
 *        cose.js sign PAYLOAD KEY.pem OUT [CERT.der...]    certificates as x5bag
 */
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const cbor = require('cbor');
const cose = require('cose-js');

const ALGS = { prime256v1: 'ES256', secp384r1: 'ES384' };

function numbers(key) {
	const jwk = key.export({ format: 'jwk' });
	const out = {};

	for (const name of ['x', 'y', 'd'])
		if (jwk[name])
			out[name] = Buffer.from(jwk[name], 'base64url');
	return out;
}

function toBeSigned(protectedBytes, payload) {
	return cbor.encodeCanonical(['Signature1', protectedBytes, Buffer.alloc(0), payload]);
}

async function verify(file, pem) {
	const wire = fs.readFileSync(file);
	const key = crypto.createPublicKey(fs.readFileSync(pem));

	if (key.asymmetricKeyType !== 'ed25519') {
		await cose.sign.verify(wire, { key: numbers(key) });
		return;
	}
	const [head, , payload, signature] = cbor.decodeFirstSync(wire).value;

	if (cbor.decodeFirstSync(head).get(1) !== -8)
		throw new Error('alg is not EdDSA');
	if (!crypto.verify(null, toBeSigned(head, payload), key, signature))
		throw new Error('Signature missmatch');
}

async function sign(file, pem, out, ...certs) {
	const payload = fs.readFileSync(file);
	const key = crypto.createPrivateKey(fs.readFileSync(pem));
	const der = certs.map((name) => fs.readFileSync(name));
	const bag = new Map(der.length ? [[32, der.length > 1 ? der : der[0]]] : []);

	if (key.asymmetricKeyType === 'ed25519') {
		const head = cbor.encodeCanonical(new Map([[1, -8]]));
		const signature = crypto.sign(null, toBeSigned(head, payload), key);

		fs.writeFileSync(out, cbor.encodeCanonical(new cbor.Tagged(18, [head, bag, payload, signature])));
		return;
	}
	const alg = ALGS[key.asymmetricKeyDetails.namedCurve];
	const wire = await cose.sign.create({ p: { alg } }, payload, { key: numbers(key) });
	const parts = cbor.decodeFirstSync(wire).value;

	parts[1] = bag;
	fs.writeFileSync(out, cbor.encodeCanonical(new cbor.Tagged(18, parts)));
}

const [what, ...rest] = process.argv.slice(2);

({ verify, sign })[what](...rest).catch((e) => {
	console.error(`cose.js: ${e.message}`);
	process.exit(1);
});
