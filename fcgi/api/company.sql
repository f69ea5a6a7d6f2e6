-- company.sql - statements of api/company.c; see scripts/embed-sql.
-- as: mortise_api

-- name: company_get
select name, time_zone, notification_days from mortise.tenants where id = (select mortise.tenant())

-- name: company_zone_known
select mortise.is_time_zone($1)

-- NULL leaves what is there.
-- name: company_change
update mortise.tenants set name = coalesce($1, name), time_zone = coalesce($2, time_zone),
  notification_days = coalesce($3::int, notification_days)
where id = (select mortise.tenant()) returning name, time_zone, notification_days
