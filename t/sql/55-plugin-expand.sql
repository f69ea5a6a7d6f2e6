-- What a migration may do to tables that older versions of its plugin work with, and what it may not, by
-- whichever words: while it runs, and again at the hand-over alone.
\ir lib/start.psql
create function tap.own(statement text) returns text language sql as
  $$ select tap.attempt('o_tap_x', null, statement) $$;
-- Runs statements as the owner and hands over; everything is undone. Returns the message.
create function tap.migrate(statements text) returns text language plpgsql as $$
declare
  s text;
  said text;
begin
  foreach s in array string_to_array(statements, ';; ') loop
    said := tap.own(s);
    if said <> 'ok' then
      raise exception 'while running: %', said;
    end if;
  end loop;
  perform mortise.plugin_handover('tap-x', repeat('p', 64), '{}');
  raise exception 'accepted';
exception when others then
  return sqlerrm;
end $$;
-- The same up to the migration's own COMMIT.
create function tap.commit(statements text) returns text language plpgsql as $$
declare
  s text;
  said text;
begin
  foreach s in array string_to_array(statements, ';; ') loop
    said := tap.own(s);
    if said <> 'ok' then
      raise exception 'while running: %', said;
    end if;
  end loop;
  set constraints mortise_guard.judged immediate;
  raise exception 'committed';
exception when others then
  return sqlerrm;
end $$;

-- version 1
select mortise.plugin_prepare('tap-x', repeat('o', 32)) \g /dev/null
select own(s) from (values
  ('create table x_tap_x.base (tenant_id int not null, id int, note text, hours numeric(6,2) not null default 0, short varchar(10),
    state text not null default ''open'' check (state in (''open'', ''done'')), n int, primary key (tenant_id, id))'),
  ('create table x_tap_x.child (tenant_id int not null, id serial, base int, primary key (tenant_id, id),
    constraint child_base foreign key (tenant_id, base) references x_tap_x.base)'),
  ('create table x_tap_x.counted (tenant_id int not null, id bigint generated always as identity, v int, primary key (tenant_id, id))'),
  ('create table x_tap_x."Odd Name" (tenant_id int not null primary key, "a ""b" int)'),
  ('create index base_note on x_tap_x.base (tenant_id, note)'),
  ('create unique index base_n on x_tap_x.base (tenant_id, n)'),
  ('create sequence x_tap_x.numbers')) v (s) \g /dev/null
select mortise.plugin_handover('tap-x', repeat('p', 64), '{}') \g /dev/null
select attempt('p_tap_x', act(tenant, who), s) from (select a as tenant, ua as who from fix union all select b, ub from fix) t,
  (values ('insert into x_tap_x.base (id, note, n) values (1, ''Secret note'', 1), (2, ''7'', 2)'),
    ('insert into x_tap_x.child (base) values (1)'), ('insert into x_tap_x.counted (v) values (1)')) v (s) \g /dev/null

