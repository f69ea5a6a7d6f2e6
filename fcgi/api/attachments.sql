-- attachments.sql - statements of api/attachments.c and attachment_store.c; see scripts/embed-sql.
-- as: mortise_api

-- May something be added to it? No row where there is none.
-- name: attachment_ticket
select case when (select mortise.own_tickets()) is null then true else mortise.ticket_mine(id) end
from mortise.tickets where id = $1::uuid

-- name: attachment_begin
select mortise.file_begin($1)

-- name: attachment_hold
select mortise.file_hold($1)

-- name: attachment_add
insert into mortise.ticket_files (id, ticket_id, author_id, name, type, size, sha256, width, height, thumbnail)
values ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6::bigint, $7, nullif($8::int, 0), nullif($9::int, 0), $10::bool)

-- name: attachment_get
select name, type, sha256, thumbnail from mortise.ticket_files where id = $1::uuid

-- One's own, or any ($3): deleted, and whether it was there.
-- name: attachment_drop
with gone as (delete from mortise.ticket_files f where f.id = $1::uuid and (f.author_id = $2::uuid or $3::bool) returning 1)
select exists (select from gone), exists (select from mortise.ticket_files f where f.id = $1::uuid)
