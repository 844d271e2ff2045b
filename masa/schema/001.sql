-- SPDX-License-Identifier: Apache-2.0
-- The MASA's ledger: the devices that the manufacturer made, and every voucher given for them.

CREATE TABLE devices (
	id INTEGER PRIMARY KEY,
	serial TEXT NOT NULL,
	issuer BLOB NOT NULL,			-- idevid-issuer as rfc8366bis 6.1 makes it
	idevid BLOB NOT NULL,			-- the certificate, DER
	policy TEXT NOT NULL CHECK (policy IN ('first', 'owner')),
	blocked INTEGER NOT NULL DEFAULT 0,
	owner BLOB,				-- SHA-256 of the owner's SPKI; NULL: nobody's yet
	created INTEGER NOT NULL,
	nonced_duplicates INTEGER NOT NULL DEFAULT 0,
	nonceless_duplicates INTEGER NOT NULL DEFAULT 0,
	arbitrary INTEGER NOT NULL DEFAULT 0,	-- RFC 8995 5.8.1 truncation counters
	UNIQUE (serial, issuer)
);

CREATE TABLE entries (
	id INTEGER PRIMARY KEY,
	device INTEGER NOT NULL REFERENCES devices (id),
	date INTEGER NOT NULL,
	domain_id BLOB NOT NULL,		-- RFC 8995 5.8.2, of the pinned certificate
	domain_key BLOB NOT NULL,		-- SHA-256 of its SPKI
	assertion INTEGER NOT NULL,		-- the YANG enum's value
	nonce BLOB,
	nonce_text TEXT,			-- as it stood in the request
	expires_on INTEGER,
	registrar BLOB NOT NULL,		-- SHA-256 of the RVR signer's SPKI
	request BLOB NOT NULL,			-- SHA-256 of the RVR
	voucher BLOB NOT NULL,
	truncated INTEGER NOT NULL DEFAULT 0,
	UNIQUE (request, device),
	UNIQUE (device, nonce, registrar)
);
