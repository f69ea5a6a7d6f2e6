-- notifications.sql - statements of api/notifications.c; see scripts/embed-sql.
-- as: mortise_api

-- name: notify
select mortise.notify($1, $2, $3::jsonb)

-- NULL = there is no such team.
-- name: notify_team
select mortise.notify_team($1::uuid, $2::jsonb)

-- name: notifications_read
select mortise.notifications_read($1::timestamptz, $2::bool)

-- One of the caller's own; no row where there is no such one.
-- name: notification_mark
select mortise.notice_mark(n.id, $2) from mortise.notifications n where n.id = $1

-- name: notification_seen_by
select mortise.notice_seen_by($1, $2::int)

-- name: active_users
select json_build_object('users', coalesce(json_agg(json_build_object(
  'userId', p.id, 'userName', p.name, 'role', p.role, 'connectedAt', mortise.iso(p.since))
  order by lower(p.name), p.id), '[]'), 'count', count(*))
from (select u.id, u.name, u.roles[1] as role, min(p.since) as since
  from mortise.presence p
  join mortise.users u on u.tenant_id = p.tenant_id and u.id = p.user_id
  where p.expires_at > now() group by u.id, u.name, u.roles) as p

-- Connections of one tenant: what an Admin sees.
-- name: presence_stats
select json_build_object('totalConnections', (select count(*) from mortise.presence p
  where p.expires_at > now()),
  'byCompany', json_build_object($1::text, (select count(*) from mortise.presence p
  where p.expires_at > now())),
  'byRole', (select coalesce(json_object_agg(x.role, x.n order by x.role), '{}') from
  (select role, count(*) as n from mortise.presence p
    join mortise.users u on u.tenant_id = p.tenant_id and u.id = p.user_id
    cross join unnest(u.roles) as role where p.expires_at > now() group by role) as x))

-- Those of all tenants; the function itself checks that the user of the transaction is a system admin.
-- name: presence_stats_all
with p as (select tenant_code, roles, connections from mortise.presence_all())
select json_build_object('totalConnections', (select coalesce(sum(connections), 0) from p),
  'byCompany', (select coalesce(json_object_agg(tenant_code, n order by tenant_code), '{}')
  from (select tenant_code, sum(connections) as n from p group by tenant_code) as x),
  'byRole', (select coalesce(json_object_agg(role, n order by role), '{}') from
  (select role, sum(connections) as n from p cross join unnest(roles) as role
    group by role) as x))

-- as: mortise_admin

-- name: announce
select mortise.announce($1::jsonb, $2, $3)
