-- pictures.sql - statements of api/pictures.c; see scripts/embed-sql.
-- as: mortise_api

-- Of a person, or the logo. Nothing where it is the same.
-- name: picture_put
insert into mortise.pictures as p (tenant_id, user_id, hash, type, data)
values (mortise.tenant(), $1::uuid, $2, $3, decode($4, 'base64'))
on conflict on constraint pictures_tenant_id_user_id_key
  do update set hash = excluded.hash, type = excluded.type, data = excluded.data where p.hash <> excluded.hash

-- name: picture_drop
delete from mortise.pictures where tenant_id = (select mortise.tenant()) and user_id is not distinct from $1::uuid

-- name: picture_get
select type, encode(data, 'base64') from mortise.pictures
where tenant_id = (select mortise.tenant()) and user_id is not distinct from $1::uuid and hash = $2

-- name: picture_list
select coalesce(json_agg(json_build_object('userId', user_id, 'hash', hash)), '[]') from mortise.pictures
where tenant_id = (select mortise.tenant()) and user_id = any (string_to_array($1, ',')::uuid[])
