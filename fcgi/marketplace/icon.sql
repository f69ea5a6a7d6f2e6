-- icon.sql - statements of marketplace/icon.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: icon_get
select type, encode(data, 'base64'), fetched_at < now() - interval '7 days'
  or (data is null and fetched_at < now() - interval '1 hour')
from mortise.marketplace_icons where source = $1 and address = $2

-- name: icon_put
insert into mortise.marketplace_icons (source, address, type, data)
values ($1, $2, $3, decode($4, 'base64')) on conflict (source, address) do update set
  type = excluded.type, data = excluded.data, fetched_at = now()
