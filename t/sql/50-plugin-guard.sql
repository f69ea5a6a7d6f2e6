-- What a plugin's migration may not do: each statement alone is refused, while it runs or at handover.
\ir lib/start.psql
create function tap.own(statement text) returns text language sql as
  $$ select tap.attempt('o_tap_x', null, statement) $$;
-- Runs statements as the owner, then hands over; everything is undone. Returns the message.
create function tap.migrate(variadic statements text[]) returns text language plpgsql as $$
declare
  s text;
  said text;
begin
  begin
    foreach s in array statements loop
      said := tap.own(s);
      if said <> 'ok' then
        raise exception 'while running: %', said;
      end if;
    end loop;
    perform mortise.plugin_handover('tap-x', repeat('p', 64), '{}');
    raise exception 'accepted';
  exception when others then
    return sqlerrm;
  end;
end $$;
select mortise.plugin_prepare('tap-x', repeat('o', 32)) \g /dev/null
-- another plugin, with a table, to reach for
select mortise.plugin_prepare('tap-y', repeat('o', 32)) \g /dev/null
set session authorization o_tap_y;
create table x_tap_y.theirs (tenant_id int not null, id int, primary key (tenant_id, id));
reset session authorization;
select mortise.plugin_handover('tap-y', repeat('p', 64), '{}') \g /dev/null

create table tap.evil (n int generated always as identity, why text, statement text);
insert into tap.evil (why, statement) values
  ('a function', 'create function x_tap_x.f() returns int language sql as ''select 1'''),
  ('a procedure', 'create procedure x_tap_x.f() language sql as ''select 1'''),
  ('anonymous code', 'do $x$ begin end $x$'),
  ('a view', 'create view x_tap_x.v as select 1'),
  ('a materialized view', 'create materialized view x_tap_x.v as select 1'),
  ('a table from a query', 'create table x_tap_x.t as select 1'),
  ('select into', 'select 1 as a into x_tap_x.t'),
  ('a rule', 'create rule r as on insert to x_tap_x.base do instead nothing'),
  ('a trigger', 'create trigger t before insert on x_tap_x.base for each row execute function suppress_redundant_updates_trigger()'),
  ('a policy', 'create policy p on x_tap_x.base using (true)'),
  ('a type', 'create type x_tap_x.e as enum (''a'')'),
  ('a domain', 'create domain x_tap_x.d as int'),
  ('a range', 'create type x_tap_x.r as range (subtype = int4)'),
  ('an operator', 'create operator x_tap_x.=== (leftarg = int, rightarg = int, function = int4eq)'),
  ('an aggregate', 'create aggregate x_tap_x.a(int) (sfunc = int4pl, stype = int)'),
  ('a collation', 'create collation x_tap_x.c from "C"'),
  ('text search', 'create text search configuration x_tap_x.c (copy = simple)'),
  ('extended statistics', 'create statistics x_tap_x.s on tenant_id, id from x_tap_x.base'),
  ('an extension', 'create extension pgcrypto schema x_tap_x'),
  ('a language', 'create language plperl'),
  ('a schema', 'create schema x_tap_z'),
  ('an event trigger', 'create event trigger e on ddl_command_start execute function mortise_guard.ddl_guard()'),
  ('a publication', 'create publication p for table x_tap_x.base'),
  ('a subscription', 'create subscription s connection '''' publication p'),
  ('a foreign server', 'create server s foreign data wrapper w'),
  ('a role', 'create role o_tap_z'),
  ('another''s role', 'set role p_tap_y'),
  ('the owner of the core', 'set role mortise_owner'),
  ('a grant', 'grant all on x_tap_x.base to public'),
  ('a grant to another plugin', 'grant all on x_tap_x.base to p_tap_y'),
  ('default privileges', 'alter default privileges grant all on tables to public'),
  ('a grant of the schema', 'grant all on schema x_tap_x to public'),
  ('giving away', 'alter table x_tap_x.base owner to mortise_plugin'),
  ('another schema', 'create table mortise.t (tenant_id int)'),
  ('the public schema', 'create table public.t (tenant_id int)'),
  ('another plugin''s schema', 'create table x_tap_y.t (tenant_id int)'),
  ('moving there', 'alter table x_tap_x.base set schema x_tap_y'),
  ('a temporary table', 'create temporary table t (tenant_id int)'),
  ('an unlogged table', 'create unlogged table x_tap_x.t (tenant_id int)'),
  ('a child', 'create table x_tap_x.t (tenant_id int) inherits (x_tap_x.base)'),
  ('a partitioned table', 'create table x_tap_x.t (tenant_id int) partition by list (tenant_id)'),
  ('reading the core', 'select * from mortise.tickets'),
  ('writing the core', 'insert into mortise.tenants (code, name) values (''x-x'', ''x'')'),
  ('changing the core', 'alter table mortise.tickets disable row level security'),
  ('dropping the core', 'drop table mortise.tickets'),
  ('reading another plugin', 'select * from x_tap_y.theirs'),
  ('a foreign key to another plugin', 'create table x_tap_x.t (tenant_id int, id int, foreign key (tenant_id, id) references x_tap_y.theirs)'),
  ('a foreign key to the core', 'create table x_tap_x.t (tenant_id int, id uuid, foreign key (tenant_id, id) references mortise.tickets)'),
  ('the catalogue', 'select * from pg_class'),
  ('settings of the server', 'alter system set work_mem = 1'),
  ('settings of a superuser', 'set session_replication_role = replica'),
  ('files', 'copy x_tap_x.base to ''/tmp/x'''),
  ('programs', 'copy x_tap_x.base to program ''true'''),
  ('large objects', 'select lo_create(0)'),
  ('advisory locks', 'select pg_advisory_lock(1)'),
  ('running text as SQL', 'select query_to_xml(''select 1'', true, true, '''')'),
  ('a default that reads files', 'create table x_tap_x.t (tenant_id int not null primary key, f text default pg_read_file(''/etc/passwd''))'),
  ('a default that ends sessions', 'create table x_tap_x.t (tenant_id int not null primary key, f bool default pg_terminate_backend(1))'),
  ('a check with a setter', 'create table x_tap_x.t (tenant_id int not null primary key, check (set_config(''a.b'', ''c'', false) <> ''''))'),
  ('a default of the core''s function', 'create table x_tap_x.t (tenant_id int not null primary key, f bigint default mortise.emit(''all'', ''x'', ''{}''))'),
  ('a column of the core''s type', 'create table x_tap_x.t (tenant_id int not null primary key, f mortise.tickets)'),
  ('a column of a row type', 'create table x_tap_x.t (tenant_id int not null primary key, f x_tap_x.base)'),
  ('statistics', 'alter table x_tap_x.base alter note set statistics 100'),
  ('an exclusion constraint', 'create table x_tap_x.t (tenant_id int not null primary key, r int4range, exclude using gist (r with &&))'),
  ('dropping its own schema', 'drop schema x_tap_x cascade'),
  ('dropping what it owns', 'drop owned by o_tap_x'),
  ('reassigning', 'reassign owned by o_tap_x to mortise_plugin'),
  ('a security label', 'security label on table x_tap_x.base is ''x'''),
  ('loading a library', 'load ''$libdir/plpgsql'''),
  ('a cast', 'create cast (int as text) with inout'),
  ('a comment elsewhere', 'comment on table mortise.tickets is ''x''');

