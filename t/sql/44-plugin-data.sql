-- What a plugin does with tickets and comments: the rules of people, and the history of who asked.
\ir lib/start.psql
select plan(39);
insert into plugins (key) values ('tap-data');
insert into plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size) values (repeat('d', 64), 'tap-data', '1.0.0',
  '{"displayName": "Parts", "references": [{"table": "t", "column": "who", "to": "people", "onDelete": "delete"},
    {"table": "t", "column": "maybe", "to": "people", "onDelete": "null"}, {"table": "t", "column": "must", "to": "people", "onDelete": "null"},
    {"table": "t", "column": "ticket", "to": "tickets", "onDelete": "delete"}, {"table": "none", "column": "x", "to": "people", "onDelete": "null"},
    {"table": "t", "column": "n", "to": "people", "onDelete": "delete"}, {"table": "up", "column": "who", "to": "people", "onDelete": "delete"}]}',
  '[]', '', 0);
select mortise.plugin_prepare('tap-data', repeat('o', 32)) \g /dev/null
select attempt('o_tap_data', null, 'create table x_tap_data.t (tenant_id int not null, n int not null, who uuid, maybe uuid, must uuid not null,
  ticket uuid, primary key (tenant_id, n))') \g /dev/null
select attempt('o_tap_data', null, 'create table x_tap_data.up (tenant_id int not null, who uuid not null, primary key (tenant_id, who))') \g /dev/null
select attempt('o_tap_data', null, 'create table x_tap_data.down (tenant_id int not null, who uuid not null, primary key (tenant_id, who),
  foreign key (tenant_id, who) references x_tap_data.up)') \g /dev/null
select mortise.plugin_handover('tap-data', repeat('p', 64), '{tickets:read,tickets:write}') \g /dev/null
insert into installations (tenant_id, id, plugin_key, package_sha256, state)
  select a, 'aaaaaaaa-0000-7000-8000-00000000000d', 'tap-data', repeat('d', 64), 'enabled' from fix;
create function tap.p(who uuid, s text) returns text language sql as $$ select attempt('p_tap_data', act(a, who), s) from fix $$;
create function tap.heard() returns text language sql as $$
  select string_agg(concat_ws(' ', replace(replace(replace(o.channel, ua2::text, 'ua2'), ua::text, 'ua'), 't.' || a, 't.A'), o.type, o.payload ->> 'byUserName'), ', ' order by o.n)
  from outbox o, fix where o.tenant_id = a $$;
create function tap.forget() returns void language sql as $$ delete from outbox $$;

