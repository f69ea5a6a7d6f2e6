-- bootstrap-shape.sql - what a migration may do to tables that older versions of the plugin use.
--
-- All versions of a plugin share its tables, so what a new version needs is added while tenants work with the
-- old one ("expand"), and what nobody needs is dropped later ("contract"). While an expand runs, the schema's
-- old shape is stored in mortise_guard.openings, out of reach of the role that runs it. After every
-- statement, when its transaction commits, and at the hand-over the current shape is compared: everything old
-- must be there, unchanged, under its own identity (so neither renaming and creating again nor dropping by
-- CASCADE helps), and additions to an old table must not fail a statement of an older version. The statements
-- that led there don't matter.

-- These returned sentences.
drop function if exists mortise_guard.shape(oid);
drop function if exists mortise_guard.column_faults(oid, smallint);
drop function if exists mortise_guard.reference_faults(oid, smallint[], bool, bool);
drop function if exists mortise_guard.expand_faults(oid, jsonb);
drop function if exists mortise_guard.lines(text[]);

-- Everything in a schema that a version of the plugin may rely on. `id` is the thing itself, whatever its
-- name; `what` names it in a fault (relation_faults()); `props` are what must stay.
create or replace function mortise_guard.shape(x oid)
returns table (id text, what jsonb, props jsonb)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select 'r' || c.oid,
    case c.relkind
      when 'r' then jsonb_build_array('table', quote_ident(c.relname))
      when 'i' then jsonb_build_array('index', quote_ident(c.relname))
      when 'S' then jsonb_build_array('sequence', quote_ident(c.relname))
      else jsonb_build_array('relation', quote_ident(c.relname)) end,
    jsonb_build_object('name', c.relname, 'kind', c.relkind, 'owner', c.relowner,
      'options', c.reloptions, 'replica identity', c.relreplident,
      'row security', concat(c.relrowsecurity, c.relforcerowsecurity),
      'storage', concat_ws(' ', c.relpersistence, c.relam, c.reltablespace),
      'definition', case c.relkind when 'i' then pg_get_indexdef(c.oid)
        when 'S' then (select to_jsonb(s)::text from pg_sequence s where s.seqrelid = c.oid) end,
      'valid', (select i.indisvalid from pg_index i where i.indexrelid = c.oid),
      -- a sequence that restarts gets a new file
      'numbering', case c.relkind when 'S' then pg_relation_filenode(c.oid) end)
  from pg_class c where c.relnamespace = x and c.relkind <> 'c'
  union all
  select format('c%s.%s', c.oid, a.attnum),
    jsonb_build_array('column', format('%I.%I', c.relname, a.attname)),
    jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'collation', a.attcollation, 'not null', a.attnotnull,
      'default', pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity,
      'generated', a.attgenerated, 'storage', a.attstorage, 'compression', a.attcompression,
      'options', a.attoptions)
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.relnamespace = x and c.relkind = 'r'
  union all
  select 'k' || k.oid,
    jsonb_build_array('constraint-of', quote_ident(k.conname), quote_ident(c.relname)),
    jsonb_build_object('name', k.conname, 'definition', pg_get_constraintdef(k.oid),
      'validated', k.convalidated)
  from pg_constraint k join pg_class c on c.oid = k.conrelid where c.relnamespace = x
  union all
  select 'p' || p.oid, jsonb_build_array('policy', quote_ident(p.polname), quote_ident(c.relname)),
    jsonb_build_object('name', p.polname, 'definition', to_jsonb(p)::text)
  from pg_policy p join pg_class c on c.oid = p.polrelid
  where c.relnamespace = x and not mortise_guard.is_room(p)
$$;

-- Can an index's expression or predicate fail for some value, so that a row an older version writes is
-- refused? True unless it is made of parts that are known to have an answer for everything.
create or replace function mortise_guard.may_fail(tree text) returns bool
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from regexp_matches(tree, '[{]([A-Z]+)', 'g') m
    where m[1] not in ('VAR', 'CONST', 'OPEXPR', 'DISTINCTEXPR', 'BOOLEXPR', 'NULLTEST', 'BOOLEANTEST',
      'COALESCE', 'RELABELTYPE', 'SCALARARRAYOPEXPR', 'FUNCEXPR', 'CASE', 'CASEWHEN')
  ) or exists (
    select from mortise_guard.used_functions(tree) f
    where f::regprocedure::text not in ('lower(text)', 'upper(text)', 'btrim(text)', 'length(text)',
        'int8(integer)', 'int8(smallint)', 'int4(smallint)', 'numeric(integer)', 'numeric(bigint)')
      and not exists (select from pg_operator o
        where o.oprcode = f and o.oprname in ('=', '<>', '<', '<=', '>', '>='))
  )
