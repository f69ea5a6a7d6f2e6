-- bootstrap-guard.sql - the allow-list for what plugin migrations do: tables, indexes, sequences and comments
-- in their own schema, made of built-in types and functions, and nothing else.
--
-- It holds twice: event triggers refuse while the migration runs (in its own transaction, so it is all
-- undone), and plugin_handover() checks the result again before anybody may use it. Where event triggers
-- can't be created, only the second check remains. Everything is in a schema of the superuser, because
-- superuser functions call it. Changes to tables that older versions use are checked in bootstrap-shape.sql.
-- No backslash in a pattern: a session may set standard_conforming_strings off, and then it would mean
-- something else.

create schema if not exists mortise_guard;
revoke all on schema mortise_guard from public;
comment on schema mortise_guard is 'Checks of plugin migrations; owned and reached by superusers only.';

-- One row while a plugin's owner role may log in; no row = no migration. `ran` is set by the event
-- trigger in the migration's own transaction: true = it was committed and waits for its hand-over.
create table if not exists mortise_guard.openings (
  plugin text primary key, -- x_<plugin>
  phase text not null check (phase in ('new', 'expand', 'contract')),
  migrations jsonb not null,
  shape jsonb not null,
  ran bool not null default false,
  opened_at timestamptz not null default clock_timestamp()
);
alter table mortise_guard.openings add column if not exists statements int not null default 0;
revoke all on mortise_guard.openings from public;
comment on table mortise_guard.openings is 'Plugin migrations under way: phase, what they are, and the '
  'shape of the tables before. No tenant''s data; superusers only, no policy needed.';

-- Every relation is a row in catalogues that all sessions search, and a lock when the plugin is dropped.
create or replace function mortise_guard.relations_max() returns int language sql immutable return 200;
create or replace function mortise_guard.relations(x oid) returns bigint
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select count(*) from pg_class c where c.relnamespace = x and c.relkind in ('r', 'i', 'S')
$$;

-- Functions of a stored expression (default, check, generated column, index). Built-ins leave no
-- dependency, so the tree itself is read.
create or replace function mortise_guard.used_functions(tree text) returns setof oid
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select distinct p.oid
  from (
    select m[1]::oid as fn
    from regexp_matches(tree, ':(?:funcid|opfuncid|hashfuncid|negfuncid|aggfnoid|winfnoid) ([0-9]+)',
      'g') m
    union
    select o.oprcode::oid
    from regexp_matches(tree, ':(?:opno|opnos) [(]?o? ?([0-9 ]+)', 'g') m
    cross join regexp_split_to_table(trim(m[1]), ' +') n
    join pg_operator o on o.oid = n::oid
  ) used
  join pg_proc p on p.oid = used.fn
$$;

-- Those that are not allowed there, NULL when all are. An index expression or a check may one day run for a
-- superuser, so this must hold for every author.
create or replace function mortise_guard.foreign_functions(tree text) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select string_agg(distinct p.oid::regprocedure::text, ', ')
  from mortise_guard.used_functions(tree) used
  join pg_proc p on p.oid = used
  where p.oid not in (select f from unnest(array[to_regprocedure('mortise.tenant()'),
      to_regprocedure('mortise.user_id()')]) f where f is not null)
    and (p.pronamespace <> 'pg_catalog'::regnamespace
      or p.oid >= 16384
      or p.provolatile <> 'i' and p.proname not in ('now', 'clock_timestamp', 'statement_timestamp',
        'transaction_timestamp', 'gen_random_uuid', 'random', 'nextval', 'date', 'time', 'timestamp',
        'timestamptz', 'timezone', 'date_trunc', 'date_part', 'extract', 'to_char', 'concat',
        'concat_ws', 'format', 'jsonb_build_object', 'jsonb_build_array', 'to_jsonb', 'to_tsvector')
      and not exists (select from pg_operator o where o.oprcode = p.oid)
      and not exists (select from pg_cast c where c.castfunc = p.oid))
$$;

-- The policy that stops companies above their share (bootstrap-usage.sql). A restrictive one shows nobody more.
create or replace function mortise_guard.is_room(p pg_policy) returns bool
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select p.polname = 'room' and not p.polpermissive and p.polroles = '{0}'
$$;

-- The faults of one relation of a plugin's schema. Two degrees: `finished` requires everything that must hold
-- when the migration is over; without it, only what no statement may ever do. A fault is ["code", value, ...],
-- where a value may be such an array again; fcgi/db/raised.c has the words.
drop function if exists mortise_guard.relation_faults(oid, bool); -- that returned sentences
create or replace function mortise_guard.relation_faults(rel oid, finished bool)
returns setof jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  c pg_class;
  x record;
  bad text;
  tenant smallint;
