-- When a timer engine beside the store looks after a conversation next.

CREATE TABLE alarm (
  conversation TEXT PRIMARY KEY,
  at BIGINT NOT NULL
);
