-- custom.sql - statements of api/custom.c; see scripts/embed-sql.
-- as: mortise_api

-- name: custom_fields
select key, type, to_json(options)::text, required from mortise.custom_fields
  where resource = $1 and archived_at is null order by position, key

-- name: custom_field
select type, to_json(options)::text from mortise.custom_fields where resource = $1 and key = $2 and archived_at is null

-- name: custom_required
select exists (select from mortise.custom_fields where resource = $1 and required and archived_at is null)

-- Which of these ids can't be chosen.
-- name: custom_strangers
select x.id from jsonb_array_elements_text($1::jsonb) x (id) where not exists (select from mortise.users u
  where u.id = x.id::uuid and u.kind = 'person' and mortise.may_be_chosen(u))
