-- "Own tickets only": a transaction with that scope reaches no other ticket, comment, entry of history or event
-- of the company, whatever the statement.
\ir lib/start.psql
select plan(82);
create function tap.own(who uuid, scope text, s text, role text default 'mortise_api') returns text language plpgsql as $$
declare
  ret text;
begin
  perform set_config('mortise.own', scope, true);
  ret := attempt(role, (select act(a, who) from fix), s);
  perform set_config('mortise.own', '', true), set_config('mortise.given_away', '', true);
  return ret;
end $$;
create function tap.t(n int) returns uuid language sql immutable return ('aaaaaaaa-0000-7000-8000-0000000001' || lpad(n::text, 2, '0'))::uuid;
-- 1 is ua2's by assignment, 2 because they made it, 3 and 4 are others', 5 is ua2's twice.
insert into tickets (tenant_id, id, number, title, created_by, assignee_id)
  select a, t(n), 10 + n, 'Pump ' || n, by, to_ from fix, lateral (values (1, ua, ua2), (2, ua2, ua), (3, ua, null), (4, ua, ua), (5, ua2, ua2)) v (n, by, to_);
insert into ticket_comments (tenant_id, id, ticket_id, author_id, body) select a, t(20 + n), t(n), ua, 'C' || n from fix, generate_series(1, 5) n;
insert into ticket_files (tenant_id, id, ticket_id, author_id, name, type, size, sha256) select a, t(40 + n), t(n), ua, 'F' || n, 'text/plain', 1, repeat('a', 64) from fix, generate_series(1, 5) n;
insert into ticket_history (tenant_id, ticket_id, user_id, changes) select a, t(n), ua, '{"state": ["new", "open"]}' from fix, generate_series(1, 5) n;
insert into history (tenant_id, resource, row_id, user_id, changes) select a, 'comments', t(20 + n)::text, ua, '{"body": ["a", "b"]}'::jsonb from fix, generate_series(1, 5) n
  union all select a, 'roles', 'x', ua, '{}' from fix;
select mortise.event_add(a, 't.' || a, 'TicketUpdated', '{"ticketId": null}') from fix \g /dev/null
select mortise.event_add(a, 't.' || a, 'RolesChanged', '{}') from fix \g /dev/null

-- each table
create table tap.seen (scope text, what text, s text, want text);
insert into seen select scope, what, s, case when scope = 'read' then own else every end from unnest(array['read', 'write', '']) scope, (values
  ('tickets', 'select string_agg(number::text, '' '' order by number) from mortise.tickets', '"11 12 15"', '"1 11 12 13 14 15"'),
  ('counted', 'select count(*) from mortise.tickets', '3', '6'),
  ('named', format('select title from mortise.tickets where id = %L', t(3)), 'none', '"Pump 3"'),
  ('joined', 'select count(*) from mortise.users u join mortise.tickets t on t.created_by = u.id', '3', '6'),
  ('locked', format('select title from mortise.tickets where id = %L for no key update', t(1)), '"Pump 1"', '"Pump 1"'),
  ('comments', 'select string_agg(body, '' '' order by body) from mortise.ticket_comments', '"C1 C2 C5"', '"C1 C2 C3 C4 C5"'),
  ('files', 'select string_agg(name, '' '' order by name) from mortise.ticket_files', '"F1 F2 F5"', '"F1 F2 F3 F4 F5"'),
  ('history', 'select count(*) from mortise.ticket_history', '3', '5'),
  ('history of comments', 'select count(*) from mortise.history where resource = ''comments''', '3', '5'),
  ('other history', 'select count(*) from mortise.history where resource = ''roles''', '1', '1'),
  ('events', 'select string_agg(type, '' '') from mortise.events where type in (''TicketUpdated'', ''RolesChanged'')', 'RolesChanged', '"TicketUpdated RolesChanged"'),
  ('search', 'select array_to_string(array(select unnest(numbers) order by 1), '' '') || ''/'' || total from mortise.ticket_search(''pump'', 7000, ''updated'', true, null, null, 51)', '"11 12 15/3"', '"11 12 13 14 15/5"'),
  ('a search for what others have', 'select numbers, total, corrected from mortise.ticket_search(''pump 3'', 7000, ''updated'', true, null, null, 51)', '{},0,', '{13},1,'),
  ('a word with a typing error', 'select corrected from mortise.ticket_search(''pumq'', 7000, ''updated'', true, null, null, 51)', 'pump', 'pump')) v (what, s, own, every);
