-- plugin-tests.sql - begins a plugin's SQL test (`mortise plugin test`, t/*.sql): pgTAP, and a session as p_<key> in a
-- company. Run by a superuser in a transaction that is rolled back; the setting mortise_test.schema names the
-- scratch schema, x_scratch_1a2b3c4d.

do $$
declare
  x text := current_setting('mortise_test.schema');
  p text := 'p_' || substr(x, 3);
  r record;
begin
  perform pg_advisory_xact_lock(hashtextextended('mortise plugin tests', 0)); -- what follows is for one at a time
  execute format('create schema %I', 'tap_' || substr(x, 3));
  execute format('create extension pgtap schema %I', 'tap_' || substr(x, 3));
  perform set_config('search_path', format('%I, %I, pg_catalog', 'tap_' || substr(x, 3), x), true);
  -- What compares the rows of two statements keeps them in temporary tables, which a plugin's role has no right to.
  for r in select evtname from pg_event_trigger where evtenabled <> 'D' loop
    execute format('alter event trigger %I disable', r.evtname);
  end loop;
  execute format('grant usage on schema %I to %I', 'tap_' || substr(x, 3), p);
  execute format('grant temporary on database %I to %I', current_database(), p);
  -- pgTAP's book-keeping needs rights that no plugin has; whatever runs an author's statement stays the session's.
  for r in select f.oid::regprocedure as f from pg_proc f
      where f.pronamespace = to_regnamespace('tap_' || substr(x, 3)) and f.proname in ('ok', 'plan', 'no_plan', 'finish',
        'add_result', 'num_failed', 'todo', 'todo_start', 'todo_end', 'in_todo', 'diag_test_name', '_set', '_get', '_get_latest',
        '_get_note', '_add', '_todo', '_cleanup', '_currtest', '_finish') loop
    execute format('alter function %s security definer', r.f);
  end loop;
end $$;

-- From here on in this company, as one of its people with that role.
create function in_company(code text, role text default 'Admin') returns void
language plpgsql security definer
as $$
declare
  company int := (select t.id from mortise.tenants t where t.code = in_company.code);
begin
  if company is null then
    raise exception using message = 'There is no company ' || in_company.code;
  end if;
  perform set_config('mortise.tenant', company::text, true);
  perform set_config('mortise.user_id', coalesce((select u.id::text from mortise.users u
    where u.tenant_id = company and u.kind = 'person' and u.active and in_company.role = any (u.roles) order by u.id limit 1),
    ''), true);
end $$;

-- The companies, the first one is the test's own.
create function companies() returns setof text
language sql stable security definer
as $$
  select t.code from mortise.tenants t order by t.id
$$;

do $$
begin
  execute format('grant execute on all functions in schema %I to %I', 'tap_' || substr(current_setting('mortise_test.schema'), 3),
    'p_' || substr(current_setting('mortise_test.schema'), 3));
  perform in_company(current_setting('mortise_test.company'));
  execute format('set local session authorization %I', 'p_' || substr(current_setting('mortise_test.schema'), 3));
end $$;
