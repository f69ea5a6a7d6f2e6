-- feed.sql - statements of relay/feed.c; see scripts/embed-sql.
-- as: mortise_steward

-- name: feed_begin
select pg_current_snapshot()::text

-- Events of transactions that $1 could not see and `now` can, by the index of transactions, behind the place $3 to $5
-- where the last page ended. One row at least, for the snapshot; its channel is NULL when nothing is new. $2 is the
-- snapshot of the first page, so that all pages of a window are cut from one state. The message is what
-- GET /api/events?since= lists, too.
-- name: feed_page
with now as materialized (select coalesce($2::pg_snapshot, pg_current_snapshot()) as snap),
fresh as materialized (select e.* from mortise.events e
  where e.xid >= pg_snapshot_xmin($1::pg_snapshot) and e.xid < pg_snapshot_xmax((select snap from now))
    and not pg_visible_in_snapshot(e.xid, $1::pg_snapshot) and pg_visible_in_snapshot(e.xid, (select snap from now)))
select now.snap::text, e.tenant_id, e.channel, e.seq, e.message
from now left join lateral (select f.tenant_id, f.channel, f.seq, json_build_object('channel', f.channel, 'seq', f.seq,
    'type', f.type, 'data', f.payload, 'at', mortise.iso(f.created_at))::text as message
  from fresh f where (f.tenant_id, f.channel, f.seq) > ($3::int, $4::text, $5::bigint)
  order by f.tenant_id, f.channel, f.seq limit $6::int) e on true

-- $1 tenant, $2 up to which snapshot all is published, $3 and $4: how many events and bytes of a channel go in
-- one message. Of a channel with more only the position. Its numbers are in the order of commits, so what the
-- snapshot could not see are its last ones: fewer than $3 among the last $3 are all of them.
-- name: feed_heads
select c.name, case when late.n < $3::int and octet_length(late.list::text) <= $4::int
  then json_build_object('channel', c.name, 'seq', c.seq, 'type', 'events', 'events', late.list)
  else json_build_object('channel', c.name, 'seq', c.seq, 'type', 'heartbeat') end::text
from mortise.channels c join mortise.events e
  on e.tenant_id = c.tenant_id and e.channel = c.name and e.seq = c.seq
cross join lateral (select count(*) as n, json_agg(json_build_object('channel', l.channel, 'seq', l.seq,
      'type', l.type, 'data', l.payload, 'at', mortise.iso(l.created_at)) order by l.seq) as list
  from mortise.events l where l.tenant_id = c.tenant_id and l.channel = c.name
    and l.seq > c.seq - $3::int and not pg_visible_in_snapshot(l.xid, $2::pg_snapshot)) late
where c.tenant_id = $1::int and e.xid >= pg_snapshot_xmin($2::pg_snapshot) and late.n > 0
order by c.name limit 1000
