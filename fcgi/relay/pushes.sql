-- pushes.sql - statements of relay/pushes.c; see scripts/embed-sql.
-- as: mortise_steward

-- One row at least, for the snapshot. $1 NULL: what is there already is no news. As feed_page finds events; at most $2.
-- name: pushes_new
with now as materialized (select pg_current_snapshot() as snap)
select now.snap::text, p.channel, (p.message || jsonb_build_object('channel', p.channel))::text
from now left join lateral (select u.channel, u.message from mortise.pushes u
  where u.xid >= pg_snapshot_xmin($1::pg_snapshot) and u.xid < pg_snapshot_xmax((select snap from now))
    and not pg_visible_in_snapshot(u.xid, $1::pg_snapshot) and pg_visible_in_snapshot(u.xid, (select snap from now))
  limit $2::int) p on true

-- name: pushes_clear
delete from mortise.pushes where at < now() - interval '10 s'
