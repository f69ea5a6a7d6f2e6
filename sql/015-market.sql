-- 015-market.sql - the marketplace's last catalogue, and counted requests.

create table marketplace_cache (
  source text primary key,
  version bigint not null default 0,
  listing text,
  etag text,
  fetched_at timestamptz,
  tried_at timestamptz not null default now(),
  error text,
  error_text jsonb
);
comment on table marketplace_cache is 'The last good catalogue of a source, as Mortise read it, and how the '
  'last try went. version counts its changes; error_text is the error as a message. No tenant''s data.';

create table marketplace_images (
  source text not null,
  address text not null,
  type text,
  data bytea,
  fetched_at timestamptz not null default now(),
  primary key (source, address)
);
comment on table marketplace_images is 'Icons and screenshots of catalogue entries; data NULL = it could not be had. No '
  'tenant''s data.';

-- A window begins with its first count; the route decides how long it lasts.
create table rate_limits (
  route text not null,
  address text not null,
  began_at timestamptz not null default now(),
  count int not null default 1,
  primary key (route, address)
);
-- Over, or of a clock that was ahead.
create function rate_over(began timestamptz, lasts interval) returns bool
language sql stable
return rate_over.began not between now() - lasts and now() + interval '1 min';
grant execute on function rate_over(timestamptz, interval) to mortise_admin, mortise_auth;

comment on table rate_limits is 'How often an address came to a route within its window, counted here so that '
  'all workers of all hosts count together. No tenant''s data.';
grant select, insert, update, delete on marketplace_cache, marketplace_images, rate_limits to mortise_admin;
grant select, delete on marketplace_images, rate_limits to mortise_steward;
