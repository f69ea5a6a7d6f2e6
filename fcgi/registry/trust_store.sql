-- trust_store.sql - statements of registry/trust_store.c; see scripts/embed-sql.
-- as: mortise_admin, mortise_steward

-- name: trust_keys
select id, public_key, name,
  mortise.iso(added_at),
  mortise.iso(revoked_at)
from mortise.trust_keys order by added_at, id
