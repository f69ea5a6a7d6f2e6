-- lifecycle_approve.sql - statements of install/lifecycle_approve.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: approve
update mortise.plugin_packages set approved_at = now(), approved_by = $2::uuid
where sha256 = $1 and approved_at is null

-- name: approve_top
update mortise.plugins set newest_approved = $2 where key = $1

-- name: approve_register
select mortise.permissions_register($1, $2)

-- name: approve_in_use
select 1 from mortise.installations where plugin_key = $1 limit 1
