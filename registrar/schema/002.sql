-- How the device was last heard from: "https", "coaps"; "TLSv1.3", "DTLSv1.2". Empty: not since.
ALTER TABLE devices ADD COLUMN transport TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN tls_version TEXT NOT NULL DEFAULT '';
