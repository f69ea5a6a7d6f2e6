-- closer.sql - statements of relay/closer.c; see scripts/embed-sql.
-- as: mortise_steward

-- $1 host, $2 ids in hand. Few rows: they are old news after ten minutes, and upkeep takes them away.
-- The last column: there is nothing to do any more, because the plugin was enabled again, or nobody waits
-- for the pool any more.
-- name: closer_news
select e.id, e.channel, case left(e.channel, 1)
  when 'p' then exists (select from mortise.installations i where i.state = 'enabled'
    and e.channel = 'p.' || i.tenant_id || '.' || i.plugin_key)
  when 'w' then e.ended_at < clock_timestamp() - interval '90 s' or not exists (select from mortise.journal j
    where e.channel = 'w.' || j.plugin_key || '@' || left(j.detail ->> 'sha256', 12)) end
from mortise.rights_ended e
where e.id <> all (string_to_array($2, ',')::bigint[]) and not exists
  (select from mortise.rights_closed c where c.id = e.id and c.host = $1)
order by e.id limit 200

-- name: closer_done
insert into mortise.rights_closed (id, host) select e.id, $1 from mortise.rights_ended e
where e.id = any (string_to_array($2, ',')::bigint[]) on conflict do nothing

-- name: closer_renew
insert into mortise.stewards (host, seen_at) values ($1, clock_timestamp())
on conflict (host) do update set seen_at = excluded.seen_at

-- name: closer_expire
select mortise.sessions_expire() + mortise.tokens_expire() where $1::text is not null
