-- 014-trust.sql - trusted keys.

create table trust_keys (
  id text primary key check (id ~ '^[0-9A-F]{16}$'),
  public_key text not null unique check (public_key ~ '^[A-Za-z0-9+/]{56}$'),
  name text not null check (length(name) between 1 and 80),
  added_at timestamptz not null default now(),
  revoked_at timestamptz
);
comment on table trust_keys is 'The operator''s trust store: public keys of minisign. Written with '
  '`mortise trust` only, as mortise_owner. A revoked key stays, so that its signatures are known as bad. '
  'No tenant''s data.';
grant select on trust_keys to mortise_admin, mortise_steward;
