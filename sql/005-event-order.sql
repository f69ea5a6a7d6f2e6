-- 005-event-order.sql - which events are new, without looking at every channel.
--
-- The steward remembers a snapshot: events of transactions that it could not see then, and can see now,
-- are what it has to publish. The default is the top-level transaction, also inside of functions.

alter table events add column xid xid8 not null default pg_current_xact_id();
comment on column events.xid is 'The transaction that raised it. The steward finds new events by it.';

-- Not tenant_id first: what is asked is "the newest of all tenants". Only mortise_auth, the core's own
-- roles and the steward ever reach this table; no plugin can be granted it.
create index events_xid on events (xid);
