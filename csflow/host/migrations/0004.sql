-- The rule files that conversations were served with, so that a version can be loaded again once its files are gone.

CREATE TABLE flow_version (
  digest TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  texts TEXT NOT NULL,
  since BIGINT NOT NULL
);

CREATE TABLE store_profile (
  digest TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  text TEXT NOT NULL,
  since BIGINT NOT NULL
);

ALTER TABLE event ADD COLUMN profile TEXT;