create table tap.evil (n int generated always as identity, why text, statements text);
insert into tap.evil (why, statements) values
  -- taking away
  ('a table', 'drop table x_tap_x.child'),
  ('a table with all that hangs on it', 'drop table x_tap_x.base cascade'),
  ('a quoted table', 'drop table x_tap_x."Odd Name"'),
  ('an index', 'drop index x_tap_x.base_note'),
  ('a sequence', 'drop sequence x_tap_x.numbers'),
  ('a serial''s sequence', 'drop sequence x_tap_x.child_id_seq cascade'),
  ('a column', 'alter table x_tap_x.base drop column note'),
  ('a quoted column', 'alter table x_tap_x."Odd Name" drop column "a ""b"'),
  ('a column that others use', 'alter table x_tap_x.base drop column state cascade'),
  ('a check', 'alter table x_tap_x.base drop constraint base_state_check'),
  ('a foreign key', 'alter table x_tap_x.child drop constraint child_base'),
  ('a key', 'alter table x_tap_x.base drop constraint base_pkey cascade'),
  ('the guard of tenant_id', 'alter table x_tap_x.base drop column tenant_id cascade'),
  -- changing
  ('a type', 'alter table x_tap_x.base alter n type bigint'),
  ('a wider text', 'alter table x_tap_x.base alter short type varchar(20)'),
  ('a text without bounds', 'alter table x_tap_x.base alter short type text'),
  ('a collation', 'alter table x_tap_x.base alter note type text collate "C"'),
  ('not null', 'alter table x_tap_x.base alter note set not null'),
  ('null', 'alter table x_tap_x.base alter hours drop not null'),
  ('a default', 'alter table x_tap_x.base alter note set default ''x'''),
  ('no default', 'alter table x_tap_x.base alter hours drop default'),
  ('another default', 'alter table x_tap_x.base alter hours set default 1'),
  ('another tenant by default', 'alter table x_tap_x.base alter tenant_id set default 1'),
  ('a column''s name', 'alter table x_tap_x.base rename note to remark'),
  ('a table''s name', 'alter table x_tap_x.base rename to basis'),
  ('a constraint''s name', 'alter table x_tap_x.child rename constraint child_base to fk'),
  ('an index''s name', 'alter index x_tap_x.base_note rename to i'),
  ('an index''s name as a table', 'alter table x_tap_x.base_note rename to i'),
  ('a sequence''s name', 'alter sequence x_tap_x.numbers rename to n'),
  ('a sequence''s steps', 'alter sequence x_tap_x.numbers increment by 2'),
  ('a sequence''s beginning', 'alter sequence x_tap_x.numbers restart with 1'),
  ('a serial''s beginning', 'alter sequence x_tap_x.child_id_seq restart'),
  ('an identity''s beginning', 'alter table x_tap_x.counted alter id restart with 1'),
  ('an identity that may be given', 'alter table x_tap_x.counted alter id set generated by default'),
  ('no identity', 'alter table x_tap_x.counted alter id drop identity'),
  ('a new identity', 'alter table x_tap_x.base alter id add generated always as identity'),
  ('storage', 'alter table x_tap_x.base alter note set storage external'),
  ('options of a table', 'alter table x_tap_x.base set (autovacuum_enabled = off)'),
  ('options of an index', 'alter index x_tap_x.base_note set (fillfactor = 50)'),
  ('replica identity', 'alter table x_tap_x.base replica identity full'),
  ('unlogged', 'alter table x_tap_x.base set unlogged'),
  ('no row security', 'alter table x_tap_x.base disable row level security'),
  ('row security not for the owner', 'alter table x_tap_x.base no force row level security'),
  ('a foreign key checked later', 'alter table x_tap_x.child alter constraint child_base deferrable'),
  -- narrowing
  ('a check of an old column', 'alter table x_tap_x.base add check (hours >= 0)'),
  ('a check that looks at no row now', 'alter table x_tap_x.base add check (hours >= 0) not valid'),
  ('a check of nothing', 'alter table x_tap_x.base add check (false) not valid'),
  ('a check of the whole row', 'alter table x_tap_x.base add check (x_tap_x.base.* is not null) not valid'),
  ('a check of an old and a new column', 'alter table x_tap_x.base add m int, add check (m is null or hours > 0)'),
  ('a check that NULL fails', 'alter table x_tap_x."Odd Name" add m int, add check (m is not null)'),
  ('a check that the default fails', 'alter table x_tap_x."Odd Name" add m int default -1 check (m >= 0)'),
  ('a check that time fails', 'alter table x_tap_x.base add m timestamptz default now() check (m < ''2030-01-01'')'),
  ('a check that counts', 'alter table x_tap_x."Odd Name" add m int check (nextval(''x_tap_x.numbers'') > 0 and m is null)'),
  ('a check of the clock', 'alter table x_tap_x."Odd Name" add m timestamptz check (coalesce(m, current_timestamp) > ''2020-01-01'')'),
  ('a unique constraint', 'alter table x_tap_x.base add unique (tenant_id, hours, id)'),
  ('a unique index', 'create unique index on x_tap_x.base (tenant_id, hours, id)'),
  ('a unique index of a new column', 'alter table x_tap_x.base add m int;; create unique index on x_tap_x.base (tenant_id, m)'),
  ('a key by an index', 'create unique index u on x_tap_x.base (tenant_id, hours, id);; alter table x_tap_x.base add constraint u unique using index u'),
  ('a foreign key of old columns', 'alter table x_tap_x.base add foreign key (tenant_id, n) references x_tap_x.base not valid'),
  ('a foreign key of a filled new column', 'alter table x_tap_x."Odd Name" add m int default 1, add foreign key (tenant_id, m) references x_tap_x.base on delete cascade on update cascade'),
  ('a foreign key that keeps old rows', 'create table x_tap_x.more (tenant_id int not null primary key, b int, foreign key (tenant_id, b) references x_tap_x.base)'),
  ('a foreign key that keeps old keys', 'create table x_tap_x.more (tenant_id int not null primary key, b int, foreign key (tenant_id, b) references x_tap_x.base on delete cascade)'),
  ('a foreign key that empties tenant_id', 'create table x_tap_x.more (tenant_id int not null primary key, b int, foreign key (tenant_id, b) references x_tap_x.base on delete set null on update cascade)'),
  ('a foreign key with MATCH FULL', 'alter table x_tap_x.base add m int;; alter table x_tap_x.base add foreign key (tenant_id, m) references x_tap_x.base match full on delete cascade on update cascade not valid'),
  ('an index of what may fail', 'create index on x_tap_x."Odd Name" (tenant_id, (1 / "a ""b"))'),
  ('an index of what may not be a number', 'create index on x_tap_x.child (tenant_id, ((base::text)::smallint))'),
  ('an index where something may fail', 'create index on x_tap_x.child (tenant_id) where 1 / base > 0'),
  ('an index that leaks a row', 'create index on x_tap_x.base (tenant_id, (note::int))'),
  -- adding what can't be added
  ('a column that must be filled', 'alter table x_tap_x."Odd Name" add m int not null'),
  ('a column filled with NULL', 'alter table x_tap_x."Odd Name" add m int not null default nullif(1, 1)'),
  ('a column of random values', 'alter table x_tap_x.base add m uuid default gen_random_uuid()'),
  ('a serial', 'alter table x_tap_x.base add m serial'),
  ('an identity', 'alter table x_tap_x.base add m int generated by default as identity'),
  ('a computed column', 'alter table x_tap_x.base add m int generated always as (1 / n) stored'),
  ('numbers from an old sequence', 'alter table x_tap_x.base add m int default nextval(''x_tap_x.numbers'')'),
  ('a parent', 'create table x_tap_x.up (tenant_id int not null);; alter table x_tap_x.base inherit x_tap_x.up'),
  ('a child', 'create table x_tap_x.down () inherits (x_tap_x.base)'),
  -- tricks
  ('many things at once', 'alter table x_tap_x.base add m int, alter n type bigint, add k int default 1'),
  ('dropping and adding again', 'alter table x_tap_x.base drop column note;; alter table x_tap_x.base add note text'),
  ('dropping and making again', 'drop table x_tap_x.counted;; create table x_tap_x.counted (tenant_id int not null, id bigint generated always as identity, v int, primary key (tenant_id, id))'),
  ('renaming and making again', 'alter table x_tap_x.base rename to old;; create table x_tap_x.base (like x_tap_x.old including all)'),
  ('renaming a column and making it again', 'alter table x_tap_x.base rename note to old;; alter table x_tap_x.base add note text'),
  ('renaming there and back with another type between', 'alter table x_tap_x.base rename n to m;; alter table x_tap_x.base add n int;; alter table x_tap_x.base drop column m'),
  ('moving to another schema', 'alter table x_tap_x.base set schema public'),
  ('checks made too early', 'alter table x_tap_x.base add m int;; set constraints all immediate;; set constraints all deferred;; create table x_tap_x.z (id int primary key)'),
  ('anonymous code', 'do $x$ begin execute ''drop table x_tap_x.child''; end $x$'),
  ('emptying a table', 'truncate x_tap_x.counted'),
  ('emptying with all that hangs on it', 'truncate x_tap_x.base cascade'),
  ('the right to empty it', 'grant truncate on x_tap_x.counted to o_tap_x'),
  ('another owner', 'alter table x_tap_x.base owner to p_tap_x'),
  ('a policy', 'create policy p on x_tap_x.base using (true)'),
  ('another policy', 'alter policy tenant on x_tap_x.base using (true)'),
  ('no policy', 'drop policy tenant on x_tap_x.base'),
  ('a rule', 'create rule r as on insert to x_tap_x.base do instead nothing'),
  ('a trigger', 'create trigger t before insert on x_tap_x.base for each row execute function suppress_redundant_updates_trigger()'),
  ('no triggers', 'alter table x_tap_x.base disable trigger all'),
  ('rows for nobody', 'insert into x_tap_x.base (tenant_id, id) values (1, 9)'),
  ('statistics', 'alter table x_tap_x.base alter note set statistics 100'),
  ('writing itself into another phase', 'update mortise_guard.openings set phase = ''contract'''),
  ('forgetting the shape', 'update mortise_guard.openings set shape = ''{}'''),
  ('opening itself', 'select mortise.plugin_open(''tap-x'', repeat(''o'', 32), ''contract'')'),
  ('handing itself over', 'select mortise.plugin_handover(''tap-x'', repeat(''o'', 64), ''{}'')');

