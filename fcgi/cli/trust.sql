-- trust.sql - statements of cli/trust.c; see scripts/embed-sql.
-- as: mortise_owner

-- name: trust_find
select public_key = $2, revoked_at is not null from mortise.trust_keys where id = $1

-- name: trust_add
insert into mortise.trust_keys (id, public_key, name) values ($1, $2, $3)
on conflict (id) do update set name = excluded.name

-- name: trust_list
select id, name, to_char(added_at, 'YYYY-MM-DD'), to_char(revoked_at, 'YYYY-MM-DD HH24:MI'), public_key
from mortise.trust_keys order by added_at, id

-- name: trust_revoke
update mortise.trust_keys set revoked_at = now() where id = $1 and revoked_at is null returning name
