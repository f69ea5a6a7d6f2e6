-- trust.sql - statements of registry/trust.c; see scripts/embed-sql.
-- as: mortise_admin, mortise_steward

-- name: trust_facts
select plugin_key, version, signature, blake2b from mortise.plugin_packages
where sha256 = $1