create table tap.late (n int generated always as identity, why text, statement text, says text);
insert into tap.late (why, statement, says) values
  ('no tenant', 'create table x_tap_x.t (id int primary key)', 'table-tenant'),
  ('tenant as text', 'create table x_tap_x.t (tenant_id text not null primary key)', 'table-tenant'),
  ('tenant may be null', 'create table x_tap_x.t (tenant_id int, id int)', 'table-tenant'),
  ('a generated tenant', 'create table x_tap_x.t (tenant_id int not null generated always as (1) stored, id int)', 'table-tenant'),
  ('a numbered tenant', 'create table x_tap_x.t (tenant_id int generated always as identity, id int)', 'table-tenant'),
  ('a key without tenant', 'create table x_tap_x.t (tenant_id int not null, id int primary key)', 'index-tenant'),
  ('tenant second', 'create table x_tap_x.t (tenant_id int not null, id int, primary key (id, tenant_id))', 'index-tenant'),
  ('a unique note', 'create unique index on x_tap_x.base (note)', 'index-tenant'),
  ('an expression first', 'create index on x_tap_x.base ((tenant_id + 1), note)', 'index-tenant'),
  ('a foreign key without tenant', 'create table x_tap_x.t (tenant_id int not null primary key, b int, foreign key (b) references x_tap_x.one)', 'reference-tenant');

select plan((select count(*)::int from evil) + (select count(*)::int from late) + 31
  + (select count(*)::int from evil where why !~ '^(a grant|dropping what it owns)'));
select is(own('create table x_tap_x.base (tenant_id int not null, id int, note text, primary key (tenant_id, id))'), 'ok',
  'a table is allowed');
select is(own('create table x_tap_x.one (tenant_id int not null primary key)'), 'ok', 'and another');
select isnt(left(migrate(statement), 8), 'accepted', 'refused: ' || why) from evil order by n;
select ok(position(says in migrate(statement)) > 0, 'refused at handover: ' || why) from late order by n;

