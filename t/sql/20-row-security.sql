-- Every table with tenant_id is guarded, also future ones.
\ir lib/start.psql
-- Found before the tenant is known, reached by mortise_auth's functions alone.
create table tap.auth_only as select unnest(array['logins', 'links', 'sessions', 'tokens', 'mails', 'oidc_providers', 'oidc_identities', 'former_marks', 'second_factors', 'recovery_codes', 'passkeys', 'sign_in_challenges', 'webhook_secrets']) as name;
-- "What is new in all tenants", "which mail is due", "which value of a plugin has ended" are the steward's questions; no plugin is ever granted events.
create table tap.not_first as select unnest(array['events_xid', 'pushes_xid', 'mails_due', 'plugin_schedules_next', 'plugin_work_running', 'plugin_work_ended', 'notification_preferences_due', 'tokens_expires', 'tokens_token_hash_key', 'sign_in_challenges_token_hash_key', 'passkeys_credential_key', 'plugin_storage_expires', 'plugin_storage_history_until', 'webhooks_next', 'webhook_deliveries_age']) as name
  union all select indexrelid::regclass::text from pg_index
    where indrelid in ('mortise.logins'::regclass, 'mortise.sessions'::regclass, 'mortise.oidc_providers'::regclass,
        'mortise.oidc_identities'::regclass)
      or indexrelid = 'mortise.links_token_hash_key'::regclass;
create table tap.guarded as
  select c.oid, c.relname::text as name from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
  where c.relnamespace = 'mortise'::regnamespace and c.relkind in ('r', 'p');

select plan((select count(*)::int * 4 from guarded)
  + (select count(*)::int from pg_index i join guarded g on g.oid = i.indrelid
    where i.indexrelid::regclass::text not in (select name from not_first))
  + (select count(*)::int from pg_constraint k join guarded g on g.oid = k.conrelid
    join guarded f on f.oid = k.confrelid where k.contype = 'f' and k.conname <> 'oidc_identities_provider_id_fkey') + 19);

select ok(c.relrowsecurity and c.relforcerowsecurity, name || ': row security is forced')
  from guarded g join pg_class c on c.oid = g.oid order by name;
select ok(exists (select from pg_policy where polrelid = g.oid), name || ': has a policy')
  from guarded g order by name;
select ok(obj_description(g.oid, 'pg_class') ~* 'policy', name || ': the comment names the policy')
  from guarded g order by name;
select is((select string_agg(distinct e.grantee::regrole::text, ',') from pg_class c, aclexplode(c.relacl) e
    where c.oid = g.oid and (e.grantee = 0 or e.grantee::regrole::text not in ('mortise_owner', 'mortise_auth')
      and (g.name in (select name from auth_only)
        or e.grantee::regrole::text not in ('mortise_api', 'mortise_admin', 'mortise_steward')))),
  null, name || ': granted to nobody else') from guarded g order by name;
select is(coalesce((select attname::text from pg_attribute where attrelid = i.indrelid and attnum = i.indkey[0]),
    substring(pg_get_indexdef(i.indexrelid, 1, true) from 'string_to_array\(+(tenant_id)::text')), -- each of its keys begins with it
    'tenant_id', i.indexrelid::regclass || ' begins with tenant_id')
  from pg_index i join guarded g on g.oid = i.indrelid
  where i.indexrelid::regclass::text not in (select name from not_first) order by g.name;
select ok('tenant_id' = (select attname from pg_attribute where attrelid = k.conrelid and attnum = k.conkey[1])
    and 'tenant_id' = (select attname from pg_attribute where attrelid = k.confrelid and attnum = k.confkey[1]),
    k.conname || ' stays within the tenant')
  from pg_constraint k join guarded g on g.oid = k.conrelid join guarded f on f.oid = k.confrelid
  where k.contype = 'f' and k.conname <> 'oidc_identities_provider_id_fkey' -- a provider may be the server's
  order by k.conname;

select is((select string_agg(attname::text, ',') from pg_attribute where attstattarget <> -1
    and attrelid in ('mortise.tickets'::regclass, 'mortise.users'::regclass) and attnum > 0), null,
  'the planner has statistics of all tables');
