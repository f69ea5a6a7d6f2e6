-- me.sql - statements of api/me.c; see scripts/embed-sql.
-- as: mortise_api

-- $1: the caller's roles, NULL = all that there is.
-- name: me_granted
select coalesce(json_agg(distinct g.permission), '[]') from mortise.plugin_grants g
where g.enabled and ($1::text is null
  or g.granted and g.role = any (string_to_array($1, ',')))