select is(own(ua2, scope, s), want, format('%s, scope "%s"', what, scope)) from seen, fix;

-- what is written
select is(own(ua2, sc, format('update mortise.tickets set priority = ''high'' where id = %L returning number', t(n))), want, format('scope "%s" changes %s', sc, n)) from fix,
  (values ('read', 1, '11'), ('read', 2, '12'), ('read', 3, 'none'), ('write', 1, '11'), ('write', 3, 'none'), ('', 3, '13')) v (sc, n, want);
select is(own(ua2, 'read', 'update mortise.tickets set priority = ''low'''), 'ok', 'all of them') from fix;
select is((select string_agg(number::text, ' ' order by number) from tickets, fix where tenant_id = a and priority = 'low'), '11 12 15', 'are one''s own');
select is(state_of(own(ua2, sc, format('insert into mortise.ticket_comments (id, ticket_id, author_id, body) values (gen_random_uuid(), %L, %L, ''x'') returning 1', t(n), ua2))), want,
  format('scope "%s" comments on %s', sc, n)) from fix, (values ('read', 1, '1'), ('read', 3, '42501'), ('write', 3, '42501'), ('', 3, '1')) v (sc, n, want);
select is(state_of(own(ua2, sc, format('insert into mortise.ticket_files (id, ticket_id, author_id, name, type, size, sha256) values (gen_random_uuid(), %L, %L, ''x'', ''text/plain'', 1, repeat(''b'', 64)) returning 1', t(n), ua2))), want,
  format('scope "%s" adds a file to %s', sc, n)) from fix, (values ('read', 1, '1'), ('read', 3, '42501'), ('write', 3, '42501'), ('', 3, '1')) v (sc, n, want);
select is(own(ua2, sc, format('delete from mortise.ticket_files where id = %L returning 1', t(40 + n))), want,
  format('scope "%s" deletes one of %s', sc, n)) from fix, (values ('read', 3, 'none'), ('write', 3, 'none'), ('read', 1, '1'), ('', 3, '1')) v (sc, n, want);
select is(own(ua2, 'write', format('update mortise.ticket_comments set body = ''x'' where id = %L returning 1', t(23))), 'none', 'or changes what is written there') from fix;
select is(own(ua2, 'read', format('insert into mortise.tickets (id, number, title, created_by) values (%L, 30, ''Mine'', %L) returning number', t(30), ua2)), '30', 'a new one is one''s own') from fix;
select is(own(ua2, 'read', format('update mortise.tickets set assignee_id = %L where id = %L returning number', ua, t(1))), '11', 'one''s own is given away') from fix;
select is(own(ua2, 'read', format('select 1 from mortise.tickets where id = %L', t(1))), 'none', 'and is gone') from fix;
select is(own(null, 'read', 'select count(*) from mortise.tickets'), '0', 'nobody has own ones');

-- a plugin's role
select mortise.plugin_prepare('tap-own', repeat('o', 32)) \g /dev/null
select mortise.plugin_handover('tap-own', repeat('p', 64), '{tickets:read,tickets:write}') \g /dev/null
select is(own(ua2, sc, s, 'p_tap_own'), want, format('a plugin called with scope "%s": %s', sc, left(s, 30))) from fix, (values
  ('read', 'select string_agg(number::text, '' '' order by number) from mortise.tickets', '"12 15 30"'), ('', 'select count(*) from mortise.tickets', '7'),
  ('read', 'update mortise.tickets set priority = ''urgent'' where number = 13 returning 1', 'none'),
  ('write', 'update mortise.tickets set priority = ''urgent'' where number = 13 returning 1', 'none'),
  ('write', 'update mortise.tickets set priority = ''urgent'' where number = 15 returning number', '15')) v (sc, s, want);
