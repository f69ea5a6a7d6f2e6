-- teams.sql - statements of api/teams.c; see scripts/embed-sql.
-- as: mortise_api

-- Is there another of this name, and which members ($3, as an array) are nobody of the company, beside those of before ($4)?
-- name: team_check
select exists (select from mortise.teams t where lower(t.name) = lower(btrim($1)) and t.id <> $2::uuid),
  (select coalesce(json_agg(x.n - 1 order by x.n), '[]') from jsonb_array_elements_text($3::jsonb) with ordinality x (m, n)
    where not coalesce($4::jsonb, '[]') ? lower(x.m)
      and not exists (select from mortise.users u where u.id::text = lower(x.m) and u.kind = 'person' and u.active))

-- name: team_delete
delete from mortise.teams where id = $1::uuid returning name
