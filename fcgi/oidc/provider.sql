-- provider.sql - statements of oidc/provider.c; see scripts/embed-sql.
-- as: mortise_api

-- $2: how long what was fetched counts as fresh, in seconds.
-- name: provider_find
select tenant, name, issuer, client_id, secrets, key_id, scopes, role_claim, document, keys, silent
from mortise.oidc_provider($1::uuid, $2::int)

-- name: provider_remember
select mortise.oidc_remember($1::uuid, $2::jsonb, $3::jsonb)

-- name: provider_may_renew
select mortise.oidc_may_renew($1::uuid, $2::int)
