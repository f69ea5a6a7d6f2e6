-- query.sql - statements of resource/query.c; see scripts/embed-sql.
-- as: mortise_api

-- Of these teams, and the people of $2.
-- name: query_members
select coalesce(array_agg(distinct m), array['00000000-0000-0000-0000-000000000000']) from (
  select unnest(t.member_ids) as m from mortise.teams t where t.id = any ($1::uuid[])
  union all select unnest($2::text[])) x
