-- 046-event-subscriptions.sql - events that are delivered to plugins: those of the company's own channel, of the core and
-- of plugins that name no permission for them.
--
-- An event becomes an item of plugin_work (040-work.sql) for each subscriber, in the transaction that raises it: so none is
-- lost when a process dies, and it is tried again until it worked or is given up. Items of what an event is about run in the
-- order of events, because event_add() gives numbers one after the other. Nobody hears of what it raised itself.

create table event_subscriptions (
  tenant_id int not null,
  type text not null,
  plugin_key text not null,
  filter jsonb not null,
  seconds int not null,
  attempts int not null,
  primary key (tenant_id, type, plugin_key),
  foreign key (tenant_id, plugin_key) references installations (tenant_id, plugin_key) on delete cascade
);
comment on table event_subscriptions is 'Which plugins of a company receive which events: out of the manifest of the enabled version, '
  'by a trigger. Policy "auth": mortise_auth alone.';
alter table event_subscriptions enable row level security, force row level security;
create policy auth on event_subscriptions to mortise_auth using (true) with check (true);
grant select, insert, update, delete on event_subscriptions to mortise_auth;

set local role mortise_auth;

-- What a plugin must be permitted to receive events of this type; NULL = nothing.
create function event_permission(type text) returns text
language sql immutable
return case when type like 'Ticket%' then 'tickets:read' when type like 'User%' or type like 'Account%' then 'users:read' end;

-- Subscriptions are those of the version that a company runs, while it is enabled.
create function installation_subscriptions() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  delete from event_subscriptions s where s.tenant_id = new.tenant_id and s.plugin_key = new.plugin_key;
  if new.state = 'enabled' then
    insert into event_subscriptions (tenant_id, type, plugin_key, filter, seconds, attempts)
      select new.tenant_id, e ->> 'type', new.plugin_key, coalesce(e -> 'filter', '{}'),
        coalesce((e ->> 'timeoutSeconds')::int, 60), coalesce((e ->> 'attempts')::int, 5)
      from plugin_packages p cross join lateral jsonb_array_elements(case jsonb_typeof(p.manifest -> 'events')
        when 'array' then p.manifest -> 'events' else '[]' end) e
      where p.sha256 = new.package_sha256
        and (event_permission(e ->> 'type') is null or p.manifest -> 'permissions' ? event_permission(e ->> 'type'))
      on conflict do nothing;
  end if;
  return null;
end $$;
grant execute on function installation_subscriptions() to mortise_owner;

-- Called by event_add() where somebody subscribed. A plugin that has 5,000 items waiting gets this one as given up, so that a
-- storm fills no table without end; an administrator can run it again.
create function event_deliver(tenant int, channel text, seq bigint, type text, payload jsonb) returns void
language sql
set search_path = mortise, pg_catalog, pg_temp
as $$
  with about as (select coalesce(payload ->> 'entity', payload ->> 'ticketId', payload ->> 'userId', event_deliver.type) as entity,
      case when position('.' in event_deliver.type) > 0 then payload -> 'data' else payload end as data)
  insert into plugin_work (tenant_id, plugin_key, kind, name, key, args, asked_by, attempts_max, seconds, state, ended_at, fault_text)
    select s.tenant_id, s.plugin_key, 'event', s.type, left('event ' || a.entity, 200),
      jsonb_build_object('id', event_deliver.channel || ':' || event_deliver.seq, 'type', s.type, 'entity', a.entity,
        'at', iso(now()), 'data', a.data),
      'event', s.attempts, s.seconds, case when f.is_full then 'failed' else 'due' end, case when f.is_full then now() end,
      case when f.is_full then 'too-many' end
    from about a, event_subscriptions s
    cross join lateral (select count(*) >= 5000 as is_full from (select from plugin_work w where w.tenant_id = s.tenant_id
      and w.plugin_key = s.plugin_key and w.state in ('due', 'running') limit 5000) waiting) f
    where s.tenant_id = event_deliver.tenant and s.type = event_deliver.type
      and s.plugin_key <> case when left(session_user, 2) = 'p_' then replace(substr(session_user, 3), '_', '-') else '' end
      and not exists (select from jsonb_each(s.filter) w where not w.value @> coalesce(a.data -> w.key, 'null'))
    order by s.plugin_key
$$;
reset role;

create trigger subscriptions after insert or update of state, package_sha256 on installations
  for each row execute function installation_subscriptions();
