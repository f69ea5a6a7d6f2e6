-- Whom a transaction is for: two settings that only processes of ours can make, and what they cost.
\ir lib/start.psql
select plan(17);

create function tap.who(role text, act text) returns text language sql as
  $$ select tap.attempt(role, act, 'select mortise.tenant(), mortise.user_id()') $$;
create function tap.plan_of(statement text) returns text language plpgsql as $$
declare
  line text;
  ret text := '';
begin
  set session authorization mortise_api; -- row-level security doesn't hold for superusers
  for line in execute 'explain (verbose, costs off) ' || statement loop
    ret := ret || line;
  end loop;
  reset session authorization;
  return ret;
end $$;
create role p_tap_one login in role mortise_plugin;
create role o_tap_one login in role mortise_plugin;

select is(who(r, act(a, ua)), a || ',' || ua, r || ': tenant and user as they were set')
  from fix, unnest('{mortise_api,mortise_admin,mortise_owner,p_tap_one}'::text[]) r;
select is(who('mortise_api', act(a, null)), a || ',', 'a tenant without a person') from fix;
select is(who('mortise_api', null), ',', 'nobody');
select is(mortise.tenant(), null, 'an ended transaction leaves an empty text, which is no tenant');
select is(state_of(who('mortise_api', 'x')), '22P02', 'what is no number is an error, not a tenant');

select unalike(plan_of('select * from mortise.tickets where id = gen_random_uuid()'), '%tenant()%',
  'the policy''s function is put into the statement, not called');
select matches(plan_of('select * from mortise.tickets'), 'InitPlan.*current_setting\(''mortise.tenant''',
  'and looked at once');

select is(state_of(attempt(r, act(a, ua), format('select %s', f))), '42501', format('%s may not call %s', r, f))
  from fix, unnest('{p_tap_one,o_tap_one}'::text[]) r,
    unnest(array['set_config(''mortise.tenant'', ''1'', true)', 'set_config(''statement_timeout'', ''0'', false)']) f;
select is((select procost::int from pg_proc where oid = 'pg_catalog.int4eq(int, int)'::regprocedure), 1,
  'no function of PostgreSQL has another cost than its own');
select is(to_regrole('mortise_sec')::text, null, 'the role that kept the secret of tickets is gone');
select is(to_regclass('mortise.secret')::text, null, 'and the secret');
select * from finish();
rollback;
