-- What waits in a lane is found without a look at all that waits.

CREATE INDEX outbox_lane ON outbox (lane) WHERE done IS NULL;