-- a ticket
update tickets set number = 1000 from fix where id = ta;
select is(p(ua, format('insert into mortise.tickets (title, description, priority, assignee_id) values (''Order bolts'', ''M8'', ''high'', %L)
  returning number, state, version, created_by', ua2)), format('1,assigned,1,%s', ua), 'a plugin creates a ticket, for whom it acts') from fix;
select is(heard(), 't.A TicketCreated Una A, u.ua2 TicketAssigned Una A', 'which is told as any other');
select forget() \g /dev/null
select is((select h.changes::jsonb from ticket_history h join tickets t on t.id = h.ticket_id where t.title = 'Order bolts'),
  jsonb_build_object('title', '[null, "Order bolts"]'::jsonb, 'state', '[null, "assigned"]'::jsonb, 'priority', '[null, "high"]'::jsonb,
    'assigneeId', jsonb_build_array(null, ua2)), 'and in the history') from fix;
select is(state_of(p(ua, s)), want, format('refused: %s', s)) from fix, (values
  ('insert into mortise.tickets (title) values ('''')', '23514'), ('insert into mortise.tickets (title, state) values (''x'', ''none'')', '23503'),
  ('insert into mortise.tickets (title, assignee_id) values (''x'', ''bbbbbbbb-0000-7000-8000-000000000002'')', '23503'),
  ('insert into mortise.tickets (title, priority) values (''x'', ''odd'')', '23514'),
  ('insert into mortise.tickets (title, created_by) values (''x'', gen_random_uuid())', '42501'),
  ('insert into mortise.tickets (title, number) values (''x'', 9)', '42501'),
  ('insert into mortise.tickets (title, tenant_id) values (''x'', 1)', '42501'),
  ('delete from mortise.tickets', '42501'), ('update mortise.tickets set created_by = null', '42501')) v (s, want);
select is(p(ua, 'update mortise.tickets set title = ''Order nuts'', description = ''M6'' where title = ''Order bolts'' returning version'), '2', 'changes title and description') from fix;
select is((select changes::jsonb from ticket_history where changes ? 'description'), '{"title": ["Order bolts", "Order nuts"], "description": ["M8", "M6"]}', 'with history');
select is(p(ua, 'update mortise.tickets set state = ''done'' where title = ''Order nuts'' returning closed_at is not null'), 't', 'closes it') from fix;
select is(state_of(p(ua, 'update mortise.tickets set title = ''x'' where title = ''Order nuts''')), 'P0001', 'then it is closed for it, too') from fix;
select is(p(null, 'insert into mortise.tickets (title, state) values (''Count stock'', ''done'') returning number, closed_at is not null'), '2,t', 'in a job there is nobody');
select is((select row(u.name, u.kind, u.active)::text from tickets t join users u on u.tenant_id = t.tenant_id and u.id = t.created_by where t.title = 'Count stock'),
  '("Plugin Parts",service,f)', 'so it is the plugin''s own doing');
select forget() \g /dev/null
select is(p(null, 'update mortise.tickets set priority = ''low'', state = ''new'' where title = ''Count stock'' returning state'), 'new', 'and so is what it changes');
select is(heard(), 't.A TicketUpdated Plugin Parts', 'by its name');
select is((select count(distinct user_id)::int from ticket_history h join tickets t on t.id = h.ticket_id where t.title = 'Count stock'), 1, 'in the history, too');
select forget() \g /dev/null

-- comments
select is(p(ua2, format('insert into mortise.ticket_comments (ticket_id, body) values (%L, ''Bolts came'') returning author_id', ta)), ua2::text, 'a comment') from fix;
select is(heard(), 't.A TicketCommented Udo A, u.ua TicketNewComment Udo A', 'whose ticket it is hears of it');
select forget() \g /dev/null
select is(p(ua2, 'update mortise.ticket_comments set body = ''Nuts came'' returning version'), '2', 'is changed by its author') from fix;
select is((select changes::jsonb from history where resource = 'comments' and changes <> '{}'), '{"body": ["Bolts came", "Nuts came"]}', 'with history');
select is(p(ua, 'update mortise.ticket_comments set body = ''Both came'' returning version'), '3', 'and by an administrator') from fix;
select is(state_of(p(null, 'update mortise.ticket_comments set body = ''x''')), '42501', 'not by a job');
select is(state_of(p(ua2, s)), want, format('refused: %s', s)) from fix, lateral (values
  (format('insert into mortise.ticket_comments (ticket_id, body) values (%L, ''x'')', tb), '23503'),
  (format('insert into mortise.ticket_comments (ticket_id, body) values (%L, '''')', ta), '23514'),
  (format('insert into mortise.ticket_comments (ticket_id, body, author_id) values (%L, ''x'', %L)', ta, ua), '42501')) v (s, want);
select forget() \g /dev/null
select is(p(ua2, 'update mortise.ticket_comments set archived_at = now() returning version'), '4', 'and taken away') from fix;
select is(heard(), 't.A TicketCommentArchived Udo A', 'once');
select is(state_of(p(ua2, 'update mortise.ticket_comments set body = ''x''')), 'P0001', 'for good') from fix;

-- rows that name somebody who is removed
insert into x_tap_data.t (tenant_id, n, who, maybe, must, ticket) select a, n, case n when 1 then ua2 else ua end, case n when 2 then ua2 end,
  case n when 3 then ua2 else ua end, ta from fix, generate_series(1, 4) n;
insert into x_tap_data.up (tenant_id, who) select a, ua2 from fix;
insert into x_tap_data.down (tenant_id, who) select a, ua2 from fix;
insert into x_tap_data.t (tenant_id, n, who, must, ticket) select b, 1, ua2, ua2, tb from fix;
select is(attempt('mortise_api', act(a, ua), format('select mortise.user_remove(%L, ''nobody'', null, 1000)', ua2)), '0', 'a person is removed') from fix;
select is((select string_agg(concat_ws(' ', n, (maybe is null)::text), ', ' order by n) from x_tap_data.t, fix where tenant_id = a), '2 true, 4 true', 'and rows as declared');
select is((select count(*)::int from x_tap_data.t, fix where tenant_id = b), 1, 'of that company');
select is((select count(*)::int from x_tap_data.up), 1, 'what the plugin''s own keys hold stays');
delete from tickets using fix where id = ta;
select is((select count(*)::int from x_tap_data.t, fix where tenant_id = a), 0, 'so with a ticket');
select is(state_of(attempt('p_tap_data', act(a, ua), 'select mortise.plugin_references_end(1, ''people'', ''{}'')')), '42501', 'which a plugin can''t do') from fix;
select * from finish();
rollback;