select is(state_of(own(ua2, 'read', 'select set_config(''mortise.own'', '''', true)', 'p_tap_own')), '42501', 'which can''t leave the scope') from fix;

-- events: a company where somebody doesn't see all tickets
select is((select count(*)::int from channels c, fix where c.name = 't.' || a || '.own'), 0, 'nobody is limited yet');
insert into custom_roles (tenant_id, id, label, permissions) select a, 'r00000000000' || n, 'R' || n, p::text[] from fix,
  (values (1, '{tickets:write:own}'), (2, '{tickets:write}'), (3, '{users:read}')) v (n, p);
select is(array_to_string(core_of(a, array['r00000000000' || n]), ' '), want, 'what it implies') from fix, (values (1, 'tickets:read:own tickets:write:own'),
  (2, 'tickets:read tickets:read:own tickets:write tickets:write:own'), (3, 'users:read')) v (n, want);
create function tap.heard(n bigint) returns text language sql as $$
  select coalesce(string_agg(replace(replace(replace(channel, ua2::text, 'ua2'), ua::text, 'ua'), a::text, 'A') || ' ' || type || coalesce(' ' || (payload ->> 'title'), ''), ', ' order by channel, seq), '')
  from events, fix where tenant_id = a and channel <> 't.' || a and seq > n $$;
create function tap.raise_it(n int, type text) returns bigint language sql as $$
  select mortise.event_add(a, 't.' || a, type, jsonb_build_object('ticketId', t(n), 'title', 'Pump ' || n, 'version', 2)) from fix $$;
create function tap.forget() returns void language sql as $$ delete from events using fix where tenant_id = a and channel <> 't.' || a $$;
update users u set roles = '{r000000000001}' from fix where u.tenant_id = a and u.id = ua2;
select forget() \g /dev/null
select raise_it(3, 'TicketUpdated'), raise_it(5, 'TicketUpdated'), raise_it(2, 'TicketCommented'), event_add(a, 't.' || a, 'RolesChanged', '{}') from fix \g /dev/null
select is(heard(0), 't.A.own RolesChanged, u.ua2 TicketUpdated Pump 5, u.ua2 TicketCommented Pump 2', 'they hear of their own, and what is of no ticket');
select forget() \g /dev/null
insert into ticket_history (tenant_id, ticket_id, user_id, changes, at) select a, t(4), ua, format('{"assigneeId": [%s, %s]}', to_json(ua2), to_json(ua))::jsonb, at from fix, unnest(array[now()]) at;
select raise_it(4, 'TicketUpdated') \g /dev/null
select is(heard(0), 'u.ua2 TicketUpdated', 'who had it hears that, and no more');
select forget() \g /dev/null
update users u set roles = '{r000000000003}' from fix where u.tenant_id = a and u.id = ua2;
select raise_it(5, 'TicketUpdated') \g /dev/null
select is(heard(0), '', 'nothing without the permission');
select is(channel_tenant('t.' || a || '.own', a), a, 'the channel is the company''s') from fix;

-- rights: streams open again where more is seen, and end where less is
delete from rights_ended;
update custom_roles c set permissions = p from fix, (values (array['tickets:read'])) v (p) where c.tenant_id = a and c.id = 'r000000000001';
select is((select string_agg(replace(channel, a::text, 'A'), ' ' order by channel) from rights_ended, fix), 'q.A.r000000000001 r.A.r000000000001', 'another scope ends what is open');

select * from finish();
rollback;
