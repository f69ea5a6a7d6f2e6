-- flow.sql - statements of oidc/flow.c; see scripts/embed-sql.
-- as: mortise_api

-- name: flow_begin
select mortise.oidc_begin($1::uuid, $2, $3, $4, $5, $6::int, $7::int)

-- name: flow_take
select provider, back from mortise.oidc_take($1, $2)

-- name: flow_failed
select mortise.oidc_failed($1::uuid, $2, $3::int)

-- $6: a JSON array.
-- name: flow_sign_in
select refused, expires, tenant, person, ended from mortise.oidc_sign_in($1::uuid, $2, $3, $4::bool, $5,
  array(select jsonb_array_elements_text($6::jsonb)), $7::uuid, $8, $9::int)
