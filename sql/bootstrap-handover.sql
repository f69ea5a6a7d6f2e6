-- bootstrap-handover.sql - hands a plugin's tables over from the migration to the workers: everything in the
-- schema is checked, guarded and granted.
--
-- The superuser's, like bootstrap-plugin.sql and under the same rules: nothing here calls a function or reads
-- a table that mortise_owner could replace.

-- Every fault of the plugin's schema, and of objects that belong to its owner role.
drop function if exists mortise_guard.plugin_faults(text); -- that returned sentences
create or replace function mortise_guard.plugin_faults(name text) returns setof jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  o oid := to_regrole('o_' || name);
  x oid := to_regnamespace('x_' || name);
  r record;
begin
  -- what the owner has anywhere
  for r in
    select pg_describe_object(d.classid, d.objid, d.objsubid) as what
    from pg_shdepend d
    where d.refclassid = 'pg_authid'::regclass and d.refobjid = o and d.deptype = 'o'
      and (d.dbid = (select oid from pg_database where datname = current_database()) or d.dbid = 0)
      and not (d.classid = 'pg_class'::regclass
        and exists (select from pg_class c where c.oid = d.objid and c.relnamespace = x))
  loop
    return next jsonb_build_array('owner-foreign', r.what);
  end loop;
  -- contents of the schema: relations and their row types, nothing else
  for r in
    select pg_describe_object(d.classid, d.objid, 0) as what
    from pg_depend d
    where d.refclassid = 'pg_namespace'::regclass and d.refobjid = x
      and d.classid <> 'pg_class'::regclass
      and not (d.classid = 'pg_type'::regclass and exists (
        select from pg_type t where t.oid = d.objid and (t.typtype = 'c' and t.typrelid <> 0
          or t.typelem <> 0 and exists (select from pg_type e where e.oid = t.typelem
            and e.typtype = 'c'))))
  loop
    return next jsonb_build_array('schema-foreign', r.what);
  end loop;
  if mortise_guard.relations(x) > mortise_guard.relations_max() then
    return next jsonb_build_array('relations-many', mortise_guard.relations(x)::text,
      mortise_guard.relations_max()::text);
    return;
  end if;
  for r in
    select c.oid, c.relname, c.relowner from pg_class c where c.relnamespace = x order by c.relname
  loop
    if r.relowner <> o then
      return next jsonb_build_array('relation-owner', quote_ident(r.relname));
    end if;
    return query select mortise_guard.relation_faults(r.oid, true);
  end loop;
end $$;

create or replace function mortise.plugin_handover(key text, p_password text, permissions text[])
returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
set lock_timeout = '15s'
as $$
declare
  name text := mortise_guard.plugin_name(key);
  o text := 'o_' || name;
  p text := 'p_' || name;
  x text := 'x_' || name;
  r record;
begin
  perform mortise_guard.one_at_a_time();
  if not mortise_guard.plugin_role(o) or not mortise_guard.plugin_role(p)
      or to_regnamespace(x) is null then
    raise exception 'plugin-schema: %', key using errcode = 'P0002';
  end if;
  if length(coalesce(p_password, '')) < 32 then
    raise exception 'plugin-password' using errcode = '22023';
  end if;
  perform mortise_guard.shut(name);
  perform mortise_guard.require_sound(name);

  execute format('grant usage on schema %I to %I', x, p);
  perform mortise_guard.table_handover(c.oid, p)
    from pg_class c where c.relnamespace = x::regnamespace and c.relkind = 'r';
  for r in select c.oid::regclass::text as name from pg_class c
      where c.relnamespace = x::regnamespace and c.relkind = 'S' loop
    perform mortise_guard.revoke_all(r.name::regclass);
    execute format('grant usage on sequence %s to %I', r.name, p);
  end loop;
  perform mortise_guard.plugin_permissions(p, permissions);
  perform mortise_guard.role_settings(p, x);
  perform mortise_guard.plugin_room(name);
  if exists (select from mortise_guard.full_plugins f where f.plugin = name) then
    perform mortise_guard.plugin_writes(name, false);
  end if;
  execute format('alter role %I login password %L', p, p_password);
  delete from mortise_guard.openings n where n.plugin = name;
