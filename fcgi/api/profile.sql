-- profile.sql - statements of api/profile.c; see scripts/embed-sql.
-- as: mortise_api

-- name: profile_lock
select name, phone, language, theme, time_zone, locale from mortise.users where id = $1::uuid for no key update

-- name: profile_zone_known
select mortise.is_time_zone($1)

-- What others see has a version. $6: did it change?
-- name: profile_set
update mortise.users set name = $2, phone = $3, language = $4, theme = $5, version = version + $6::int,
  time_zone = $7, locale = $8
where id = $1::uuid returning version

-- As resource/model.c adds it.
-- name: profile_history
insert into mortise.history (tenant_id, row_id, user_id, changes, resource)
values (mortise.tenant(), $1, mortise.user_id(), $2::jsonb, 'users')
