-- 048-webhooks.sql - events of a company that are sent to other servers: fcgi/api/webhooks.c, fcgi/relay/webhooks.c.
--
-- An event of the company's own channel becomes a delivery for each webhook that asks for it, in the transaction that raises it,
-- so none is lost when a process dies. The steward takes one at a time of a webhook, which keeps them in the order of events as
-- long as all goes well; one that failed is tried again later and holds nobody up. Its id stays the same: a server that
-- answered, and whose answer was lost, knows it again. Deliveries:
--   waiting    due at due_at
--   sending    a steward has it until due_at; then it was killed, and the delivery is due again
--   paused     waits while its webhook is switched off
--   delivered  answered by 2xx
--   failed     given up: after the tries of webhook_pause(), by 410, or because 5,000 waited already

create table webhooks (
  tenant_id int not null default mortise.tenant() references tenants,
  id uuid not null,
  name text not null check (length(name) between 1 and 60),
  url text not null check (length(url) between 10 and 1000 and url ~ '^https?://[^[:space:]]+$'),
  events text[] not null check (cardinality(events) between 1 and 50),
  active bool not null default true,
  stopped text check (stopped in ('gone', 'failing')),
  created_at timestamptz not null default now(),
  delivered_at timestamptz,
  failing_since timestamptz,
  next_at timestamptz,
  busy_until timestamptz,
  version int not null default 1,
  primary key (tenant_id, id)
);
-- The steward's question, of all companies: it doesn't grow with what waits.
create index webhooks_next on webhooks (next_at) where active and next_at is not null;
comment on table webhooks is 'Servers that a company''s events are sent to. Policy "tenant". events: types, "*" = all. stopped: why Mortise '
  'itself switched it off. failing_since: the first failure behind delivered_at. next_at: when its first delivery is due, NULL = none waits; busy_until: a '
  'steward sends one.';
alter table webhooks enable row level security, force row level security;
create policy tenant on webhooks using (tenant_id = (select mortise.tenant()));
create policy auth on webhooks to mortise_auth using (true) with check (true);
grant select, insert, update, delete on webhooks to mortise_api;
grant select on webhooks to mortise_admin, mortise_steward;
grant select, update, delete on webhooks to mortise_auth;

create table webhook_secrets (
  tenant_id int not null,
  webhook_id uuid not null,
  generation int not null default 1,
  secrets jsonb not null,
  key_id int not null,
  former_until timestamptz,
  primary key (tenant_id, webhook_id),
  foreign key (tenant_id, webhook_id) references webhooks on delete cascade
);
comment on table webhook_secrets is 'With what deliveries are signed, sealed as secrets of plugins are (crypt/seal.h) at the place '
  '"webhook:<id>", by the generation as their name: the current one and, until former_until, the one before. Policy "auth": mortise_auth alone.';
alter table webhook_secrets enable row level security, force row level security;
create policy auth on webhook_secrets to mortise_auth using (true) with check (true);
grant select, insert, update, delete on webhook_secrets to mortise_auth;

create table webhook_deliveries (
  tenant_id int not null,
  id uuid not null default gen_random_uuid(),
  n bigint generated always as identity,
  webhook_id uuid not null,
  type text not null check (length(type) <= 130),
  body text not null,
  at timestamptz not null default now(),
  state text not null default 'waiting' check (state in ('waiting', 'sending', 'paused', 'delivered', 'failed')),
  due_at timestamptz not null default now(),
  attempts int not null default 0,
  tried_at timestamptz,
  status int,
  ms int,
  fault text check (length(fault) <= 40),
  detail text check (length(detail) <= 400),
  answer text check (length(answer) <= 2000),
  ended_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, webhook_id) references webhooks on delete cascade
);
create index webhook_deliveries_due on webhook_deliveries (tenant_id, webhook_id, due_at, n) where state in ('waiting', 'sending');
create index webhook_deliveries_open on webhook_deliveries (tenant_id, webhook_id) where state in ('waiting', 'sending', 'paused');
create index webhook_deliveries_log on webhook_deliveries (tenant_id, webhook_id, at, id);
create index webhook_deliveries_age on webhook_deliveries (at);
comment on table webhook_deliveries is 'What is sent to webhooks, and the log of it: of each about the newest 500 that ended, for 30 days. Policy '
  '"tenant". body is what is sent, to the byte; fault and detail are of the last try.';
