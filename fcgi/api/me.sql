-- me.sql - statements of api/me.c; see scripts/embed-sql.
-- as: mortise_api
--
-- Both are one round trip: the permissions of plugins, the names of the roles that the company made for itself, by their
-- ids, and what person and company chose.
-- part: rest
union all select 'role', c.id, c.label from mortise.custom_roles c
  union all select 'choice', o.name, o.value from mortise.own_choices() o) found
order by lower(value)

-- Permissions come once for each of the caller's roles that has them.
-- name: me_granted
select kind, name, value from (
  select 'permission' as kind, h.permission as name, null as value from mortise.plugin_permissions_held h
  where h.granted and h.role = any (string_to_array($1, ','))
  ${rest}

-- All that there is.
-- name: me_all
select kind, name, value from (
  select 'permission' as kind, h.permission as name, null as value from mortise.plugin_permissions_held h
  ${rest}
