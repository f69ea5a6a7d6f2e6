-- events.sql - statements of api/events.c; see scripts/embed-sql.
-- as: mortise_api

-- $1 tenant, $5 all own channels, $6 requested channels, $7 their numbers, $8 limit. All in one snapshot, and
-- per channel without a gap, so a client may take each number as "everything up to". A channel whose next
-- event is gone, or that never reached that number, is lost: the remaining events are returned, but the
-- client must reload its views and continue from the head.
-- part: catch_up
own as (select c.name, case when c.name in ('admin', 'all') or left(c.name, 2) = 'o.' then 0 else $1::int end as home
  from unnest(string_to_array($5, ',')) as c (name)),
  head as (select o.name, o.home, coalesce(h.seq, 0) as seq from own o
  left join mortise.channels h on h.tenant_id = o.home and h.name = o.name),
  since as (select s.name, s.seq, h.home, s.seq > h.seq or (s.seq < h.seq and not exists
    (select from mortise.events e where e.tenant_id = h.home and e.channel = s.name
      and e.seq = s.seq + 1)) as lost
  from unnest(string_to_array($6, ','), string_to_array($7, ',')::bigint[])
    as s (name, seq) join head h on h.name = s.name),
  found as (select e.* from since s cross join lateral
    (select e.channel, e.seq, e.type, e.payload, e.created_at from mortise.events e
      where e.tenant_id = s.home and e.channel = s.name and e.seq > s.seq
      order by e.seq limit $8::int + 1) as e
  order by e.channel, e.seq limit $8::int + 1)
select json_build_object(
  'events', coalesce((select json_agg(json_build_object('channel', f.channel, 'seq', f.seq,
      'type', f.type, 'data', f.payload, 'at', mortise.iso(f.created_at))
      order by f.channel, f.seq) from
      (select * from found order by channel, seq limit $8::int) as f), '[]'),
  'heads', (select json_object_agg(h.name, h.seq order by h.name) from head h),
  'more', (select count(*) from found) > $8::int,
  'lost', coalesce((select json_agg(s.name order by s.name) from since s where s.lost), '[]'))

-- $1 tenant, $2 user, $3 connection, $4 connections of a person. Written only when a good part of the lease
-- is over, so that the streams of one connection, or of one session, don't wait for each other's commits.
-- Clients name their connections, so one that keeps using new names loses the oldest: a new name counts the
-- others, and leaves to those that are counting as well what they have locked already.
-- part: lease
with held as (select expires_at from mortise.presence
    where tenant_id = $1::int and user_id = $2::uuid and conn = $3),
  over as (delete from mortise.presence where tenant_id = $1::int and user_id = $2::uuid
    and conn in (select p.conn from mortise.presence p where p.tenant_id = $1::int
      and p.user_id = $2::uuid and p.conn in (select o.conn from mortise.presence o
        where o.tenant_id = $1::int and o.user_id = $2::uuid and o.conn <> $3
        order by o.expires_at desc, o.conn offset $4::int - 1)
      for update skip locked)
    and not exists (select from held)),
  lease as (insert into mortise.presence as p (tenant_id, user_id, conn, since, expires_at)
    select $1::int, $2::uuid, $3, now(), now() + interval '75 s'
      where not exists (select from held where expires_at >= now() + interval '55 s')
    on conflict (tenant_id, user_id, conn) do update set expires_at = excluded.expires_at,
      since = case when p.expires_at < now() then now() else p.since end)

-- name: presence_renew
${lease}
select 1

-- name: events_since_renew
${lease}, ${catch_up}

-- name: events_since
with unused as (select $2::uuid, $3::text, $4::int), ${catch_up}

-- name: presence_end
delete from mortise.presence where tenant_id = $1::int and user_id = $2::uuid and conn = $3