$$;

-- May an expression have another value the next time? What doesn't is harmless to evaluate as well.
create or replace function mortise_guard.varies(tree text) returns bool
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select tree ~ '[{](NEXTVALUEEXPR|SQLVALUEFUNCTION)'
    or mortise_guard.foreign_functions(tree) is not null
    or exists (select from mortise_guard.used_functions(tree) f join pg_proc p on p.oid = f
      where p.provolatile <> 'i')
$$;

-- What is wrong with a new column of an old table.
create or replace function mortise_guard.column_faults(rel oid, num smallint) returns setof jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  a record;
  empty bool := true;
begin
  select format('%I.%I', c.relname, t.attname) as name, t.attnotnull, t.attidentity,
      t.attgenerated, d.adbin::text as tree, pg_get_expr(d.adbin, d.adrelid) as expression
    into a
    from pg_attribute t join pg_class c on c.oid = t.attrelid
    left join pg_attrdef d on d.adrelid = t.attrelid and d.adnum = t.attnum
    where t.attrelid = rel and t.attnum = num;
  if a.attidentity <> '' or a.attgenerated <> '' then
    return next jsonb_build_array('column-generated', a.name);
    return;
  end if;
  if a.tree is not null then
    if a.tree ~ '[{]NEXTVALUEEXPR' or exists (select from mortise_guard.used_functions(a.tree) f
        join pg_proc p on p.oid = f where p.provolatile = 'v')
        or mortise_guard.foreign_functions(a.tree) is not null then
      return next jsonb_build_array('column-default', a.name);
      return;
    end if;
    execute format('select (%s) is null', a.expression) into empty;
  end if;
  if a.attnotnull and empty then
    return next jsonb_build_array('column-unfilled', a.name);
  end if;
end $$;

-- Is a check of new columns true for what older versions leave in them? Their defaults are put in.
create or replace function mortise_guard.check_holds(k oid, fresh smallint[]) returns bool
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  c pg_constraint;
  named text;
  fixed bool;
  holds bool;
begin
  select * into c from pg_constraint where oid = k;
  if coalesce(array_length(c.conkey, 1), 0) = 0 or not c.conkey <@ fresh
      or mortise_guard.varies(c.conbin::text) then
    return false;
  end if;
  select string_agg(format('(%s)::%s as %I', coalesce(pg_get_expr(d.adbin, d.adrelid), 'null'),
        format_type(a.atttypid, a.atttypmod), a.attname), ', '),
      bool_and(d.adbin is null or not mortise_guard.varies(d.adbin::text))
    into named, fixed
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey);
  if not fixed then
    return false;
  end if;
  execute format('select (%s) is not false from (select %s) v', pg_get_expr(c.conbin, c.conrelid),
    named) into holds;
  return holds;
end $$;

-- What is wrong with a new foreign key that leaves an old table, or leads to one.
create or replace function mortise_guard.reference_faults(k oid, fresh smallint[], from_old bool,
  to_old bool) returns setof jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  c pg_constraint;
begin
  select * into c from pg_constraint where oid = k;
  -- An older version leaves the new column NULL, and MATCH SIMPLE then checks nothing.
  if from_old and not (c.confmatchtype = 's' and exists (
      select from pg_attribute a where a.attrelid = c.conrelid and a.attnum = any (c.conkey)
        and a.attnum = any (fresh) and not a.attnotnull and not a.atthasdef)) then
    return next jsonb_build_array('reference-from', quote_ident(c.conname));
  end if;
  -- An older version deletes and changes rows without knowing who refers to them.
  if to_old and (c.confupdtype <> 'c' or c.confdeltype <> 'c'
      and not (c.confdeltype = 'n' and c.confdelsetcols is not null and not exists (
        select from pg_attribute a where a.attrelid = c.conrelid
          and a.attnum = any (c.confdelsetcols) and a.attnotnull))) then
    return next jsonb_build_array('reference-to', quote_ident(c.conname));
  end if;
end $$;

