-- limit.sql - statements of auth/limit.c; see scripts/embed-sql.
-- as: mortise_admin

-- part: window
$4::int * interval '1 s'

-- One row, locked by its own update: requests at the same moment count one after another. The count
-- stops one above the limit, so that a client that never gives up doesn't run it over.
-- name: limit_count
insert into mortise.rate_limits as l (route, address) values ($1, $2)
on conflict (route, address) do update set
  count = case when mortise.rate_over(l.began_at, ${window}) then 1 else least(l.count, $3::int) + 1 end,
  began_at = case when mortise.rate_over(l.began_at, ${window}) then now() else l.began_at end
returning count, ceil(extract(epoch from began_at + ${window} - now()))::int
