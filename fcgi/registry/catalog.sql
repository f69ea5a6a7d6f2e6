-- catalog.sql - statements of registry/catalog.c; see scripts/embed-sql.
-- as: mortise_admin

-- part: package_columns
p.sha256, p.plugin_key, p.version, null, p.manifest, p.size, p.quarantined_at,
  p.quarantine_reason,
  (select json_agg(json_build_object('path', f.path, 'size', f.size, 'sha256', f.sha256)
    order by f.path) from mortise.plugin_files f where f.package_sha256 = p.sha256),
  p.source, mortise.iso(p.approved_at), array_to_json(p.hooks), p.signature, p.blake2b, p.imports

-- part: can_roll_back
b.sha256 is not null and b.quarantined_at is null and mortise.plugin_fit(b.sha256) is null

-- $1: roles, whose permissions of the plugin are the last column.
-- part: installation
select ${package_columns}, i.id, i.state, mortise.iso(i.installed_at), u.name, b.sha256,
  b.version, ${can_roll_back}, array_to_json(i.consented),
  array_to_json(array(select h.permission from mortise.role_permissions h
    where h.tenant_id = i.tenant_id and h.plugin_key = i.plugin_key and h.granted
      and h.role = any (string_to_array($1, ','))))
from mortise.installations i
join mortise.plugin_packages p on p.sha256 = i.package_sha256
left join mortise.plugin_packages b on b.sha256 = i.previous_sha256
left join mortise.users u on u.tenant_id = i.tenant_id and u.id = i.installed_by
where i.tenant_id = (select mortise.tenant())

-- name: catalog_packages
select ${package_columns}
from mortise.plugin_packages p
where $1::text is null or p.plugin_key = $1

-- name: catalog_package
select ${package_columns}
from mortise.plugin_packages p where p.sha256 = $1

-- name: catalog_installations
${installation}
order by p.manifest ->> 'displayName', p.plugin_key

-- name: catalog_installation
${installation} and ($2::uuid is null or i.id = $2::uuid) and ($3::text is null or i.plugin_key = $3)

-- name: catalog_add_plugin
insert into mortise.plugins (key) values ($1) on conflict do nothing

-- name: catalog_add_package
insert into mortise.plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size,
  uploaded_by, hooks, source, signature, blake2b, imports)
values ($1, $2, $3, $4::jsonb, $5::jsonb, decode($6, 'base64'), $7::bigint, $8::uuid,
  array(select jsonb_array_elements_text($9::jsonb)), $10, $11, $12, $13::jsonb)
on conflict do nothing returning sha256

-- A signature may come later; one that is there gives way only to one that is good.
-- name: catalog_add_signature
update mortise.plugin_packages set signature = $2, blake2b = $3
where sha256 = $1 and (signature is null or $4::bool)

-- name: catalog_add_files
insert into mortise.plugin_files (package_sha256, path, size, sha256)
select $1, f.path, f.size, f.sha256
from jsonb_to_recordset($2::jsonb) as f (path text, size bigint, sha256 text)

-- name: catalog_there
select sha256 from mortise.plugin_packages where sha256 = $1
  or (plugin_key = $2 and version = $3)
