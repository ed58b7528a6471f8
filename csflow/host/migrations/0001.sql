-- Moments are microseconds since 1970 in UTC, so that they sort and compare alike in every database.

CREATE TABLE conversation (
  id TEXT PRIMARY KEY,
  customer TEXT NOT NULL,
  flow TEXT NOT NULL,
  digest TEXT NOT NULL,
  state TEXT NOT NULL,
  snapshot TEXT NOT NULL,
  seq BIGINT NOT NULL,
  due BIGINT,
  waits_since BIGINT,
  taken_by TEXT,
  opened BIGINT NOT NULL,
  touched BIGINT NOT NULL
);
CREATE INDEX conversation_due ON conversation (due) WHERE due IS NOT NULL;
CREATE INDEX conversation_waits ON conversation (waits_since) WHERE waits_since IS NOT NULL;
CREATE INDEX conversation_customer ON conversation (customer);
CREATE INDEX conversation_digest ON conversation (digest);

CREATE TABLE event (
  conversation TEXT NOT NULL,
  seq BIGINT NOT NULL,
  message TEXT,
  kind TEXT NOT NULL,
  data TEXT NOT NULL,
  turn TEXT NOT NULL,
  digest TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (conversation, seq)
);
CREATE UNIQUE INDEX event_message ON event (conversation, message) WHERE message IS NOT NULL;
CREATE INDEX event_at ON event (at);

CREATE TABLE outbox (
  key TEXT PRIMARY KEY,
  lane TEXT NOT NULL,
  conversation TEXT NOT NULL,
  seq BIGINT NOT NULL,
  part BIGINT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  data TEXT NOT NULL,
  at BIGINT NOT NULL,
  due BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  error TEXT,
  done BIGINT
);
CREATE INDEX outbox_open ON outbox (due, lane) WHERE done IS NULL;
CREATE INDEX outbox_conversation ON outbox (conversation, seq);

CREATE TABLE lease (
  lane TEXT PRIMARY KEY,
  worker TEXT NOT NULL,
  until BIGINT NOT NULL
);

CREATE TABLE approval (
  key TEXT PRIMARY KEY,
  conversation TEXT NOT NULL,
  serial BIGINT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  data TEXT NOT NULL,
  asked BIGINT NOT NULL,
  deadline BIGINT,
  state TEXT NOT NULL,
  by TEXT,
  settled BIGINT
);
CREATE INDEX approval_open ON approval (role, deadline) WHERE state = 'open';
CREATE INDEX approval_conversation ON approval (conversation);

CREATE TABLE promise (
  conversation TEXT NOT NULL,
  serial BIGINT NOT NULL,
  customer TEXT NOT NULL,
  name TEXT NOT NULL,
  what TEXT NOT NULL,
  about TEXT,
  made BIGINT NOT NULL,
  due BIGINT NOT NULL,
  state TEXT NOT NULL,
  settled BIGINT,
  PRIMARY KEY (conversation, serial)
);
CREATE INDEX promise_state ON promise (state, due);

CREATE TABLE given (
  conversation TEXT NOT NULL,
  seq BIGINT NOT NULL,
  part BIGINT NOT NULL,
  customer TEXT NOT NULL,
  name TEXT NOT NULL,
  data TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (conversation, seq, part)
);
CREATE INDEX given_name ON given (name, at);
CREATE INDEX given_customer ON given (customer, name);

CREATE TABLE record (
  conversation TEXT NOT NULL,
  seq BIGINT NOT NULL,
  part BIGINT NOT NULL,
  customer TEXT NOT NULL,
  name TEXT NOT NULL,
  data TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (conversation, seq, part)
);
CREATE INDEX record_name ON record (name, at);
CREATE INDEX record_customer ON record (customer);

CREATE TABLE customer (
  id TEXT PRIMARY KEY,
  file TEXT NOT NULL,
  seq BIGINT NOT NULL,
  since BIGINT NOT NULL,
  touched BIGINT NOT NULL
);