-- What an expand did that it may not. old: {id: {what, props}}.
create or replace function mortise_guard.expand_faults(x oid, old jsonb) returns setof jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  r record;
begin
  return query
    select case when n.id is null then jsonb_build_array('taken', o.value -> 'what')
      else jsonb_build_array('changed', o.value -> 'what', (
        select string_agg(p.key, ', ' order by p.key) from jsonb_each(o.value -> 'props') p
        where p.value is distinct from n.props -> p.key)) end
    from jsonb_each(old) o left join mortise_guard.shape(x) n on n.id = o.key
    where n.id is null or n.props is distinct from o.value -> 'props'
    order by o.value #>> '{props,kind}' is distinct from 'r', left(o.key, 1) <> 'c', o.key;

  for r in
    select c.oid, c.relname, f.fresh
    from pg_class c cross join lateral (
      select coalesce(array_agg(a.attnum), '{}') as fresh from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        and not old ? format('c%s.%s', c.oid, a.attnum)) f
    where c.relnamespace = x and c.relkind = 'r' and old ? ('r' || c.oid)
  loop
    return query select f from unnest(r.fresh) n, mortise_guard.column_faults(r.oid, n) f;
    return query
      select jsonb_build_array('may-refuse', case k.contype
          when 'c' then jsonb_build_array('check', quote_ident(k.conname))
          else jsonb_build_array('constraint', quote_ident(k.conname)) end, quote_ident(r.relname))
      from pg_constraint k
      where k.conrelid = r.oid and not old ? ('k' || k.oid) and k.contype <> 'f'
        and not (k.contype = 'c' and mortise_guard.check_holds(k.oid, r.fresh));
    return query
      select jsonb_build_array('may-refuse', jsonb_build_array('index', quote_ident(c.relname)),
        quote_ident(r.relname))
      from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = r.oid and not old ? ('r' || c.oid)
        and not exists (select from pg_constraint k where k.conindid = c.oid and k.conrelid = r.oid)
        and (i.indisunique or mortise_guard.may_fail(concat(i.indexprs::text, i.indpred::text)));
    return query
      select jsonb_build_array('policy-new', quote_ident(p.polname), quote_ident(r.relname))
      from pg_policy p where p.polrelid = r.oid and not old ? ('p' || p.oid) and not mortise_guard.is_room(p);
  end loop;

  return query
    select f
    from pg_constraint k
    join pg_class c on c.oid = k.conrelid
    cross join lateral (
      select coalesce(array_agg(a.attnum), '{}') as fresh from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        and not old ? format('c%s.%s', c.oid, a.attnum)) a
    cross join lateral mortise_guard.reference_faults(k.oid, a.fresh, old ? ('r' || c.oid),
      old ? ('r' || k.confrelid)) f
    where c.relnamespace = x and k.contype = 'f' and not old ? ('k' || k.oid);
end $$;

-- As many as a person reads; NULL = none.
create or replace function mortise_guard.fault_list(faults jsonb[]) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select to_jsonb(faults[1:8] || case when cardinality(faults) > 8
    then array[jsonb_build_array('more', (cardinality(faults) - 8)::text)] else '{}' end)::text
  where cardinality(faults) > 0
$$;

-- Raises an error with everything that is wrong in a plugin's schema: the last check.
create or replace function mortise_guard.require_sound(name text) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  x oid := to_regnamespace('x_' || name);
  bad text := mortise_guard.fault_list(array(select mortise_guard.plugin_faults(name)
    union all
    select f from mortise_guard.openings o, mortise_guard.expand_faults(x, o.shape) f
    where o.plugin = name and o.phase = 'expand'));
begin
  if bad is not null then
    raise exception 'migration-left: %', bad;
  end if;
end $$;

-- Runs when the migration's own transaction commits, so that one with a fault leaves nothing. Every statement
-- queues it, so SET CONSTRAINTS gains nothing; only the last one runs the check.
create or replace function mortise_guard.judge() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from mortise_guard.openings o where o.plugin = new.plugin and o.ran
      and o.statements = new.statements) then
    perform mortise_guard.require_sound(new.plugin);
  end if;
  return null;
end $$;
drop trigger if exists judged on mortise_guard.openings;
create constraint trigger judged after update on mortise_guard.openings
  deferrable initially deferred for each row execute function mortise_guard.judge();
revoke all on all functions in schema mortise_guard from public;