-- what must be possible
select is(migrate(s), 'accepted', 'allowed: ' || left(s, 70)) from (values
  ('create table x_tap_x.t (tenant_id int not null default mortise.tenant(), id uuid default gen_random_uuid(),
    at timestamptz not null default now(), tags text[] default ''{}'', v jsonb default ''{}'', d numeric(10,2) check (d >= 0),
    during tstzrange, primary key (tenant_id, id), unique (tenant_id, at))'),
  ('create table x_tap_x.t (tenant_id int not null, id bigint generated always as identity, primary key (tenant_id, id))'),
  ('create table x_tap_x.t (tenant_id int not null, id serial, primary key (tenant_id, id))'),
  ('create table x_tap_x.t (tenant_id int not null, id int, up int, primary key (tenant_id, id),
    foreign key (tenant_id, up) references x_tap_x.t on delete cascade)'),
  ('create table x_tap_x.t (tenant_id int not null, n text, low text generated always as (lower(n)) stored, check (n ~ ''^[a-z]+$''))'),
  ('create unique index on x_tap_x.base (tenant_id, lower(note)) where note is not null'),
  ('create index on x_tap_x.base (tenant_id, (note::int))'),
  ('alter table x_tap_x.base add column due date default current_date'),
  ('comment on column x_tap_x.base.note is ''words'''),
  ('drop table x_tap_x.one')) v (s);

-- where event triggers can't be made, the handover alone refuses or takes back
savepoint alone;
alter event trigger mortise_ddl_start disable;
alter event trigger mortise_ddl_end disable;
select isnt(migrate(statement), 'accepted', 'refused at handover alone: ' || why) from evil
  where why !~ '^(a grant|dropping what it owns)' order by n;
select is(own(s), 'ok', 'not refused there: ' || s) from (values ('create table x_tap_x.num (tenant_id int not null, id serial)'),
  ('grant all on x_tap_x.base to public'), ('grant select (note) on x_tap_x.base to p_tap_y'),
  ('grant all on x_tap_x.num_id_seq to p_tap_y')) v (s);
select mortise.plugin_handover('tap-x', repeat('p', 64), '{}') \g /dev/null
select is((select string_agg(distinct e.grantee::regrole::text, ',') from (
    select relacl as acl, relowner as owner from pg_class where relnamespace = 'x_tap_x'::regnamespace
    union all select attacl, 0 from pg_attribute t join pg_class c on c.oid = attrelid where relnamespace = 'x_tap_x'::regnamespace) v,
    aclexplode(acl) e where e.grantee <> owner), 'p_tap_x', 'but taken back');
rollback to alone;

-- after the handover
select is(migrate('select 1 as x from (values (1)) v limit 0'), 'while running: none', 'reading nothing is harmless');
select mortise.plugin_handover('tap-x', repeat('p', 64), '{}') \g /dev/null
select is(own('create table x_tap_x.again (tenant_id int not null primary key)'),
  '42501 permission denied for schema x_tap_x', 'the owner makes nothing after the handover');
select is((select rolcanlogin from pg_roles where rolname = 'o_tap_x'), false, 'and can''t log in');
select is((select rolcanlogin from pg_roles where rolname = 'p_tap_x'), true, 'the worker''s role can');
select is(attempt('p_tap_x', act(a, ua), 'insert into x_tap_x.base (id, note) values (1, ''mine'')'), 'ok',
  'a worker writes with the tenant of its transaction') from fix;
select is((select format('%s %s', relrowsecurity, relforcerowsecurity) from pg_class where oid = 'x_tap_x.base'::regclass),
  't t', 'row security is forced');
select is((select count(*)::int from pg_attribute where attrelid = 'x_tap_x.base'::regclass and attstattarget <> -1 and attnum > 0), 0,
  'statistics are as everywhere');
-- an upgrade may not take the guard away
select mortise.plugin_open('tap-x', repeat('o', 32), 'contract') \g /dev/null
select isnt(migrate(s), 'accepted', 'refused in an upgrade: ' || s) from (values
  ('alter table x_tap_x.base disable row level security'),
  ('alter table x_tap_x.base no force row level security'),
  ('drop policy tenant on x_tap_x.base'),
  ('alter table x_tap_x.base drop column tenant_id cascade'),
  ('alter table x_tap_x.base alter tenant_id type int using 2'),
  ('alter table x_tap_x.base alter note type text using ''x''')) v (s);
select is(migrate('alter table x_tap_x.base rename column tenant_id to t',
  'alter table x_tap_x.base add column tenant_id int not null default 2'),
  'while running: 42501 migration-fault: [["tenant-replaced", "base"]]', 'refused in an upgrade: another tenant_id');
select * from finish();
rollback;
