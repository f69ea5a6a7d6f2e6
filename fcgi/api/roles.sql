-- roles.sql - statements of api/roles.c; see scripts/embed-sql.
-- as: mortise_api

-- $4: how many roles a company may make.
-- name: role_create
select mortise.role_create($1, $2, $3, $4::int)

-- name: role_lock
select version, label, description from mortise.role_lock($1)

-- name: role_describe
select mortise.role_describe($1, $2, $3::bool, $4)

-- name: role_factor
select mortise.role_factor($1, $2::bool)

-- $2 and $3: JSON arrays of names to give and to take. Answers how many changed, and the names that nobody knows.
-- name: role_permit
select changed, to_json(unknown) from mortise.role_permit($1,
  array(select jsonb_array_elements_text($2::jsonb)), array(select jsonb_array_elements_text($3::jsonb)))

-- name: role_remove
select label, people from mortise.role_remove($1, $2)

-- Active people who have a permission, by which of their roles: $2 skipped, $3 of them; NULL = there is no such. Those who
-- have it for own tickets only are among them.
-- name: role_holders
with named as materialized (select g.role, g.permission from mortise.role_gives g where g.permission in ($1, $1 || ':own')),
  gives as (select array_agg(distinct n.role) as roles, array_agg(n.role) filter (where n.permission = $1) as wide from named n),
  holders as (select u.id, u.name, u.email, u.pending, u.roles from mortise.users u, gives
    where u.active and u.roles && gives.roles),
  page as (select * from holders h order by lower(h.name), h.id limit $3::int offset $2::int)
select case when (select roles from gives) is not null then json_build_object(
  'items', (select coalesce(json_agg(json_build_object('id', p.id, 'name', p.name, 'email', p.email, 'pending', p.pending,
    'ownOnly', not p.roles && coalesce((select wide from gives), '{}'),
    'roles', array(select r from unnest(p.roles) with ordinality x (r, n) where r = any ((select roles from gives)::text[])
      order by n)) order by lower(p.name), p.id), '[]') from page p),
  'total', (select count(*) from holders)) end
