-- Certificates have a life: who signed them, when they end, when and why they were taken back. Device NULL: our own.
CREATE TABLE certificates_3 (
	id INTEGER PRIMARY KEY,
	device INTEGER REFERENCES devices (id),
	predecessor INTEGER NOT NULL,
	csr_hash BLOB NOT NULL,
	authority BLOB NOT NULL,
	serial BLOB NOT NULL UNIQUE,
	der BLOB NOT NULL,
	fingerprint BLOB NOT NULL,
	ski BLOB,
	issued INTEGER NOT NULL,
	not_before INTEGER NOT NULL,
	not_after INTEGER NOT NULL,
	revoke_at INTEGER NOT NULL,
	revoked INTEGER NOT NULL,
	reason INTEGER NOT NULL
);
-- fingerprint, ski, authority and not_before of rows from before are filled in when the program opens the store
INSERT INTO certificates_3 SELECT id, device, 0, csr_hash, x'', serial, der, x'', NULL, issued, 0, not_after, 0, 0, 0
	FROM certificates;
DROP TABLE certificates;
ALTER TABLE certificates_3 RENAME TO certificates;
CREATE INDEX certificates_device ON certificates (device, csr_hash);
CREATE INDEX certificates_fingerprint ON certificates (fingerprint);
CREATE INDEX certificates_ski ON certificates (ski);
CREATE INDEX certificates_predecessor ON certificates (predecessor) WHERE predecessor > 0;
CREATE INDEX certificates_revoke_at ON certificates (revoke_at) WHERE revoke_at > 0 AND revoked = 0;
CREATE INDEX certificates_revoked ON certificates (not_after) WHERE revoked > 0;
-- all that a list is filtered by without a key, so that it need not read the certificates themselves
CREATE INDEX certificates_list ON certificates (id, not_after, revoke_at, revoked, device);
-- The last revocation list of each CA key. stale: something was revoked since, and the list could not be made anew.
CREATE TABLE crls (
	authority BLOB PRIMARY KEY,
	number INTEGER NOT NULL,
	this_update INTEGER NOT NULL,
	next_update INTEGER NOT NULL,
	der BLOB NOT NULL,
	stale INTEGER NOT NULL
);
-- What became of each device, for people.
CREATE TABLE timeline (
	id INTEGER PRIMARY KEY,
	device INTEGER NOT NULL REFERENCES devices (id),
	time INTEGER NOT NULL,
	life INTEGER NOT NULL,
	detail TEXT NOT NULL
);
CREATE INDEX timeline_device ON timeline (device);
ALTER TABLE devices ADD COLUMN standing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN life INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN life_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN reinstated INTEGER NOT NULL DEFAULT 0;
-- the sweep finds out about the devices from before
UPDATE devices SET life_until = 1;
CREATE INDEX devices_serial ON devices (serial);
CREATE INDEX devices_life ON devices (life);
CREATE INDEX devices_life_until ON devices (life_until) WHERE life_until > 0;