alter table webhook_deliveries enable row level security, force row level security;
create policy tenant on webhook_deliveries using (tenant_id = (select mortise.tenant()));
create policy auth on webhook_deliveries to mortise_auth using (true) with check (true);
grant select on webhook_deliveries to mortise_api, mortise_admin, mortise_steward;
grant select, insert, update, delete on webhook_deliveries to mortise_auth;

set local role mortise_auth;

-- --- the company's side ----------------------------------------------------------------------------------

-- Changes of one company's take turns. What waits rests while the webhook is off.
create function webhook_changed() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    perform pg_advisory_xact_lock(hashtextextended('mortise webhooks ' || new.tenant_id, 0));
    if (select count(*) from webhooks w where w.tenant_id = new.tenant_id) > 20 then
      raise exception 'webhooks-many: %', 20 using errcode = 'P0001';
    end if;
  elsif new.active and not old.active then
    update webhook_deliveries d set state = 'waiting', due_at = now()
      where d.tenant_id = new.tenant_id and d.webhook_id = new.id and d.state = 'paused';
    update webhooks w set next_at = now() where w.tenant_id = new.tenant_id and w.id = new.id;
  elsif old.active and not new.active then
    update webhook_deliveries d set state = 'paused'
      where d.tenant_id = new.tenant_id and d.webhook_id = new.id and d.state = 'waiting';
  end if;
  return null;
end $$;
grant execute on function webhook_changed() to mortise_owner;

-- An address may be a secret: the log has its server alone.
create function webhook_audited(w webhooks) returns jsonb
language sql immutable
return jsonb_build_object('name', w.name, 'server', substring(w.url from '^[a-z]+://([^/?#]+)'), 'events', w.events, 'active', w.active);

create function audit_webhook() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  was jsonb;
  is_now jsonb;
begin
  if tg_op = 'INSERT' then
    perform audit_add(new.tenant_id, 'company.webhook-added', 'webhook', new.id::text, new.name, null, webhook_audited(new));
  elsif tg_op = 'DELETE' then
    perform audit_add(old.tenant_id, 'company.webhook-deleted', 'webhook', old.id::text, old.name, webhook_audited(old), null);
  else
    was := webhook_audited(old);
    is_now := webhook_audited(new);
    if was <> is_now or old.url <> new.url then
      perform audit_add(new.tenant_id, 'company.webhook-changed', 'webhook', new.id::text, new.name, audit_changed(was, is_now),
        audit_changed(is_now, was));
    end if;
  end if;
  return null;
end $$;
grant execute on function audit_webhook() to mortise_owner;

-- With which key its secret is sealed, 0 = it has none yet, and the generation of the next one. Keeps prune from the keys until
-- COMMIT.
create function webhook_key(id uuid) returns table (key_id int, generation int)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('mortise.settings.ring', 0));
  return query select s.key_id, s.generation + 1 from webhook_secrets s
    where s.tenant_id = mortise.tenant() and s.webhook_id = webhook_key.id for update;
  if not found then
    return query select 0, 1;
  end if;
end $$;
comment on function webhook_key(uuid) is 'With which key of the ring the secret of a webhook of the company is sealed; 0 = none.';

-- A new secret; the one before signs as well for a day, so that the other side can change over.
create function webhook_secret_set(id uuid, sealed text, key_id int) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  w webhooks;
begin
  select x.* into w from webhooks x where x.tenant_id = mortise.tenant() and x.id = webhook_secret_set.id;
  if w.id is null then
    raise exception 'webhook-unknown' using errcode = 'P0002';
  end if;
  insert into webhook_secrets as s (tenant_id, webhook_id, secrets, key_id)
    values (w.tenant_id, w.id, jsonb_build_object('1', sealed), webhook_secret_set.key_id)
    on conflict on constraint webhook_secrets_pkey do update set key_id = excluded.key_id, generation = s.generation + 1,
      secrets = jsonb_build_object(s.generation + 1, sealed) || case when s.key_id = excluded.key_id
        then jsonb_build_object(s.generation, s.secrets -> s.generation::text) else '{}' end,
      former_until = case when s.key_id = excluded.key_id then now() + interval '1 day' end;
  if w.created_at <> now() then -- not the first one
    perform audit_add(w.tenant_id, 'company.webhook-secret', 'webhook', w.id::text, w.name, null, null);
  end if;
