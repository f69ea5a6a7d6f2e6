-- image.sql - statements of marketplace/image.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: image_get
select type, encode(data, 'base64'), fetched_at < now() - interval '7 days'
  or (data is null and fetched_at < now() - interval '1 hour')
from mortise.marketplace_images where source = $1 and address = $2

-- name: image_put
insert into mortise.marketplace_images (source, address, type, data)
values ($1, $2, $3, decode($4, 'base64')) on conflict (source, address) do update set
  type = excluded.type, data = excluded.data, fetched_at = now()

-- The latest ones that have room together stay.
-- name: image_trim
delete from mortise.marketplace_images i using (select source, address,
  sum(pg_column_size(data)) over (order by fetched_at desc, source, address) as bytes
  from mortise.marketplace_images) as n
where n.source = i.source and n.address = i.address and n.bytes > $1::bigint
