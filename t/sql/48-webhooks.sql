-- Webhooks: who asked gets an event, a steward takes one at a time of each, and none of who is suspended or has enough under way.
\ir lib/start.psql
select plan(35);
create table tap.t as select a, b, ua, ub, ta, act(a, ua) as p, act(b, ub) as q from fix;
delete from webhooks;
insert into webhooks (tenant_id, id, name, url, events) select x, gen_random_uuid(), n, 'https://' || n || '.example/', e::text[]
  from t, lateral (values (a, 'one', '{TicketUpdated}'), (a, 'all', '{*}'), (b, 'other', '{*}')) v (x, n, e);
insert into webhook_secrets (tenant_id, webhook_id, secrets, key_id) select tenant_id, id, '{"1": "sealed"}', 1 from webhooks;
create function tap.hook(which text) returns uuid language sql as $$ select id from mortise.webhooks where name = which $$;
create function tap.emitted(channel text, type text, data jsonb) returns text language sql as $$
  select tap.attempt('mortise_steward', null, format('select mortise.emit(%L, %L, %L)', channel, type, data)) $$;
create function tap.queue() returns text language sql as $$
  select string_agg(format('%s %s %s', w.name, d.type, d.state), ', ' order by d.type, w.name) from mortise.webhook_deliveries d
  join mortise.webhooks w on w.id = d.webhook_id $$;
create function tap.took(busy text default '{}') returns text language sql as $$
  select coalesce((select w.name || split_part(r, ',', 2) from mortise.webhooks w where w.id::text = split_part(r, ',', 1)), r)
  from tap.attempt('mortise_steward', null, format('select x.webhook_id, x.attempts from mortise.webhook_take(60, %L) x', busy)) r $$;
create function tap.done(which text, said int, why text default null, again int default 0) returns text language sql as $$
  select tap.attempt('mortise_steward', null, format('select mortise.webhook_done(%s, %L, %s, %L, 5, %L, null, null, %s)', d.tenant_id, d.id, d.attempts, said, why, again))
  from mortise.webhook_deliveries d where d.webhook_id = tap.hook(which) order by d.state <> 'sending', d.n desc limit 1 $$;
create function tap.waits(which text) returns text language sql as $$
  select d.state || ' ' || width_bucket(extract(epoch from d.due_at - now()), array[5, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000]::numeric[])
  from mortise.webhook_deliveries d where d.webhook_id = tap.hook(which) order by d.n desc limit 1 $$;

-- Rights.
select is(attempt('mortise_api', p, 'select count(*) from mortise.webhooks'), '2', 'a company sees its own') from t;
select matches(attempt('mortise_api', p, 'select count(*) from mortise.webhook_secrets'), 'permission denied', 'and no secret') from t;
select matches(attempt('mortise_api', p, 'update mortise.webhook_deliveries set state = ''delivered'''), 'permission denied', 'nor changes the log') from t;
select is(attempt('mortise_api', q, format('delete from mortise.webhooks where id = %L returning 1', hook('one'))), 'none', 'another''s can''t be deleted') from t;
select matches(attempt('mortise_api', q, format('select mortise.webhook_secret_set(%L, ''x'', 1)', hook('one'))), 'webhook-unknown', 'nor get a secret') from t;
select matches(attempt('mortise_api', q, format('select mortise.webhook_test(%L)', hook('one'))), 'webhook-unknown', 'nor a test') from t;
select matches(attempt('mortise_api', p, 'select mortise.webhook_take(1, ''{}'')'), 'permission denied', 'the steward alone takes deliveries') from t;

-- Events.
select matches(emitted('t.' || a, 'UserUpdated', '{"userId": "x"}'), '^[0-9]+$', 'an event of one type') from t;
select is(queue(), 'all UserUpdated waiting', 'goes to who asked for it, in its company');
select matches(emitted('t.' || a, 'TicketUpdated', '{"ticketId": "x"}'), '^[0-9]+$', 'one of another type') from t;
select is(queue(), 'all TicketUpdated waiting, one TicketUpdated waiting, all UserUpdated waiting', 'goes to both');
select matches(emitted(format('r.%s.Admin', a), 'Notification', '{"title": "t", "message": "m"}'), '^[0-9]+$', 'what is for some only') from t;
select is((select count(*) from webhook_deliveries), 3::bigint, 'goes to none');
select is((select (d.body::jsonb - 'timestamp')::text from webhook_deliveries d where d.type = 'UserUpdated'),
  '{"data": {"userId": "x"}, "type": "UserUpdated"}', 'a body has its type and its data');