create table tap.good (n int generated always as identity, why text, statements text);
insert into tap.good (why, statements) values
  ('a table', 'create table x_tap_x.more (tenant_id int not null, id uuid default gen_random_uuid(), b int, primary key (tenant_id, id), unique (tenant_id, b), check (b > 0))'),
  ('a table that refers to an old one', 'create table x_tap_x.more (tenant_id int not null, id serial, b int, primary key (tenant_id, id), foreign key (tenant_id, b) references x_tap_x.base on delete cascade on update cascade)'),
  ('one that forgets the old one', 'create table x_tap_x.more (tenant_id int not null primary key, b int, foreign key (tenant_id, b) references x_tap_x.base on delete set null (b) on update cascade)'),
  ('tables that refer to each other', 'create table x_tap_x.m1 (tenant_id int not null primary key);; create table x_tap_x.m2 (tenant_id int not null primary key references x_tap_x.m1)'),
  ('a table like an old one', 'create table x_tap_x.more (like x_tap_x.base including all)'),
  ('an empty column', 'alter table x_tap_x.base add m int'),
  ('a column with a default', 'alter table x_tap_x.base add m text not null default ''x'''),
  ('a column with a computed default', 'alter table x_tap_x.base add m numeric(10,2) not null default 0'),
  ('a column with the time', 'alter table x_tap_x.base add m timestamptz not null default now()'),
  ('columns of many kinds', 'alter table x_tap_x.base add m text[] not null default ''{}'', add k jsonb default ''{}'', add j bool not null default false'),
  ('a check of a new column', 'alter table x_tap_x.base add m text check (m in (''a'', ''b''))'),
  ('a check that the default passes', 'alter table x_tap_x.base add m int not null default 5 check (m between 1 and 9)'),
  ('a check of two new columns', 'alter table x_tap_x.base add m int default 1, add k int default 2, add check (k > m)'),
  ('a reference by a new column', 'alter table x_tap_x.base add m int;; alter table x_tap_x.base add foreign key (tenant_id, m) references x_tap_x.base on delete set null (m) on update cascade'),
  ('an index', 'create index on x_tap_x.base (tenant_id, hours desc, id)'),
  ('an index in lower case', 'create index on x_tap_x.base (tenant_id, lower(note))'),
  ('an index of some rows', 'create index on x_tap_x.base (tenant_id, id) where state = ''open'' and note is not null'),
  ('an index of a new column', 'alter table x_tap_x.base add m int;; create index on x_tap_x.base (tenant_id, m)'),
  ('a sequence', 'create sequence x_tap_x.more'),
  ('changing what is new', 'alter table x_tap_x.base add m int;; alter table x_tap_x.base rename m to k;; alter table x_tap_x.base alter k set default 3'),
  ('a comment', 'comment on table x_tap_x.base is ''x'';; comment on column x_tap_x.base.note is ''y''');