begin
  select * into c from pg_class where oid = rel;
  if not found then
    return;
  end if;
  if c.relkind not in ('r', 'i', 'S') then
    return next jsonb_build_array('not-relation', quote_ident(c.relname));
    return;
  end if;
  if c.relpersistence <> 'p' then
    return next jsonb_build_array('not-permanent', quote_ident(c.relname));
  end if;
  if c.reltablespace <> 0 then
    return next jsonb_build_array('own-tablespace', quote_ident(c.relname));
  end if;

  if c.relkind = 'i' then
    for x in select i.* from pg_index i where i.indexrelid = rel loop
      bad := mortise_guard.foreign_functions(concat(x.indexprs::text, x.indpred::text));
      if bad is not null then
        return next jsonb_build_array('index-uses', quote_ident(c.relname), bad);
      end if;
      if x.indisexclusion then
        return next jsonb_build_array('index-exclusion', quote_ident(c.relname));
      end if;
      select a.attnum into tenant from pg_attribute a
        where a.attrelid = x.indrelid and a.attname = 'tenant_id';
      if finished and x.indkey[0] is distinct from tenant then
        return next jsonb_build_array('index-tenant', quote_ident(c.relname));
      end if;
    end loop;
    return;
  end if;
  if c.relkind = 'S' then
    return;
  end if;

  if c.relispartition or c.relhassubclass or c.reloftype <> 0
      or exists (select from pg_inherits where inhrelid = rel or inhparent = rel) then
    return next jsonb_build_array('table-inherits', quote_ident(c.relname));
  end if;
  if c.relam <> (select oid from pg_am where amname = 'heap') then
    return next jsonb_build_array('table-method', quote_ident(c.relname));
  end if;
  if exists (select from pg_trigger where tgrelid = rel and not tgisinternal) then
    return next jsonb_build_array('table-trigger', quote_ident(c.relname));
  end if;
  if exists (select from pg_rewrite where ev_class = rel) then
    return next jsonb_build_array('table-rule', quote_ident(c.relname));
  end if;
  if exists (select from pg_statistic_ext where stxrelid = rel) then
    return next jsonb_build_array('table-statistics', quote_ident(c.relname));
  end if;
  for x in
    select a.attname, a.attstattarget, t.typnamespace, t.typtype
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    where a.attrelid = rel and a.attnum > 0 and not a.attisdropped
  loop
    if x.typnamespace <> 'pg_catalog'::regnamespace or x.typtype not in ('b', 'r', 'm') then
      return next jsonb_build_array('column-type', format('%I.%I', c.relname, x.attname));
    end if;
    -- how much is read for them is the server's to decide
    if x.attstattarget > 0 then
      return next jsonb_build_array('column-statistics', format('%I.%I', c.relname, x.attname));
    end if;
  end loop;
  for x in
    select d.adbin::text as tree, jsonb_build_array('default') as what
    from pg_attrdef d where d.adrelid = rel
    union all
    select k.conbin::text, jsonb_build_array('constraint', quote_ident(k.conname))
    from pg_constraint k where k.conrelid = rel and k.conbin is not null
  loop
    bad := mortise_guard.foreign_functions(x.tree);
    if bad is not null then
      return next jsonb_build_array('table-uses', x.what, quote_ident(c.relname), bad);
    end if;
  end loop;
  for x in
    select k.conname, k.contype, r.relnamespace, k.conkey, k.confkey, k.conrelid, k.confrelid
    from pg_constraint k left join pg_class r on r.oid = k.confrelid
    where k.conrelid = rel
  loop
    if x.contype not in ('c', 'f', 'p', 'u') then
      return next jsonb_build_array('constraint-kind', quote_ident(x.conname), quote_ident(c.relname));
    elsif x.contype = 'f' and x.relnamespace <> c.relnamespace then
      return next jsonb_build_array('reference-schema', quote_ident(x.conname));
    elsif x.contype = 'f' and finished and (
        not exists (select from pg_attribute a where a.attrelid = x.conrelid
          and a.attname = 'tenant_id' and a.attnum = x.conkey[1])
        or not exists (select from pg_attribute a where a.attrelid = x.confrelid
          and a.attname = 'tenant_id' and a.attnum = x.confkey[1])) then
      return next jsonb_build_array('reference-tenant', quote_ident(x.conname));
    end if;
  end loop;

  select a.attnum into tenant from pg_attribute a
    where a.attrelid = rel and a.attname = 'tenant_id' and a.atttypid = 'int4'::regtype
      and a.attnotnull and a.attgenerated = '' and a.attidentity = '' and not a.attisdropped;
  if tenant is null and finished then
    return next jsonb_build_array('table-tenant', quote_ident(c.relname));
  end if;

  -- A table that was handed over before must keep its guard: its policies, forced, on tenant_id.
  if exists (select from pg_policy where polrelid = rel)
      or c.relrowsecurity or c.relforcerowsecurity then
    if not (c.relrowsecurity and c.relforcerowsecurity) then
      return next jsonb_build_array('row-security-off', quote_ident(c.relname));
    end if;
    if (select array_agg(polname::text order by polname) from pg_policy p
        where polrelid = rel and not mortise_guard.is_room(p)) is distinct from array['tenant'] then
      return next jsonb_build_array('policies-changed', quote_ident(c.relname));
    elsif tenant is null or not exists (
        select from pg_depend d join pg_policy p on p.oid = d.objid
        where d.classid = 'pg_policy'::regclass and d.refclassid = 'pg_class'::regclass
          and p.polrelid = rel and d.refobjid = rel and d.refobjsubid = tenant) then
      return next jsonb_build_array('tenant-replaced', quote_ident(c.relname));
    end if;
  end if;
