-- The registrar's state. A device is keyed by (manufacturer, serial), never by serial alone.
CREATE TABLE devices (
	id INTEGER PRIMARY KEY,
	manufacturer TEXT NOT NULL,
	serial TEXT NOT NULL,
	state INTEGER NOT NULL,
	decision INTEGER NOT NULL,
	listed INTEGER NOT NULL,
	request INTEGER,
	first_seen INTEGER NOT NULL,
	last_seen INTEGER NOT NULL,
	address TEXT NOT NULL,
	comment TEXT NOT NULL,
	reason TEXT NOT NULL,
	UNIQUE (manufacturer, serial)
);
-- One row per pledge voucher-request that was passed on; the hash finds the answer again.
CREATE TABLE requests (
	id INTEGER PRIMARY KEY,
	device INTEGER NOT NULL REFERENCES devices (id),
	pvr_hash BLOB NOT NULL,
	media TEXT NOT NULL,
	url TEXT NOT NULL,
	created INTEGER NOT NULL,
	rvr BLOB NOT NULL,
	voucher BLOB,
	status INTEGER NOT NULL,
	verdict INTEGER NOT NULL,
	detail TEXT NOT NULL,
	UNIQUE (device, pvr_hash)
);
-- Every certificate issued; the same device with the same request gets the same one again.
CREATE TABLE certificates (
	id INTEGER PRIMARY KEY,
	device INTEGER NOT NULL REFERENCES devices (id),
	csr_hash BLOB NOT NULL,
	serial BLOB NOT NULL UNIQUE,
	der BLOB NOT NULL,
	issued INTEGER NOT NULL,
	not_after INTEGER NOT NULL,
	UNIQUE (device, csr_hash)
);
