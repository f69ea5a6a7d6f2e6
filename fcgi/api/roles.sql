-- roles.sql - statements of api/roles.c; see scripts/embed-sql.
-- as: mortise_api

-- $1 role, $2 and $3 JSON arrays of names to give and to take. Rows are locked in one order. Answers how
-- many changed, and the names that no plugin here defines.
-- name: role_change
with want as (select n as permission, true as granted from jsonb_array_elements_text($2::jsonb)
    n union all select n, false from jsonb_array_elements_text($3::jsonb) n),
  known as materialized (select distinct g.permission from mortise.plugin_grants g),
  locked as materialized (select r.permission, r.granted from mortise.role_permissions r
  where r.role = $1 and r.permission in (select k.permission from known k)
  order by r.permission for update),
  changed as (update mortise.role_permissions r set granted = w.granted, changed_at = now(),
    changed_by = mortise.user_id()
  from want w join locked l on l.permission = w.permission and l.granted <> w.granted
  where r.role = $1 and r.permission = w.permission returning 1)
select (select count(*) from changed), (select coalesce(json_agg(w.permission), '[]')
  from want w where w.permission not in (select k.permission from known k))
