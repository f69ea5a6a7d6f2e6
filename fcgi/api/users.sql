-- users.sql - statements of api/users.c; see scripts/embed-sql.
-- as: mortise_api

-- name: user_link_make
select purpose, expires from mortise.link_make($1::uuid, $2, $3::int, $4::int)

-- name: user_mail_link
select purpose, address from mortise.mail_link($1::uuid, $2::uuid)

-- name: user_factor_take
select mortise.factor_reset($1::uuid)

-- name: user_open_tickets
select mortise.user_open_tickets($1::uuid)

-- name: user_open_work
select mortise.user_open_work($1::uuid)

-- Answers how many are left for the next time.
-- name: user_hand_over
select mortise.user_hand_over($1::uuid, $2, $3::uuid, $4::int, $5::bool)

-- name: user_remove_lock
select version, kind from mortise.users where id = $1::uuid and kind in ('person', 'former') for no key update

-- NULL = there is nobody; else how many are left for the next time.
-- name: user_remove
select mortise.user_remove($1::uuid, $2, $3::uuid, $4::int)

-- Those of a person that the company doesn't have, and their places in the list.
-- name: user_roles_unknown
select x.n - 1, x.role from jsonb_array_elements_text($1::jsonb) with ordinality x (role, n)
where not mortise.role_exists(mortise.tenant(), x.role)

-- name: user_permissions
select json_build_object('items', coalesce((select json_agg(json_build_object('name', p.permission, 'label', p.label,
    'source', p.source, 'sourceName', p.source_name, 'enabled', p.enabled, 'roles', p.roles)
    order by p.part, p.source_name, p.source, p.position)
  from (select g.part, g.source_name, g.source, g.position, g.permission, g.label, g.enabled,
      array_agg(g.role order by array_position(u.roles, g.role)) as roles
    from mortise.role_gives g where g.role = any (u.roles)
    group by g.part, g.source_name, g.source, g.position, g.permission, g.label, g.enabled) p), '[]'))
from mortise.users u where u.id = $1::uuid and u.kind = 'person'