end $$;

-- Only its owner has any right on a table or sequence, whatever was granted before.
create or replace function mortise_guard.revoke_all(rel regclass) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  r record;
begin
  for r in
    select case when e.grantee = 0 then 'public' else e.grantee::regrole::text end as grantee
    from pg_class c, aclexplode(c.relacl) e where c.oid = rel and e.grantee <> c.relowner
    union
    select case when e.grantee = 0 then 'public' else e.grantee::regrole::text end
    from pg_attribute t, aclexplode(t.attacl) e where t.attrelid = rel
  loop
    execute format('revoke all on %s from %s', rel, r.grantee);
  end loop;
end $$;

-- Has a table all that table_handover() would put there by ALTER TABLE? A plugin's workers wait while
-- that happens, so it isn't done again to tables in use.
create or replace function mortise_guard.guarded(rel regclass) returns bool
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select c.relrowsecurity and c.relforcerowsecurity
    and exists (select from pg_attribute a join pg_attrdef d on d.adrelid = a.attrelid
        and d.adnum = a.attnum where a.attrelid = rel and a.attname = 'tenant_id'
        and pg_get_expr(d.adbin, rel) = 'mortise.tenant()')
    and (select array_agg(concat_ws(' | ', p.polname, p.polpermissive, p.polcmd, p.polroles,
          pg_get_expr(p.polqual, rel), pg_get_expr(p.polwithcheck, rel)) order by p.polname)
        from pg_policy p where p.polrelid = rel and not mortise_guard.is_room(p)) = array[
      'tenant | t | * | {0} | (tenant_id = ( SELECT mortise.tenant() AS tenant)) | '
        '(tenant_id = ( SELECT mortise.tenant() AS tenant))']
  from pg_class c where c.oid = rel
$$;

