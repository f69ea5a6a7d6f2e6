-- A plugin's roles, grants and rows from nothing to nothing.
\ir lib/start.psql
select plan(46);
create function tap.owned(name text) returns text language sql as $$
  select string_agg(x, ' ' order by x) from (
    select 'role ' || rolname as x from pg_roles where rolname in ('o_' || name, 'p_' || name)
    union all select 'schema' from pg_namespace where nspname = 'x_' || name
    union all select 'granted ' || c.relname from pg_class c, aclexplode(c.relacl) e
      where pg_get_userbyid(e.grantee) in ('o_' || name, 'p_' || name)
    union all select 'granted column of ' || attrelid::regclass from pg_attribute t, aclexplode(t.attacl) e
      where pg_get_userbyid(e.grantee) in ('o_' || name, 'p_' || name)
    union all select 'granted function ' || proname from pg_proc f, aclexplode(f.proacl) e
      where pg_get_userbyid(e.grantee) in ('o_' || name, 'p_' || name)) v
$$;
create function tap.admin(statement text) returns text language sql as $$ select attempt('mortise_admin', null, statement) $$;

select is(state_of(admin(format('select mortise.plugin_prepare(%L, repeat(''o'', 32))', k))), '22023', 'no key: ' || to_json(left(k, 50)))
  from (values (''), ('A'), ('a'), ('x y'), ('a;drop'), ('a--b'), ('a-'), ('-a'), ('a"b'), ('../a'), (repeat('a', 41)), (E'ab\n')) v (k);
select is(state_of(attempt(r, null, 'select mortise.plugin_drop(''tap-z'')')), '42501', r || ' may not')
  from unnest(array['mortise_api', 'mortise_steward', 'mortise_owner']) r;
create role p_tap_foreign;
select is(left(admin('select mortise.plugin_prepare(''tap-foreign'', repeat(''o'', 32))'), 5), 'P0001', 'a role of others is left alone');
select is(left(admin('select mortise.plugin_drop(''tap-foreign'')'), 5), 'P0001', 'and not dropped');

select is(admin('select mortise.plugin_prepare(''tap-life'', repeat(''o'', 32))'), '""', 'prepared');
select is(owned('tap_life'), 'role o_tap_life role p_tap_life schema', 'roles and schema are there');
select ok(rolvaliduntil < now() + interval '6 min' and rolconnlimit = 1, 'the owner''s login is short-lived') from pg_roles
  where rolname = 'o_tap_life';