-- Taking.
update webhook_deliveries d set due_at = now() - (4 - d.n + (select min(n) from webhook_deliveries)) * interval '1 s'; update webhooks w set next_at = (select min(d.due_at) from webhook_deliveries d where d.webhook_id = w.id and d.state in ('waiting', 'sending'));
select is(took(), 'all1', 'the oldest first');
select is(took(), 'one1', 'then one of another webhook, not the next of the same');
select is(took(), 'none', 'and none while both are under way');
select is(done('all', 200), 't', 'when it is done');
select is(took(format('{%s}', a)), 'none', 'none of a company that has enough under way') from t;
update tenants set state = 'suspended' where id = (select a from t);
select is(took(), 'none', 'and none of one that is suspended');
update tenants set state = 'active' where id = (select a from t);
select is(took(), 'all1', 'the next one');
select is((select string_agg(d.state, ' ' order by d.n) from webhook_deliveries d where d.webhook_id = hook('all')), 'delivered sending', 'as far as it is');

-- What a try came to.
select is(done('all', null, 'busy'), 't', 'no process was free');
select is((select d.attempts || ' ' || d.state from webhook_deliveries d where d.webhook_id = hook('all') order by d.n desc limit 1), '0 waiting',
  'what is our own fault counts as no try');
update webhook_deliveries set due_at = now() - interval '1 s' where webhook_id = hook('all') and state = 'waiting'; update webhooks w set next_at = (select min(d.due_at) from webhook_deliveries d where d.webhook_id = w.id and d.state in ('waiting', 'sending'));
select is(took() || done('all', 500) || ' ' || waits('all'), 'all1t waiting 1', 'a failure is tried again, soon at first');
select is((select done('all', 200)), 'f', 'one that nobody has isn''t finished twice');
update webhook_deliveries set due_at = now() - interval '1 s', attempts = 8 where webhook_id = hook('all') and state = 'waiting'; update webhooks w set next_at = (select min(d.due_at) from webhook_deliveries d where d.webhook_id = w.id and d.state in ('waiting', 'sending'));
select is(took() || done('all', 500) || ' ' || waits('all'), 'all9t waiting 9', 'and late at last');
update webhook_deliveries set due_at = now() - interval '1 s' where webhook_id = hook('all') and state = 'waiting'; update webhooks w set next_at = (select min(d.due_at) from webhook_deliveries d where d.webhook_id = w.id and d.state in ('waiting', 'sending'));
select is(took() || done('all', 500, null, 60) || ' ' || waits('all'), 'all10t failed 0', 'then it is given up, whatever its server asks for');
update webhooks set active = false where name = 'one';
select is((select d.state from webhook_deliveries d where d.webhook_id = hook('one')), 'sending', 'what is under way when it is switched off');
select is(done('one', 500) || ' ' || waits('one'), 't paused 1', 'rests behind it');
select is(attempt('mortise_api', p, format('select * from mortise.webhook_key(%L)', hook('one'))), '1,2', 'a new secret is the second one') from t;
select isnt(attempt('mortise_api', p, format('select mortise.webhook_secret_set(%L, ''next'', 1)', hook('one'))), 'x', 'it is kept') from t;
select is((select s.secrets from webhook_secrets s where s.webhook_id = hook('one')), '{"1": "sealed", "2": "next"}', 'beside the first');
select isnt(attempt('mortise_api', p, format('select mortise.webhook_secret_set(%L, ''third'', 2)', hook('one'))), 'x', 'one by another key') from t;
select is((select s.secrets from webhook_secrets s where s.webhook_id = hook('one')), '{"3": "third"}', 'stands alone');
select * from finish();
rollback;
