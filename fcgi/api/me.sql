-- me.sql - statements of api/me.c; see scripts/embed-sql.
-- as: mortise_api
--
-- Both are one round trip: the permissions of plugins, without a label, and the names of the roles that the company
-- made for itself, by their ids.

-- Once for each of the caller's roles that has it.
-- name: me_granted
select name, label from (
  select h.permission as name, null as label from mortise.plugin_permissions_held h
  where h.granted and h.role = any (string_to_array($1, ','))
  union all select c.id, c.label from mortise.custom_roles c) found
order by lower(label)

-- All that there is.
-- name: me_all
select name, label from (
  select h.permission as name, null as label from mortise.plugin_permissions_held h
  union all select c.id, c.label from mortise.custom_roles c) found
order by lower(label)