select is(admin('select mortise.plugin_prepare(''tap-life'', repeat(''o'', 32))'), '""', 'twice is fine');
select is(attempt('o_tap_life', null, 'create table x_tap_life.t (tenant_id int not null, id int, up int, primary key (tenant_id, id),
  foreign key (tenant_id, up) references x_tap_life.t)'), 'ok', 'the migration runs');
select is(attempt('o_tap_life', null, 'create table x_tap_life.s (tenant_id int not null, id serial, t int, primary key (tenant_id, id),
  foreign key (tenant_id, t) references x_tap_life.t)'), 'ok', 'on');
select is(state_of(admin('select mortise.plugin_handover(''tap-life'', repeat(''p'', 64), ''{tickets:all}'')')), '22023',
  'an unknown permission is refused');
select is(admin('select mortise.plugin_handover(''tap-life'', repeat(''p'', 64), ''{tickets:read,tickets:write,users:read,notifications:send,events:emit}'')'),
  '""', 'handed over');
select is((select string_agg(privilege || ' ' || col, ', ' order by privilege, col) from (
    select e.privilege_type as privilege, c.relname || '.' || t.attname as col
    from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) e
    where e.grantee = 'p_tap_life'::regrole and c.relnamespace = 'mortise'::regnamespace) v),
  'INSERT ticket_comments.body, INSERT ticket_comments.id, INSERT ticket_comments.ticket_id, INSERT '
  'tickets.assignee_id, INSERT tickets.description, INSERT tickets.id, INSERT tickets.priority, INSERT '
  'tickets.state, INSERT tickets.title, SELECT ticket_comments.archived_at, SELECT '
  'ticket_comments.author_id, SELECT ticket_comments.body, SELECT ticket_comments.created_at, SELECT '
  'ticket_comments.id, SELECT ticket_comments.tenant_id, SELECT ticket_comments.ticket_id, SELECT '
  'ticket_comments.updated_at, SELECT ticket_comments.version, SELECT ticket_states.category, SELECT '
  'ticket_states.key, SELECT ticket_states.label, SELECT ticket_states.position, SELECT '
  'ticket_states.tenant_id, SELECT tickets.assignee_id, SELECT tickets.closed_at, SELECT tickets.created_at, '
  'SELECT tickets.created_by, SELECT tickets.custom, SELECT tickets.description, SELECT tickets.id, SELECT tickets.number, SELECT '
  'tickets.priority, SELECT tickets.state, SELECT tickets.tenant_id, SELECT tickets.title, SELECT '
  'tickets.updated_at, SELECT tickets.version, SELECT users.active, SELECT users.id, SELECT users.name, '
  'SELECT users.roles, SELECT users.tenant_id, UPDATE ticket_comments.archived_at, UPDATE '
  'ticket_comments.body, UPDATE tickets.assignee_id, UPDATE tickets.description, UPDATE tickets.priority, '
  'UPDATE tickets.state, UPDATE tickets.title',
  'permissions are these columns');

-- a ticket changed by a plugin keeps its house in order
select is(attempt('p_tap_life', act(a, ua), format('update mortise.tickets set state = ''done'' where id = %L', ta)), 'ok',
  'a plugin closes a ticket') from fix;
select is((select row(version, closed_at is not null)::text from tickets where id = ta), '(2,t)', 'version and time follow') from fix;
select is((select changes from ticket_history where ticket_id = ta), '{"state": ["new", "done"]}', 'and history') from fix;
select is(state_of(attempt('p_tap_life', act(a, ua), format('update mortise.tickets set priority = ''low'' where id = %L', ta))),
  'P0001', 'closed is closed for plugins too') from fix;

select attempt('p_tap_life', act(tenant, who), 'insert into x_tap_life.t (id) values (1), (2)')
  from (select a as tenant, ua as who from fix union all select b, ub from fix) v \g /dev/null
select attempt('p_tap_life', act(tenant, who), 'insert into x_tap_life.s (t) values (1), (2)')
  from (select a as tenant, ua as who from fix union all select b, ub from fix) v \g /dev/null

select is(attempt('p_tap_life', act(a, ua), format('update mortise.tickets set state = ''new'', assignee_id = %L where id = %L', ua2, ta)), 'ok',
  'a plugin reopens and assigns') from fix;
update users set active = false from fix where id = ua;
select is(left(attempt('p_tap_life', act(a, ua), format('update mortise.tickets set assignee_id = %L where id = %L', ua, ta)), 5), 'P0001',
  'not to somebody who has left') from fix;
select is(left(attempt('mortise_api', act(a, ua), format('update mortise.tickets set assignee_id = %L where id = %L', ua, ta)), 5), 'P0001',
  'and the core doesn''t either, whatever its code asks first') from fix;
update users set active = true from fix where id = ua;
select is(attempt('p_tap_life', act(a, ua), format('update mortise.tickets set state = ''new'' where id = %L', ta)), 'ok',
  'setting what is set') from fix;
select is((select count(*)::int from ticket_history join fix on ticket_id = ta), 2, 'makes no history');
set constraints mortise.outbox_flush immediate;
select is((select string_agg(left(channel, 1) || ' ' || type, ', ' order by channel, seq) from events join fix on tenant_id = a
    where type like 'Ticket%'), 't TicketUpdated, t TicketUpdated, u TicketAssigned', 'people are told once each');
-- a plugin that assigns a new ticket moves it as the core does (and only then)
insert into mortise.tickets (tenant_id, id, number, title, created_by)
  select a, 'aaaaaaaa-0000-7000-8000-0000000000e7', 7, 'To assign', ua from fix;
create function tap.set_ticket(what text) returns text language sql as $$
  select tap.attempt('p_tap_life', tap.act(a, ua), format(
    'update mortise.tickets set %s where id = ''aaaaaaaa-0000-7000-8000-0000000000e7''', what)) from fix $$;
create function tap.ticket_state() returns text language sql as
  $$ select state from mortise.tickets where id = 'aaaaaaaa-0000-7000-8000-0000000000e7' $$;
select is(set_ticket(format('assignee_id = %L', ua2)) || ' ' || ticket_state(), 'ok assigned', 'a plugin that assigns a new ticket makes it assigned') from fix;
select is((select string_agg(h.changes ->> 'state', ';') from ticket_history h where h.ticket_id = 'aaaaaaaa-0000-7000-8000-0000000000e7'),
  '["new", "assigned"]', 'and the history says so');
select is(set_ticket('assignee_id = null, state = ''new''') || ' ' || ticket_state(), 'ok new', 'back');
select is(set_ticket(format('assignee_id = %L, state = ''on_hold''', ua2)) || ' ' || ticket_state(), 'ok on_hold',
  'another state that was asked for stays') from fix;
set constraints mortise.outbox_flush deferred;


-- rows of one tenant leave
select is(admin(format('select mortise.plugin_purge(''tap-life'', %s)', a)), '4', 'a tenant''s rows are purged') from fix;
select is((select array_agg(distinct tenant_id) from (select tenant_id from x_tap_life.t union all select tenant_id from x_tap_life.s) v),
  (select array[b] from fix), 'others'' stay');
select is(admin('select mortise.plugin_drop(''tap-life'')'), '""', 'dropped');
select is(owned('tap_life'), null, 'nothing is left');
select is(admin('select mortise.plugin_drop(''tap-life'')'), '""', 'dropping nothing is fine');
select is(admin('select mortise.plugin_purge(''tap-life'', 1)'), '0', 'so is purging nothing');
select * from finish();
rollback;
