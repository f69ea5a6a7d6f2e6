-- tokens.sql - statements of api/tokens.c; see scripts/embed-sql.
-- as: mortise_api

-- $1: also what reaches beyond the company.
-- name: token_scopes
select json_build_object('items', mortise.own_scopes($1::bool))

-- $4: a JSON array of scopes. Answers the places of those that can't be chosen; it is made when there is none.
-- name: token_add
with made as materialized (select mortise.token_add($1, $2::uuid, $3, array(select jsonb_array_elements_text($4::jsonb)),
  $5, $6, $7::int, $8::bool, $9::int, $10::int) as wrong)
select coalesce(json_agg(x.n - 1 order by x.n), '[]')
from made, jsonb_array_elements_text($4::jsonb) with ordinality x (scope, n) where x.scope = any (made.wrong)

-- name: own_tokens_drop
select mortise.own_tokens_drop($1::uuid)

-- name: company_token_drop
select mortise.company_token_drop($1::uuid)
