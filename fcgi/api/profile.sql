-- profile.sql - statements of api/profile.c; see scripts/embed-sql.
-- as: mortise_api

-- name: profile_lock
select name, phone, language, theme from mortise.users where id = $1::uuid for no key update

-- What others see has a version. $6: did it change?
-- name: profile_set
update mortise.users set name = $2, phone = $3, language = $4, theme = $5, version = version + $6::int
where id = $1::uuid returning version

-- As resource/model.c adds it.
-- name: profile_history
insert into mortise.history (tenant_id, row_id, user_id, changes, resource)
values (mortise.tenant(), $1, mortise.user_id(), $2::jsonb, 'users')
