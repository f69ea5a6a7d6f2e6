-- company_export.sql - statements of relay/company_export.c and company_export_zip.c; see scripts/embed-sql.
-- as: mortise_steward

-- name: company_export_due
select mortise.company_export_due()

-- name: company_export_take
select tenant, id, code, name from mortise.company_export_take($1::int)

-- name: company_export_note
select mortise.company_export_note($1::int, $2::uuid, $3, $4::bigint, $5::bigint, $6::int)

-- name: company_export_end
select mortise.company_export_end($1::int, $2::uuid, $3::bigint, $4::int, $5, $6::jsonb)

-- name: company_export_expire
select mortise.company_exports_expire()

-- name: company_export_known
select id from mortise.company_exports_known(array[$1::uuid]) id

-- The rows of a part, as JSON; its columns, with whether they are numbers.
-- name: company_export_parts
select p.part, format('select row_to_json(t) as j from (select %s from mortise.%I where %s) t',
  (select string_agg(format('%I', c ->> 0), ', ') from jsonb_array_elements(p.columns) c), p.name,
  replace(mortise.company_rows(p.whose), '$1', '(select mortise.tenant())')), p.columns, false
from mortise.company_export_parts() p
union all
select 'plugins/' || key || '/' || own, format('select j from mortise.plugin_rows(%L, %L) j', key, own), columns, true
from mortise.plugin_parts()

-- Files: their names, and the statement that reads one, or its hash in files_dir.
-- name: company_export_files
select name, rows, hash from (select format('pictures/%s.%s', coalesce(p.user_id::text, 'logo'), split_part(p.type, '/', 2)),
  format('select encode(p.data, ''base64'') from mortise.pictures p where p.tenant_id = (select mortise.tenant()) and p.hash = %L limit 1', p.hash), null
from mortise.pictures p where p.tenant_id = (select mortise.tenant())
union all
select 'files/' || f.id || coalesce('.' || substring(f.name from '\.([A-Za-z0-9]{1,10})$'), ''), null, f.sha256
from mortise.ticket_files f where f.tenant_id = (select mortise.tenant())
union all
select 'plugins/' || f.plugin_key || '/files/' || f.id || coalesce('.' || substring(f.name from '\.([A-Za-z0-9]{1,10})$'), ''), null, f.sha256
from mortise.plugin_kept_files f where f.tenant_id = (select mortise.tenant())) f (name, rows, hash) order by name