select plan((select count(*)::int * 2 + count(*) filter (where why !~ '^(the right to empty|emptying|opening|handing)')::int from evil)
  + (select count(*)::int * 2 from good) + 72);

select mortise.plugin_open('tap-x', repeat('o', 32), 'expand') \g /dev/null
select ok(migrate(statements) not in ('accepted'), 'refused: ' || why) from evil order by n;
select ok(commit(statements) not in ('committed'), 'not committed: ' || why) from evil order by n;
select is(migrate(statements), 'accepted', 'allowed: ' || why) from good order by n;
select is(commit(statements), 'committed', 'committed: ' || why) from good order by n;

-- what it says; fcgi/db/raised.c has the words
select is(migrate(s), said, 'says: ' || left(said, 60)) from (values
  ('alter table x_tap_x.base alter n type bigint',
    'while running: 42501 migration-older: [["changed", ["column", "base.n"], "type"], '
    '["changed", ["index", "base_n"], "definition"]]'),
  ('drop table x_tap_x.child',
    'while running: 42501 migration-expands: DROP TABLE'),
  ('alter table x_tap_x."Odd Name" add m int not null',
    'while running: 42501 migration-older: [["column-unfilled", "\"Odd Name\".m"]]')) v (s, said)
  where s !~ 'bigint';
