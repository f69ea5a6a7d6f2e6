-- catalog_delete.sql - statements of registry/catalog_delete.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: catalog_installed
select count(*) from mortise.installations i
join mortise.plugin_packages p on p.sha256 = i.package_sha256
where i.plugin_key = $1 and ($2::text is null or p.version = $2)

-- name: catalog_forget_way_back
update mortise.installations i set previous_sha256 = null from mortise.plugin_packages p
where p.sha256 = i.previous_sha256 and p.plugin_key = $1 and p.version = $2

-- name: catalog_delete_packages
delete from mortise.plugin_packages
where plugin_key = $1 and ($2::text is null or version = $2)

-- name: catalog_delete_migrations
delete from mortise.plugin_migrations m where plugin_key = $1
  and not exists (select from mortise.plugin_packages p where p.plugin_key = $1)

-- name: catalog_delete_plugin
delete from mortise.plugins where key = $1
  and not exists (select from mortise.plugin_packages p where p.plugin_key = $1)
