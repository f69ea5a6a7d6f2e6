-- configure.sql - statements of install/configure.c; see scripts/embed-sql.
-- as: mortise_admin

-- Of these ids, those of active people and of roles that the company made for itself.
-- name: configure_chosen
select coalesce(json_agg(x.id), '[]') from (
  select u.id::text from mortise.users u where u.tenant_id = (select mortise.tenant()) and mortise.may_be_chosen(u)
    and u.id = any (array(select v::uuid from unnest($1::text[]) v where length(v) = 36))
  union all
  select c.id from mortise.custom_roles c where c.tenant_id = (select mortise.tenant()) and c.id = any ($1::text[])) x
