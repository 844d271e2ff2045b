# SPDX-License-Identifier: Apache-2.0
"""CBOR by somebody else: take our COSE objects apart, and make payloads and telemetry of our own.

usage: cbor_check.py ours FILE voucher|request LEAF...   what is in it, key by key; deterministic
       cbor_check.py payload FILE FORM LEAF=VALUE...     write a payload; FORM: sids, names, tags, mixed
       cbor_check.py bag FILE N                          N certificates in the unprotected header
"""
import sys

import cbor2

ORDER = (
    "assertion", "created-on", "domain-cert-revocation-checks", "expires-on", "idevid-issuer", "last-renewal-date",
    "nonce", "pinned-domain-cert",
)
REQUEST = {name: i + 1 for i, name in enumerate(ORDER)} | {
    "prior-signed-voucher-request": 9, "proximity-registrar-cert": 10, "proximity-registrar-pubk-sha256": 11,
    "proximity-registrar-pubk": 12, "serial-number": 13,
}
VOUCHER = {name: i + 1 for i, name in enumerate(ORDER)} | {
    "pinned-domain-pubk": 9, "pinned-domain-pubk-sha256": 10, "serial-number": 11,
}
TOP = {"voucher": (2451, VOUCHER), "request": (2501, REQUEST)}
ASSERTIONS = ("verified", "logged", "proximity", "agent-proximity")


def value_of(name, text):
    if text.startswith("@"):
        with open(text[1:], "rb") as f:
            return f.read()
    if name == "assertion":
        return ASSERTIONS.index(text)
    if name == "domain-cert-revocation-checks":
        return text == "true"
    return text


def leaves(arguments):
    return {name: value_of(name, text) for name, text in (a.split("=", 1) for a in arguments)}


def open_cose(path):
    with open(path, "rb") as f:
        wire = f.read()
    top = cbor2.loads(wire)
    assert isinstance(top, cbor2.CBORTag) and top.tag == 18, "not tagged 18"
    assert cbor2.dumps(top, canonical=True) == wire, "not deterministic"
    return top.value


def ours(path, kind, *arguments):
    protected, _, payload, signature = open_cose(path)
    assert list(cbor2.loads(protected)) == [1], "more than alg is protected"
    assert len(signature) in (64, 96), "signature is not r and s"
    number, keys = TOP[kind]
    want = {number: {keys[name]: value for name, value in leaves(arguments).items()}}
    got = cbor2.loads(payload)
    assert got == want, f"{got} is not {want}"
    assert cbor2.dumps(got, canonical=True) == payload, "payload is not deterministic"


def bag(path, count):
    _, unprotected, _, _ = open_cose(path)
    if int(count) == 0:
        assert unprotected == {}, unprotected
        return
    assert list(unprotected) == [32], unprotected
    found = [unprotected[32]] if isinstance(unprotected[32], bytes) else unprotected[32]
    assert len(found) == int(count) and (len(found) > 1 or isinstance(unprotected[32], bytes))


def payload(path, form, kind, *arguments):
    number, keys = TOP[kind]
    inside = {}
    for i, (name, value) in enumerate(leaves(arguments).items()):
        how = form if form != "mixed" else ("sids", "names", "tags")[i % 3]
        key = {"sids": keys[name], "names": name, "tags": cbor2.CBORTag(47, number + keys[name])}[how]
        inside[key] = value
    top = f"ietf-voucher{'' if kind == 'voucher' else '-request'}:voucher" if form == "names" else number
    with open(path, "wb") as f:
        f.write(cbor2.dumps({top: inside}))


if __name__ == "__main__":
    {"ours": ours, "bag": bag, "payload": payload}[sys.argv[1]](*sys.argv[2:])
