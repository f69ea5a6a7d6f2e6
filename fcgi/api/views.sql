-- views.sql - statements of api/views.c; see scripts/embed-sql.
-- as: mortise_api

-- name: view_count
select count(*), count(*) filter (where name = $1 and id <> $2::uuid) from mortise.ticket_views

-- name: view_delete
delete from mortise.ticket_views where id = $1::uuid
