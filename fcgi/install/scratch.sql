-- scratch.sql - statements of install/scratch.c; see scripts/embed-sql.
-- as: mortise_admin

-- What killed tools left; their lock is free. A plugin that somebody called so is none.
-- name: scratch_left
select replace(substr(n.nspname, 3), '_', '-') from pg_namespace n
where n.nspname ~ '^x_scratch_[0-9a-f]{8}$'
  and not exists (select from mortise.plugins p where p.key = replace(substr(n.nspname, 3), '_', '-'))

-- name: scratch_company
select id, code from mortise.tenants where code = coalesce($1, code) order by id limit 1

-- name: scratch_person
select id from mortise.users where kind = 'person' and active order by 'Admin' = any (roles) desc, id limit 1

-- name: scratch_ran
select name from mortise.plugin_migrations where plugin_key = $1

-- name: scratch_prepare
select mortise.plugin_prepare($1, $2)

-- name: scratch_reopen
select mortise.plugin_open($1, $2, $3)

-- name: scratch_handover
select mortise.plugin_handover($1, $2, $3::text[])

-- name: scratch_drop
select mortise.plugin_drop($1)