end $$;
comment on function webhook_secret_set(uuid, text, int) is 'Keeps a sealed secret for a webhook of the company.';

create function webhook_body(type text, data jsonb) returns text
language sql stable
return jsonb_build_object('type', type, 'timestamp', iso(now()), 'data', data)::text;

-- Before a delivery is locked its webhook is, as those lock it first who change or delete it.
create function webhook_lock(tenant int, delivery uuid) returns void
language sql
set search_path = mortise, pg_catalog, pg_temp
as $$
  select from webhooks w join webhook_deliveries d on d.tenant_id = w.tenant_id and d.webhook_id = w.id
    where d.tenant_id = webhook_lock.tenant and d.id = webhook_lock.delivery for no key update of w
$$;

-- Its first delivery is due now.
create function webhook_due(tenant int, id uuid) returns void
language sql
set search_path = mortise, pg_catalog, pg_temp
as $$
  update webhooks w set next_at = now() where w.tenant_id = webhook_due.tenant and w.id = webhook_due.id
    and (w.next_at is null or w.next_at > now())
$$;

-- A delivery that says nothing but that it arrives.
create function webhook_test(id uuid) returns uuid
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  w webhooks;
  ret uuid;
begin
  select x.* into w from webhooks x where x.tenant_id = mortise.tenant() and x.id = webhook_test.id;
  if w.id is null then
    raise exception 'webhook-unknown' using errcode = 'P0002';
  elsif not w.active then
    raise exception 'webhook-off' using errcode = 'P0001';
  elsif (select count(*) from webhook_deliveries d where d.tenant_id = w.tenant_id and d.webhook_id = w.id
      and d.type = 'WebhookTest' and d.state in ('waiting', 'sending')) >= 5 then
    raise exception 'webhook-tests' using errcode = 'P0001';
  end if;
  insert into webhook_deliveries (tenant_id, webhook_id, type, body)
    values (w.tenant_id, w.id, 'WebhookTest', webhook_body('WebhookTest', jsonb_build_object('webhookId', w.id, 'name', w.name)))
    returning webhook_deliveries.id into ret;
  perform webhook_due(w.tenant_id, w.id);
  return ret;
end $$;
comment on function webhook_test(uuid) is 'Queues a test for a webhook of the company.';

-- Once more what has ended, with the same id and body; by hand, so it has all its tries again.
create function webhook_retry(id uuid) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  d webhook_deliveries;
begin
  perform webhook_lock(mortise.tenant(), webhook_retry.id);
  select x.* into d from webhook_deliveries x where x.tenant_id = mortise.tenant() and x.id = webhook_retry.id for update;
  if d.id is null then
    raise exception 'delivery-unknown' using errcode = 'P0002';
  elsif d.state not in ('delivered', 'failed') then
    raise exception 'delivery-waits' using errcode = 'P0001';
  elsif not (select w.active from webhooks w where w.tenant_id = d.tenant_id and w.id = d.webhook_id) then
    raise exception 'webhook-off' using errcode = 'P0001';
  end if;
  update webhook_deliveries x set state = 'waiting', due_at = now(), attempts = 0, ended_at = null
    where x.tenant_id = d.tenant_id and x.id = d.id;
  perform webhook_due(d.tenant_id, d.webhook_id);
end $$;
comment on function webhook_retry(uuid) is 'Queues a delivery of the company that has ended once more.';

-- --- the events' side ------------------------------------------------------------------------------------

-- Called by event_add() where a webhook asks for the type. Where 5,000 wait this one is given up at once, so that a storm fills no
-- table without end; it can be sent again by hand.
create function webhook_queue(tenant int, type text, payload jsonb) returns void
language sql
set search_path = mortise, pg_catalog, pg_temp
as $$
  with asked as (
    select w.tenant_id, w.id, (select count(*) >= 5000 from (select from webhook_deliveries d where d.tenant_id = w.tenant_id
        and d.webhook_id = w.id and d.state in ('waiting', 'sending', 'paused') limit 5000) waiting) as is_full
    from webhooks w
    where w.tenant_id = webhook_queue.tenant and w.active and w.events && array[webhook_queue.type, '*']),
  added as (
    insert into webhook_deliveries (tenant_id, webhook_id, type, body, state, fault, ended_at)
      select a.tenant_id, a.id, webhook_queue.type, webhook_body(webhook_queue.type,
          case when position('.' in webhook_queue.type) > 0 then payload -> 'data' else payload end),
        case when a.is_full then 'failed' else 'waiting' end, case when a.is_full then 'too-many' end,
        case when a.is_full then now() end
      from asked a order by a.id)
  update webhooks w set next_at = now() from asked a where w.tenant_id = a.tenant_id and w.id = a.id and not a.is_full
    and (w.next_at is null or w.next_at > now())
