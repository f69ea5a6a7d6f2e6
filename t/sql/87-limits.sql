-- What a company may have: people, plugins, storage.
\ir lib/start.psql
select pg_advisory_xact_lock(hashtextextended('mortise storage', 0)) \g /dev/null
select plan(23);
create table tap.t as select a, b, ua, ub, ua2, act(a, ua) as api from fix;
create function tap.say(what int) returns text language sql as $$
  with gone as (delete from mortise.outbox returning *)
  select string_agg(channel || ' ' || type || ' ' || (payload ->> 'title'), ', ' order by tenant_id, n) from gone where type in ('SystemAlert', 'Notification') $$;
create function tap.set_limits(people int, storage int default null, plugins int default null) returns text language sql as $$
  select attempt('mortise_admin', null, format('select mortise.company_limits_set(''tap-a'', %L, %L, %L)', people, storage, plugins)) $$;
create function tap.invite(name text) returns text language sql as $$
  select attempt('mortise_api', api, format('insert into mortise.users (tenant_id, id, email, name, roles) values (%s, %L, %L, %L, ''{Technician}'') returning name', a, gen_random_uuid(), name || '@lim.example', name)) from tap.t $$;

select is(invite('zoe'), 'zoe', 'without a limit') from t;
delete from outbox;
select set_limits(4) \g /dev/null
select is(say(1), null, 'three of four are 75 %');
select is((select action || (after ->> 'people') from audit where action = 'company.limits' and tenant_id = 0 and target_id = 'tap-a'), 'company.limits4', 'a limit is written down');
select is(invite('yan'), 'yan', 'the last place');
select is(say(1), (select format('admin SystemAlert The limit of 4 people is reached, r.%s.Admin Notification The limit of 4 people is reached', a) from t), 'is said to both');
select is(invite('xia'), 'P0001 limit-people: 4', 'one more is refused');
update users u set active = false from t where u.id = t.ua2;
select is(say(1), null, 'below again');
select is((select said ->> 'people' from company_limits join t on tenant_id = a), '0', 'so it can be said again');
select is(invite('wim'), 'wim', 'the place is free');
select is(attempt('mortise_api', api, format('update mortise.users set active = true where id = %L', ua2)), 'P0001 limit-people: 4', 'reactivating counts') from t;
select set_limits(2) \g /dev/null
select is((select count(*)::int from users u join t on u.tenant_id = t.a where u.active), 4, 'a lower limit takes nothing away');
select set_limits(0) \g /dev/null
select is(invite('vic'), 'vic', 'none');
insert into bounds values ('people_max', 1) on conflict (name) do update set value = 1;
select is(attempt('mortise_owner', null, format('select mortise.user_create(%s, %L, ''op@lim.example'', ''Op'', ''{}'', null)', b, gen_random_uuid())), 'P0001 limit-people: 1', 'for all companies, and for commands') from t;

-- storage
insert into ticket_comments (tenant_id, id, ticket_id, author_id, body) select a, gen_random_uuid(), fix.ta, ua, string_agg(md5(g::text || n), '') from fix, generate_series(1, 200) g, generate_series(1, 100) n group by a, ta, ua, g;
select set_limits(null, 1) \g /dev/null
select is(storage_measure('-1 day') > 1, true, 'all companies are measured');
select is(bytes > 600000, true, 'by what they have') from company_limits l join t on l.tenant_id = t.a;
update company_limits set bytes = 1048576 from t where tenant_id = a;
update company_limits set said = '{}' from t where tenant_id = a;
select mortise.company_limit_note(a, 'storage') from t \g /dev/null
select is(attempt('mortise_api', api, format('insert into mortise.ticket_comments (tenant_id, id, ticket_id, author_id, body) values (%s, %L, %L, %L, ''x'')', a, gen_random_uuid(), fix.ta, fix.ua)), 'P0001 limit-storage: 1', 'above it nothing is added') from t join fix using (a);
select is(attempt('mortise_api', api, format('update mortise.tickets set title = ''changed'' where id = %L returning 1', fix.ta)), '1', 'what is there can be changed') from t join fix using (a);
-- files: the bytes of each hash once
select set_limits(null, 10) \g /dev/null
update company_limits set bytes = 0, said = '{}' from t where tenant_id = a;
create function tap.add_file(bytes int, hash text) returns text language sql as $$
  select attempt('mortise_api', api, format('insert into mortise.ticket_files (id, ticket_id, author_id, name, type, size, sha256) values (gen_random_uuid(), %L, %L, ''f'', ''text/plain'', %s, %L) returning 1',
    fix.ta, fix.ua, bytes, repeat(hash, 64))) from tap.t join fix using (a) $$;
select is(add_file(9000000, 'a') || add_file(9000000, 'a'), '11', 'bytes that are there need no room');
select is((select file_bytes || ' ' || (said ->> 'storage') from company_limits join t on tenant_id = a), '9000000 80', 'they count, and it is said');
select is(add_file(2000000, 'b'), 'P0001 limit-storage: 10', 'what would be more is refused');
insert into ticket_files (tenant_id, id, ticket_id, author_id, name, type, size, sha256) select fix.a, gen_random_uuid(), fix.ta, fix.ua, 'f', 'text/plain', 9000000, repeat('a', 64) from fix, generate_series(3, 100);
select is(add_file(1, 'a'), 'P0001 files-many: 100', 'and a ticket has a hundred');
delete from ticket_files f using t where f.tenant_id = t.a;
select set_limits(null, 1) \g /dev/null
update company_limits set bytes = 1048576 from t where tenant_id = a;
select is(attempt('mortise_admin', null, 'select (mortise.tenant_page(''tap-'', null, true, ''name'', 50, 0)).total'), '2', 'near a limit');
select is(attempt('mortise_api', api, 'select mortise.company_limits_own() #>> ''{storageMb,most}'''), '1', 'its own, for its administrators') from t;
select * from finish();
rollback;