select is((select string_agg(p.oid::regprocedure::text, ',') from pg_proc p
    where p.pronamespace = 'mortise'::regnamespace and p.prosecdef
      and not exists (select from unnest(p.proconfig) s where s like 'search_path=%')), null,
  'every SECURITY DEFINER function pins its search_path');
select is((select string_agg(p.oid::regprocedure::text, ',') from pg_proc p
    where p.pronamespace in ('mortise'::regnamespace, 'mortise_guard'::regnamespace)
      and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) e where e.grantee = 0)),
  null, 'no function of ours is PUBLIC''s');
select is((select string_agg(p.proname::text, ',' order by p.proname) from pg_proc p where p.proowner = 10
    and p.pronamespace = 'mortise'::regnamespace and p.proname !~ '^plugin_'), 'company_bytes,own_tickets,tenant,user_id',
  'the superuser owns the plugin functions, whom a transaction is for, what companies store, and no other');

select is((select string_agg(p.oid::regprocedure::text, ',') from pg_proc p
    where p.prosrc ~ '[^E]''[^'']*\\' and not 'standard_conforming_strings=on' = any (coalesce(p.proconfig, '{}'))
      and (p.pronamespace = 'mortise_guard'::regnamespace
        or p.pronamespace = 'mortise'::regnamespace and p.proowner = 10
        or p.proname = 'notify')),
  null, 'no pattern with a backslash where a plugin''s session decides what that means');

-- The planner inlines them for one role and not for another otherwise, and takes the index for another expression's.
select is((select string_agg(distinct format('%s: %s', r.rolname, p.oid::regprocedure), ', ') from pg_index i
    join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = i.indexrelid and d.refclassid = 'pg_proc'::regclass
    join pg_proc p on p.oid = d.refobjid and p.pronamespace = 'mortise'::regnamespace
    join pg_roles r on r.rolname ~ '^mortise_' and has_any_column_privilege(r.oid, i.indrelid, 'select')
      and not has_function_privilege(r.oid, p.oid, 'execute')), null,
  'whoever reads a table may execute the functions of its indexes');

-- what a role sees and does with A's ticket
select is(attempt('mortise_api', act(a, ua), 'select count(*), min(title) from mortise.tickets'),
  '1,"Ticket of A"', 'the api sees A''s tickets') from fix;
select is(attempt('mortise_api', null, 'select count(*) from mortise.tickets'), '0', 'and none without a ticket');
select is(attempt('mortise_owner', null, 'select count(*) from mortise.tickets'), '0', 'nor does the owner');
select is(attempt('mortise_owner', null, 'select count(*) from mortise.users'), '0', 'nor people');
select is(attempt('mortise_api', act(a, ua), 'select string_agg(code, '','') from mortise.tenants'),
  'tap-a', 'one''s own tenant alone') from fix;
select is(attempt('mortise_api', act(a, ua), format('update mortise.tickets set title = ''x'' where id = %L
  returning 1', tb)), 'none', 'no update of B''s ticket') from fix;
select is(state_of(attempt('mortise_api', act(a, ua), format('insert into mortise.tickets
  (tenant_id, id, number, title, created_by) values (%s, gen_random_uuid(), 9, ''x'', %L)', b, ub))), '42501',
  'no insert for B') from fix;
select is(attempt('mortise_api', act(a, ua), format('insert into mortise.tickets
  (id, number, title, created_by) values (%L, 2, ''same id'', %L)', tb, ua)), 'ok',
  'B''s id is free in A: nobody can find it taken') from fix;
select is(state_of(attempt('mortise_api', act(a, ua), format('update mortise.tickets set
  assignee_id = %L where id = %L', ub, ta))), '23503', 'B''s user can''t be assigned') from fix;
select is(state_of(attempt('mortise_api', act(a, ua), format('insert into mortise.ticket_comments
  (id, ticket_id, author_id, body) values (gen_random_uuid(), %L, %L, ''x'')', tb::text || '', ua))), 'ok',
  'a comment goes to the ticket of that id in A') from fix;
select is((select count(*)::text from ticket_comments c join fix on c.tenant_id = b), '0', 'and not to B''s');
select is(state_of(attempt('mortise_api', null, 'select * from mortise.sessions')), '42501', 'sessions are out of reach');
select is(state_of(attempt('mortise_admin', null, 'select * from mortise.logins')), '42501', 'logins are out of reach');
select * from finish();
rollback;