$$;

-- --- the steward's side ----------------------------------------------------------------------------------

-- When the first delivery is due, of all companies; NULL = none waits.
create function webhook_next() returns timestamptz
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select greatest(w.next_at, w.busy_until) from webhooks w
    join tenants t on t.id = w.tenant_id and t.state = 'active'
    where w.active and w.next_at is not null
    order by w.next_at limit 1
$$;

-- One that is due, of none of these companies; nobody else takes another one of its webhook for so many seconds. A webhook is
-- found by its next_at, and its first delivery by an index, so what waits of one costs the others nothing.
create function webhook_take(hold_s int, busy int[])
returns table (tenant_id int, id uuid, webhook_id uuid, url text, body text, attempts int, secret text, former text, key_id int,
  generation int)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  w webhooks;
  d webhook_deliveries;
begin
  loop
    select x.* into w from webhooks x join tenants t on t.id = x.tenant_id
      where x.active and x.next_at <= now() and (x.busy_until is null or x.busy_until <= now()) and t.state = 'active'
        and x.tenant_id <> all (webhook_take.busy)
      order by x.next_at limit 1 for no key update of x skip locked;
    if w.id is null then
      return;
    end if;
    select x.* into d from webhook_deliveries x where x.tenant_id = w.tenant_id and x.webhook_id = w.id
      and x.state in ('waiting', 'sending') order by x.due_at, x.n limit 1 for no key update;
    exit when d.due_at <= now();
    update webhooks x set next_at = d.due_at where x.tenant_id = w.tenant_id and x.id = w.id; -- later, or none
  end loop;
  update webhooks x set busy_until = now() + hold_s * interval '1 s' where x.tenant_id = w.tenant_id and x.id = w.id;
  return query update webhook_deliveries x set state = 'sending', attempts = x.attempts + 1, tried_at = now(),
      due_at = now() + hold_s * interval '1 s'
    from webhook_secrets s
    where x.tenant_id = d.tenant_id and x.id = d.id and s.tenant_id = x.tenant_id and s.webhook_id = x.webhook_id
    returning x.tenant_id, x.id, x.webhook_id, w.url, x.body, x.attempts,
      s.secrets ->> s.generation::text, case when s.former_until > now() then s.secrets ->> (s.generation - 1)::text end, s.key_id,
      s.generation;
end $$;

-- In how many seconds it is tried again after so many tries; NULL = it is given up. Standard Webhooks has these
-- times; together they are a little more than two days.
create function webhook_pause(attempts int) returns int
language sql immutable
return (array[5, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000])[attempts];

create function webhook_say(w webhooks, title text, message text) returns void
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform outbox_add(w.tenant_id, format('r.%s.%s', w.tenant_id, r), 'Notification', notice(title, message,
      jsonb_build_array(w.name)) || jsonb_build_object('icon', '⚠', 'url', '/settings/webhooks?id=' || w.id, 'priority', 'high',
      'fromUserId', null, 'fromUserName', 'Mortise'))
    from unnest(roles_with(w.tenant_id, 'webhooks:manage')) r where r <> 'SystemAdmin';
end $$;

-- Switched off by Mortise itself, when its server is gone for good, or has failed without a pause until one was given up.
create function webhook_stop(w webhooks, why text) returns void
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  update webhooks x set active = false, stopped = why, version = x.version + 1
    where x.tenant_id = w.tenant_id and x.id = w.id;
  if why = 'gone' then
    perform webhook_say(w, 'The webhook {0} was switched off',
      'Its server answered 410 (gone): it wants no more events' /* message */);
  else
    perform webhook_say(w, 'The webhook {0} was switched off',
      'Its server took no event for two days: look at its log, and switch it on again' /* message */);
  end if;
end $$;

