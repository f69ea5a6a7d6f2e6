-- tenant.sql - statements of cli/tenant.c; see scripts/embed-sql.
-- as: mortise_owner

-- name: tenant_add
select mortise.tenant_create($1, $2, 'active', $3)

-- name: tenant_list
select code, name || case when organization = name then '' else format(' (%s)', organization) end, state, people,
  to_char(created, 'YYYY-MM-DD')
from mortise.tenant_list()
where $1::text is null or state = $1

-- name: tenant_set_state
select mortise.tenant_set_state($1, $2, $3)

-- What isn't given stays; 'default' is as for all companies.
-- name: tenant_limits_set
select mortise.company_limits_set($1,
  case when $2::text is null then (l #>> '{people,own}')::int when $2 <> 'default' then $2::int end,
  case when $3::text is null then (l #>> '{storageMb,own}')::int when $3 <> 'default' then $3::int end,
  case when $4::text is null then (l #>> '{plugins,own}')::int when $4 <> 'default' then $4::int end)
from mortise.company_limits_of($1) l

-- name: tenant_limits
select key, coalesce(value ->> 'used', '?'), value ->> 'most'
from json_each(mortise.company_limits_of($1))

-- name: tenant_delete
select mortise.company_delete($1, $2::int, $3)

-- name: tenant_export
select mortise.company_export_ask($1, $2::uuid, $3)

-- name: tenant_exports
select mortise.company_exports_of($1)

-- name: tenant_export_drop
select mortise.company_export_drop($1, $2::uuid)

-- name: tenant_keep
select mortise.company_keep($1)

-- name: tenant_deletion
select step, removed, total, fault from mortise.company_deletion($1)

-- name: tenant_move
select o ->> 'name', (o ->> 'companies')::int from mortise.tenant_organize($1, $2) o
