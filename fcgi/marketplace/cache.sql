-- cache.sql - statements of marketplace/cache.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: market_cache_state
select version, etag, mortise.iso(fetched_at),
  coalesce(extract(epoch from now() - fetched_at)::bigint, -1),
  extract(epoch from now() - tried_at)::bigint, error, tried_at::text,
  error_text
from mortise.marketplace_cache where source = $1

-- name: market_cache_listing
select listing, version from mortise.marketplace_cache where source = $1

-- name: market_cache_store
insert into mortise.marketplace_cache as c (source, version, listing, etag, fetched_at)
values ($1, 1, $2, $3, now()) on conflict (source) do update set version = c.version + 1,
  listing = excluded.listing, etag = excluded.etag, fetched_at = now(), tried_at = now(),
  error = null, error_text = null

-- name: market_cache_same
update mortise.marketplace_cache set fetched_at = now(), tried_at = now(), error = null,
  error_text = null
where source = $1

-- name: market_cache_failed
insert into mortise.marketplace_cache as c (source, error, error_text) values ($1, $2, $3::jsonb)
on conflict (source) do update set tried_at = now(), error = excluded.error,
  error_text = excluded.error_text
