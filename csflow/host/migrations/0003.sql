-- People at the desk, and what a customer file is searched by.

CREATE TABLE staff (
  id TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  presence TEXT NOT NULL,
  since BIGINT NOT NULL
);

CREATE TABLE tag (
  conversation TEXT NOT NULL,
  seq BIGINT NOT NULL,
  part BIGINT NOT NULL,
  name TEXT NOT NULL,
  customer TEXT NOT NULL,
  value TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (conversation, seq, part, name)
);
CREATE INDEX tag_name ON tag (name, at);

ALTER TABLE approval ADD COLUMN late BIGINT;
ALTER TABLE approval ADD COLUMN escalated TEXT;

ALTER TABLE promise ADD COLUMN keeper TEXT;

ALTER TABLE customer ADD COLUMN name TEXT;
ALTER TABLE customer ADD COLUMN class TEXT;
ALTER TABLE customer ADD COLUMN importance TEXT;
CREATE INDEX customer_class ON customer (class);
