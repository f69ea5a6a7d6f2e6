-- mail.sql - statements of api/mail.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: mail_page
select total, waiting, items from mortise.mail_page($1, $2, $3::int, $4::int)

-- name: mail_test
select mortise.mail_test($1::uuid)

-- name: mail_again
select mortise.mail_again($1::uuid)

-- name: mail_drop
select mortise.mail_drop($1::uuid)