end $$;

-- While a migration runs: by tag before, by result after each statement.
create or replace function mortise_guard.ddl_guard() returns event_trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  own text;
  opening mortise_guard.openings;
  x record;
  bad text;
begin
  if starts_with(session_user, 'p_') then
    raise exception 'worker-statement: %', tg_tag using errcode = '42501';
  end if;
  if not starts_with(session_user, 'o_') then
    return;
  end if;
  own := 'x_' || substr(session_user, 3);
  select * into opening from mortise_guard.openings where plugin = substr(session_user, 3);

  if tg_event = 'ddl_command_start' then
    if tg_tag not in ('CREATE TABLE', 'ALTER TABLE', 'DROP TABLE', 'CREATE INDEX', 'ALTER INDEX',
        'DROP INDEX', 'CREATE SEQUENCE', 'ALTER SEQUENCE', 'DROP SEQUENCE', 'COMMENT') then
      raise exception 'migration-statement: %', tg_tag using errcode = '42501';
    end if;
    if opening.phase = 'expand' and starts_with(tg_tag, 'DROP ') then
      raise exception 'migration-expands: %', tg_tag using errcode = '42501';
    end if;
  elsif tg_event = 'table_rewrite' then
    -- Adding columns may rewrite (2); changing them could move rows between tenants. And a table that
    -- others work with isn't copied row by row under its lock.
    if exists (select from pg_policy where polrelid = pg_event_trigger_table_rewrite_oid())
        and (pg_event_trigger_table_rewrite_reason() & ~2 <> 0 or opening.phase = 'expand') then
      raise exception 'migration-rewrite' using errcode = '42501';
    end if;
  else
    if opening.plugin is null then
      raise exception 'migration-closed' using errcode = '42501';
    end if;
    for x in select * from pg_event_trigger_ddl_commands() loop
      if x.object_type not in ('table', 'index', 'sequence', 'table column', 'table constraint') then
        raise exception 'migration-object: % (%)', x.object_identity, x.object_type
          using errcode = '42501';
      end if;
      if x.schema_name is distinct from own then
        raise exception 'migration-schema: %', x.schema_name
          using errcode = '42501';
      end if;
      if x.classid = 'pg_class'::regclass then
        bad := mortise_guard.fault_list(array(select mortise_guard.relation_faults(x.objid, false)));
        if bad is not null then
          raise exception 'migration-fault: %', bad using errcode = '42501';
        end if;
      end if;
    end loop;
    if mortise_guard.relations(to_regnamespace(own)) > mortise_guard.relations_max() then
      raise exception 'migration-relations: %', mortise_guard.relations_max() using errcode = '54000';
    end if;
    if opening.phase = 'expand' then
      bad := mortise_guard.fault_list(array(
        select mortise_guard.expand_faults(to_regnamespace(own), opening.shape)));
      if bad is not null then
        raise exception 'migration-older: %', bad
          using errcode = '42501';
      end if;
    end if;
    update mortise_guard.openings set ran = true, statements = statements + 1 -- see judge()
      where plugin = opening.plugin;
  end if;
end $$;
revoke all on all functions in schema mortise_guard from public;

do $$
begin
  drop event trigger if exists mortise_ddl_start;
  drop event trigger if exists mortise_ddl_end;
  drop event trigger if exists mortise_rewrite;
  create event trigger mortise_ddl_start on ddl_command_start
    execute function mortise_guard.ddl_guard();
  create event trigger mortise_ddl_end on ddl_command_end
    execute function mortise_guard.ddl_guard();
  create event trigger mortise_rewrite on table_rewrite
    execute function mortise_guard.ddl_guard();
exception when insufficient_privilege then
  raise notice 'no event triggers here: plugin migrations are checked at their end only';
end $$;