select ok(migrate('alter table x_tap_x.base alter n type bigint') ~ 'rewrite|"changed", [[]"column", "base.n"], "type"', 'says: a type');

-- the hand-over alone, where event triggers can't be made
savepoint alone;
alter event trigger mortise_ddl_start disable;
alter event trigger mortise_ddl_end disable;
alter event trigger mortise_rewrite disable;
select isnt(migrate(statements), 'accepted', 'refused at handover alone: ' || why) from evil
  where why !~ '^(the right to empty|emptying|opening|handing)' order by n;
select is(migrate('grant truncate on x_tap_x.counted to o_tap_x'), 'accepted', 'the right to empty a table is taken back');
rollback to alone;

-- the owner of the tables sees and changes no row
select is(own(s), said, 'the owner: ' || s) from (values
  ('select count(*) from x_tap_x.base', '0'), ('select max(note) from x_tap_x.base', ''),
  ('update x_tap_x.base set note = ''x'' returning id', 'none'), ('delete from x_tap_x.base returning id', 'none')) v (s, said);
select is(state_of(own('truncate x_tap_x.counted')), '42501', 'and can''t empty a table');
select is(state_of(own('select * from mortise_guard.openings')), '42501', 'nor see its own phase');

-- a version 2 arrives while version 1 works
select is((select phase from mortise_guard.openings where plugin = 'tap_x'), 'expand', 'the phase stands out of reach');
select is(own(s), 'ok', 'version 2: ' || left(s, 50)) from (values
  ('alter table x_tap_x.base add minutes int, add kind text not null default ''work'' check (kind <> '''')'),
  ('create table x_tap_x.breaks (tenant_id int not null, id int, base int not null, primary key (tenant_id, id),
    foreign key (tenant_id, base) references x_tap_x.base on delete cascade on update cascade)'),
  ('create index base_kind on x_tap_x.base (tenant_id, kind)')) v (s);
select is((select ran from mortise_guard.openings where plugin = 'tap_x'), true, 'that it ran is known');
select throws_ok('select mortise.plugin_open(''tap-x'', repeat(''o'', 32), ''contract'')', '55000', null,
  'what waits for its hand-over is not opened again');
select is(attempt('p_tap_x', act(a, ua), 'insert into x_tap_x.base (id, note) values (3, ''before'')'), 'ok',
  'version 1 works before the hand-over') from fix;
select is(mortise.plugin_settle('tap-x'), 'ran', 'a worker that died here left it to be handed over');
select is((select rolcanlogin from pg_roles where rolname = 'o_tap_x'), false, 'and the owner is locked out already');
select mortise.plugin_handover('tap-x', repeat('p', 64), '{}') \g /dev/null
select is((select count(*)::int from mortise_guard.openings), 0, 'after the hand-over no phase is left');
select is(mortise.plugin_settle('tap-x'), 'ready', 'the plugin is ready');
create function tap.one(statement text) returns text language sql as
  $$ select tap.attempt('p_tap_x', tap.act(a, ua), statement) from tap.fix $$;
select is(one('insert into x_tap_x.base (id, note, n) values (4, ''old'', 4)'), 'ok', 'version 1 inserts as ever');
select is(one('select note, kind, minutes from x_tap_x.base where id = 4'), 'old,work,', 'its rows have the defaults');
select is(one('update x_tap_x.base set note = ''older'' where id = 1'), 'ok', 'updates');
select is(one('insert into x_tap_x.base (id, kind, minutes) values (5, ''rest'', 30)'), 'ok', 'version 2 fills its columns');
select is(one('insert into x_tap_x.breaks (id, base) values (1, 4)'), 'ok', 'and its tables');
select is(one('update x_tap_x.base set id = 40 where id = 4'), 'ok', 'version 1 changes keys');
select is(one('delete from x_tap_x.base where id = 40'), 'ok', 'and deletes what version 2 refers to');
select is(one('select count(*) from x_tap_x.breaks'), '0', 'which goes along');
select is(state_of(one('select tableoid, ctid from x_tap_x.breaks')), '42501', 'grants are by column');
select is(one('select count(*) from x_tap_x.base'), '4', 'a tenant sees its own');
select is((select count(*)::int from pg_attribute where attrelid = 'x_tap_x.base'::regclass and attnum > 0 and attstattarget <> -1 and not attisdropped), 0,
  'new columns have statistics');
select is((select format('%s %s', relrowsecurity, relforcerowsecurity) from pg_class where oid = 'x_tap_x.breaks'::regclass), 't t',
  'row security is forced on new tables');
select ok(mortise_guard.guarded(c.oid), c.relname || ' needs no second guard') from pg_class c
  where relnamespace = 'x_tap_x'::regnamespace and relkind = 'r' order by relname;
select is(own('alter table x_tap_x.base add late int'), '42501 migration-closed', 'without an opening nothing runs');

-- one that fails at its end leaves nothing
select mortise.plugin_open('tap-x', repeat('o', 32), 'expand', '[{"name": "003-x.sql", "sha256": "x", "phase": "expand"}]') \g /dev/null
select is((select name from mortise.plugin_pending('tap-x')), '003-x.sql', 'an opening says what it will run');
select isnt(migrate('create table x_tap_x.m1 (tenant_id int not null primary key);; alter table x_tap_x.base add m int;; drop table x_tap_x.child'),
  'accepted', 'the last statement fails');
select is(to_regclass('x_tap_x.m1'), null, 'the first left nothing');
select is(mortise.plugin_settle('tap-x'), 'ready', 'settled');
select is((select count(*)::int from mortise.plugin_pending('tap-x')), 0, 'the phase is cleared');
select is((select format('%s %s', rolcanlogin, has_schema_privilege('o_tap_x', 'x_tap_x', 'create')) from pg_roles where rolname = 'o_tap_x'),
  'f f', 'the role is locked out');
select is((select rolcanlogin from pg_roles where rolname = 'p_tap_x'), true, 'the workers are not');
select is(mortise.plugin_settle('tap-none'), 'none', 'of a plugin that isn''t there: none');
select throws_ok(format('select mortise.plugin_open(''tap-x'', repeat(''o'', 32), %L)', p), '22023', null, 'no phase: ' || coalesce(p, 'null'))
  from unnest(array['new', '', 'Contract', null]) p;
select throws_ok('select mortise.plugin_open(''tap-x'', repeat(''o'', 32), ''expand'', ''{}'')', '22023', null, 'migrations are a list');
select is(state_of(attempt(r, null, 'select mortise.plugin_settle(''tap-x'')')), '42501', r || ' may not settle')
  from unnest(array['mortise_api', 'mortise_steward', 'mortise_owner', 'p_tap_x']) r;

-- contract: what nobody needs any more
select mortise.plugin_open('tap-x', repeat('o', 32), 'contract') \g /dev/null
select is(migrate(s), 'accepted', 'in a contract: ' || s) from (values
  ('alter table x_tap_x.base drop column hours'), ('drop table x_tap_x.child'), ('drop index x_tap_x.base_note'),
  ('drop sequence x_tap_x.numbers'), ('alter table x_tap_x.base alter kind drop default'),
  ('alter table x_tap_x.base add check (hours >= 0)'), ('create unique index on x_tap_x.base (tenant_id, id, n)'),
  ('alter table x_tap_x.base rename note to remark'), ('alter table x_tap_x.base alter id set not null')) v (s);
select isnt(migrate(s), 'accepted', 'nor in a contract: ' || s) from (values
  ('drop table x_tap_x.child cascade;; do $$ begin end $$'), ('alter table x_tap_x.base no force row level security'),
  ('alter table x_tap_x.base drop column tenant_id cascade'), ('alter table x_tap_x.base alter n type bigint'),
  ('create unique index on x_tap_x.base (n)'), ('truncate x_tap_x.base'), ('grant all on x_tap_x.base to public')) v (s);
select * from finish();
rollback;
