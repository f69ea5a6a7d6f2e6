-- operation.sql - statements of install/operation.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: operation_activity
select mortise.plugin_activity_add($1::int, $2, $3, $4, $5, $6::uuid, $7, $8, $9)

-- name: operation_state
update mortise.installations set state = $3, changed_at = now()
where tenant_id = $1::int and id = $2::uuid

-- name: operation_in_use
select 1 from mortise.installations where package_sha256 = $1
  and state in ('installing', 'enabled', 'removing') limit 1

-- name: operation_lift
update mortise.plugin_packages set quarantined_at = null, quarantine_reason = null
where sha256 = $1 and quarantined_at is not null