-- What a try came to. status NULL: there was no answer, and `fault` says why; 'busy' and 'lost' are ours and don't count. False:
-- somebody else has it.
create function webhook_done(tenant int, id uuid, attempts int, status int, ms int, fault text, detail text, answer text,
  again_s int) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  d webhook_deliveries;
  w webhooks;
  ours constant bool := coalesce(webhook_done.fault in ('busy', 'lost'), false);
  good constant bool := coalesce(webhook_done.status between 200 and 299, false);
  own_pause constant int := case when ours then 2 else webhook_pause(webhook_done.attempts) end;
  -- a server may ask for a longer one (Retry-After), but for no more tries
  pause constant int := case when own_pause is not null then greatest(own_pause, webhook_done.again_s) end;
begin
  perform webhook_lock(webhook_done.tenant, webhook_done.id);
  select x.* into d from webhook_deliveries x where x.tenant_id = webhook_done.tenant and x.id = webhook_done.id
    and x.state = 'sending' and x.attempts = webhook_done.attempts for update;
  if d.id is null then
    return false;
  end if;
  update webhooks x set busy_until = null,
      delivered_at = case when good then now() else x.delivered_at end,
      failing_since = case when good then null when ours then x.failing_since else coalesce(x.failing_since, d.tried_at) end
    where x.tenant_id = d.tenant_id and x.id = d.webhook_id
    returning x.* into w;
  update webhook_deliveries x set status = webhook_done.status, ms = webhook_done.ms,
      fault = coalesce(webhook_done.fault, case when not good then 'status' end),
      detail = left(webhook_done.detail, 400), answer = left(webhook_done.answer, 2000),
      attempts = x.attempts - ours::int,
      state = case when good then 'delivered'
        when pause is null or webhook_done.status = 410 then 'failed'
        when w.active then 'waiting' else 'paused' end,
      -- up to a fifth more, so that those of a bad hour don't come back together
      due_at = now() + coalesce(pause, 0) * (1 + random() / 5) * interval '1 s',
      ended_at = case when good or pause is null or webhook_done.status = 410 then now() end
    where x.tenant_id = d.tenant_id and x.id = d.id;
  update webhooks x set next_at = (select min(y.due_at) from webhook_deliveries y where y.tenant_id = w.tenant_id
      and y.webhook_id = w.id and y.state in ('waiting', 'sending'))
    where x.tenant_id = w.tenant_id and x.id = w.id;
  if d.n % 50 = 0 then
    delete from webhook_deliveries x where x.tenant_id = d.tenant_id and x.webhook_id = d.webhook_id
      and x.state in ('delivered', 'failed') and x.n < (select o.n from webhook_deliveries o where o.tenant_id = d.tenant_id
        and o.webhook_id = d.webhook_id and o.state in ('delivered', 'failed') order by o.n desc offset 500 limit 1);
  end if;
  if webhook_done.status = 410 and w.active then
    perform webhook_stop(w, 'gone');
  elsif not good and pause is null and w.active and w.failing_since < now() - interval '1 day' then
    perform webhook_stop(w, 'failing');
  end if;
  return true;
end $$;

-- Deliveries older than 30 days. How many it removed.
create function webhooks_expire(most int) returns bigint
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  with gone as (delete from webhook_deliveries d where (d.tenant_id, d.id) in (select x.tenant_id, x.id from webhook_deliveries x
    where x.at < now() - interval '30 days' order by x.at limit webhooks_expire.most) returning 1)
  select count(*) from gone
$$;

revoke all on function webhook_key(uuid), webhook_secret_set(uuid, text, int), webhook_test(uuid), webhook_retry(uuid), webhook_next(),
  webhook_take(int, int[]), webhook_done(int, uuid, int, int, int, text, text, text, int), webhooks_expire(int) from public;
grant execute on function webhook_key(uuid), webhook_secret_set(uuid, text, int), webhook_test(uuid), webhook_retry(uuid) to mortise_api;
grant execute on function webhook_next(), webhook_take(int, int[]), webhook_done(int, uuid, int, int, int, text, text, text, int),
  webhooks_expire(int) to mortise_steward;
reset role;

create trigger webhook_changed after insert or update of active on webhooks for each row execute function webhook_changed();
create trigger audit_webhook after insert or delete or update of name, url, events, active on webhooks
  for each row execute function audit_webhook();