-- Hands one table over. Grants are by column, so that they include neither system columns (a row's position)
-- nor LOCK TABLE in the modes of SELECT and UPDATE. TRUNCATE ignores policies, so not even the owner may.
create or replace function mortise_guard.table_handover(rel regclass, p text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  columns text;
  stored text;
  changing text;
begin
  perform mortise_guard.revoke_all(rel);
  if not mortise_guard.guarded(rel) then
    execute format('alter table %s alter tenant_id set default mortise.tenant()', rel);
    execute format('alter table %s enable row level security, force row level security', rel);
    execute format('drop policy if exists tenant on %s', rel);
    execute format('create policy tenant on %s using (tenant_id = (select mortise.tenant())) '
      'with check (tenant_id = (select mortise.tenant()))', rel);
  end if;
  execute format('revoke truncate on %s from %s', rel,
    (select c.relowner::regrole from pg_class c where c.oid = rel));
  select string_agg(quote_ident(attname), ', ' order by attnum),
      string_agg(quote_ident(attname), ', ' order by attnum) filter (where attgenerated = ''),
      string_agg(quote_ident(attname), ', ' order by attnum)
        filter (where attgenerated = '' and attname <> 'tenant_id')
    into columns, stored, changing
    from pg_attribute where attrelid = rel and attnum > 0 and not attisdropped;
  execute format('grant select (%s), insert (%s), delete on %s to %I', columns, stored, rel, p);
  if changing is not null then
    execute format('grant update (%s) on %s to %I', changing, rel, p);
  end if;
end $$;

-- Tables that were handed over when plugins could use EXPLAIN have no statistics: restores the default.
do $$
declare
  a record;
begin
  for a in
    select c.oid::regclass as name, c.relkind, t.attname, t.attnum
    from pg_class c
    join pg_attribute t on t.attrelid = c.oid
    where c.relowner in (select m.member from pg_auth_members m
        where m.roleid = 'mortise_plugin'::regrole)
      and c.relkind in ('r', 'i') and t.attnum > 0 and not t.attisdropped and t.attstattarget = 0
  loop
    if a.relkind = 'r' then
      execute format('alter table %s alter %I set statistics -1', a.name, a.attname);
    else
      execute format('alter index %s alter %s set statistics -1', a.name, a.attnum);
    end if;
  end loop;
end $$;

-- The manifest's permissions become grants on the core's tables; others are revoked.
create or replace function mortise_guard.plugin_permissions(p text, permissions text[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  perm text;
  f text;
  r record;
begin
  -- Only existing ones: a revoke writes the catalogue, and every session would load the table's definition
  -- again.
  for r in
    select format('table %s', c.oid::regclass) as what
    from pg_class c
    where c.relnamespace = 'mortise'::regnamespace and (
      exists (select from aclexplode(c.relacl) e where e.grantee = p::regrole)
      or exists (select from pg_attribute t, aclexplode(t.attacl) e
        where t.attrelid = c.oid and e.grantee = p::regrole))
    union all
    select format('function %s', f.oid::regprocedure)
    from pg_proc f, aclexplode(f.proacl) e
    where f.pronamespace = 'mortise'::regnamespace and e.grantee = p::regrole
  loop
    execute format('revoke all on %s from %I', r.what, p);
  end loop;
  -- The columns are written out, though the tables of resources (fcgi/api) flag the same ones: a superuser's
  -- grants are read here as a whole, and no program can widen them. t/api/resources.t.mjs compares the two.
  foreach perm in array coalesce(permissions, '{}') loop
    case perm
    when 'tickets:read' then
      execute format('grant select (id, tenant_id, number, title, description, state, priority, assignee_id, '
        'created_by, version, created_at, updated_at, closed_at, custom) on mortise.tickets to %I', p);
      execute format('grant select (id, tenant_id, ticket_id, author_id, body, version, created_at, updated_at, '
        'archived_at) on mortise.ticket_comments to %I', p);
      execute format('grant select (tenant_id, key, label, category, position) on mortise.ticket_states to %I', p);
    when 'tickets:write' then
      -- number, author, version, times, history and events follow by triggers (044-plugin-data.sql)
      execute format('grant select (id, tenant_id), update (title, description, state, priority, assignee_id), '
        'insert (id, title, description, state, priority, assignee_id) on mortise.tickets to %I', p);
      execute format('grant select (id, tenant_id), update (body, archived_at), insert (id, ticket_id, body) '
        'on mortise.ticket_comments to %I', p);
    when 'users:read' then
      execute format('grant select (id, tenant_id, name, roles, active) on mortise.users to %I', p);
    when 'notifications:send' then
      execute format('grant execute on function mortise.notify(text, text, jsonb) to %I', p);
    when 'storage' then
      foreach f in array array['get(text, text, text, jsonb, bool)', 'set(text, text, text, jsonb, bytea)',
          'increment(text, text, text, text, text, bigint)', 'delete(text, text, text, jsonb, bigint)',
          'list(text, text, text, text, text, text, int, int)', 'size(text, text, text)', 'clear(text, text, text)',
          'versions(text, text, text, text)', 'restore(text, text, text, text, bigint)', 'refused(text)', 'rows()'] loop
        execute format('grant execute on function mortise.plugin_storage_%s to %I', f, p);
      end loop;
    when 'files' then
      execute format('grant execute on function mortise.plugin_file_list(text, uuid, int), mortise.plugin_file_delete(text, uuid) to %I', p);
    when 'events:emit' then
      execute format('grant execute on function mortise.plugin_emit(text, text, text, text, text, jsonb) to %I', p);
    else
      -- a server to call: its host writes the log (042-plugin-fetch.sql)
      if perm ~ '^network:[][A-Za-z0-9.*:_-]{1,255}$' then
        execute format('grant execute on function mortise.fetch_log(text, jsonb) to %I', p);
        continue;
      end if;
      raise exception 'plugin-permission: %', left(perm, 60) using errcode = '22023';
    end case;
  end loop;
end $$;

revoke all on all functions in schema mortise_guard from public;
