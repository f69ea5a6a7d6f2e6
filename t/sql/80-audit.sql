-- The audit log: who writes it, that nobody changes it, and that its chain shows it when somebody does.
\ir lib/start.psql
select plan(74);
-- Nothing of a running stack's.
delete from mortise.audit_floods;
select mortise.plugin_prepare('tap-au', repeat('o', 32)) \g /dev/null
select mortise.plugin_handover('tap-au', repeat('p', 64), '{tickets:read,tickets:write,users:read,notifications:send}') \g /dev/null
create table tap.roles as select unnest('{mortise_owner,mortise_api,mortise_admin,mortise_steward,p_tap_au,o_tap_au}'::text[]) as r;
create function tap.newest(chain int, n int default 1) returns text language sql as $$
  select string_agg(concat_ws(' ', x.action, x.actor_kind, x.actor_name, x.target_name, x.before, x.after), '; ' order by x.at)
  from (select * from mortise.audit where tenant_id = chain order by at desc, id desc limit n) x $$;
create function tap.fixed(statement text) returns text language plpgsql as $$
begin
  execute statement;
  return 'done';
exception when others then
  return sqlerrm;
end $$;
create function tap.verified(code text) returns text language sql as $$
  select concat_ws(' ', v.waiting, v.bad, v.why) from mortise.audit_verify(code) v $$;

-- nobody's role changes it
select is(state_of(attempt(r, act(a, ua), s)), '42501', r || ': ' || s) from fix, roles, unnest(array[
  'insert into mortise.audit (tenant_id, action, actor_kind, target_kind) values (1, ''a.b'', ''system'', ''x'')',
  'update mortise.audit set action = ''a.b''', 'update mortise.audit set seq = null, hash = null', 'delete from mortise.audit',
  'truncate mortise.audit', 'delete from mortise.audit_heads']) s;
select is(state_of(attempt(r, act(a, ua), 'select mortise.audit_add(1, ''a.b'', ''x'', null, null, null, null)')), '42501', r || ' can''t write what didn''t happen')
  from fix, roles;
select is(attempt('mortise_auth', null, s), '42501 permission denied for table audit', 'nor may its functions: ' || s)
  from unnest(array['truncate mortise.audit', 'update mortise.audit set action = ''a.b''']) s;
select is(attempt('mortise_auth', act(a, ua), 'with gone as (delete from mortise.audit returning 1) select count(*) from gone'), '0',
  'which delete what a company had that is no more, and nothing else') from fix;
select is(fixed(s), 'audit-fixed', 'nor a superuser by mistake: ' || s) from unnest(array['delete from mortise.audit',
  'truncate mortise.audit', 'update mortise.audit set after = ''{}''', 'update mortise.audit set seq = 1, hash = '''', action = ''a.b''']) s;
select is(state_of(attempt('p_tap_au', act(a, ua), 'select * from mortise.audit')), '42501', 'plugins don''t read it') from fix;
select is(attempt('mortise_api', act(b, ub), format('select count(*) from mortise.audit where tenant_id in (0, %s)', a)), '0',
  'another company sees nothing of it, nor of the server''s') from fix;

-- what is written
select is(newest(a), 'user.created database postgres Udo A {"email": "ua2@tap.example", "roles": ["Technician"]}', 'who is there') from fix;
select set_config('mortise.source', format('%s.%s', a, ua) || E'\n10.1.2.3\nreq-1\nFirefox', true) from fix \g /dev/null
select is(attempt('mortise_api', act(a, ua), format('update mortise.users set roles = ''{Dispatcher}'', active = false where id = %L', ua2)), 'ok', 'a change') from fix;
select is(newest(a, 2), 'user.roles person Una A Udo A {"roles": ["Technician"]} {"roles": ["Dispatcher"]}; user.deactivated person Una A Udo A',
  'is written with who, before and after') from fix;
select is((select concat_ws(' ', x.address, x.request_id, x.agent, x.actor_id = ua, x.area) from audit x, fix where x.tenant_id = a order by x.at desc limit 1),
  '10.1.2.3 req-1 Firefox t user', 'from where, and in which request');
select set_config('mortise.source', '', true) \g /dev/null

-- the server's, by whatever statement
create function tap.did(n int) returns text language sql as $$
  select string_agg(concat_ws(' ', x.action, x.target_id, x.before ->> 'name', x.after ->> 'name'), ', ' order by x.at)
  from (select * from mortise.audit where tenant_id = 0 order by at desc, id desc limit n) x $$;
insert into trust_keys (id, public_key, name) values ('00000000000000AB', repeat('A', 56), 'One');
update trust_keys set name = 'Two' where id = '00000000000000AB';
update trust_keys set revoked_at = now() where id = '00000000000000AB';
delete from trust_keys where id = '00000000000000AB';
select is(did(4), 'key.trusted 00000000000000AB, key.changed 00000000000000AB One Two, key.revoked 00000000000000AB, key.removed 00000000000000AB', 'keys');
insert into plugins (key) values ('tap-pack');
insert into plugin_packages (sha256, plugin_key, version, manifest, routes, zip, size)
  values (repeat('ab', 32), 'tap-pack', '1.0.0', '{"displayName": "Pack"}', '[]', '', 0);
update plugin_packages set approved_at = now() where plugin_key = 'tap-pack';
update plugin_packages set quarantined_at = now(), quarantine_reason = '{}' where plugin_key = 'tap-pack';
update plugin_packages set quarantined_at = null where plugin_key = 'tap-pack';
update plugin_packages set refused_at = now() where plugin_key = 'tap-pack';
delete from plugin_packages where plugin_key = 'tap-pack';
select is(did(5), 'package.uploaded tap-pack, package.approved tap-pack, package.quarantined tap-pack, package.released tap-pack, package.deleted tap-pack', 'packages');
delete from first_run;
insert into first_run (token_hash, expires_at) values (repeat('0', 64), now());
update tenants set state = 'suspended', state_reason = 'Why' where code = 'tap-b';
select is(did(2), 'server.link, company.suspended tap-b', 'the set-up link, a company');
select is((select x.after from audit x, fix where x.tenant_id = b order by x.at desc limit 1), '{"state": "suspended", "reason": "Why"}', 'which has it in its own as well');
insert into plugin_settings (tenant_id, plugin_key, settings, secrets, key_id) select b, 'tap-pack', '{"a": 1, "b": 2}', '{"k": "sealed"}', 1 from fix;
update plugin_settings s set settings = '{"a": 3, "b": 2}', version = 2 from fix where s.tenant_id = b;
update plugin_settings s set secrets = '{"k": "anew"}', key_id = 2 from fix where s.tenant_id = b;
select is(newest(b, 2), 'plugin.configured database postgres {} {"a": 1, "b": 2, "secrets": ["k"]}; plugin.configured database postgres {"a": 1} {"a": 3}',
  'settings, secrets by their names, and not what another key seals') from fix;

-- what fails again and again
select count(attempt('mortise_api', null, 'select mortise.login_wrong(''UA@tap.example'', ''n:1'')')),
  count(attempt('mortise_api', null, format('select mortise.login_wrong(''nobody%s@tap.example'', ''n:1'')', n))) from generate_series(1, 40) n \g /dev/null
select is((select count(*)::int from audit x, fix where x.tenant_id = a and x.action = 'signin.failed'), 1, 'forty wrong passwords are one row') from fix limit 1;
select is((select count(*)::int from audit x where x.tenant_id = 0 and x.action = 'signin.failed' and x.at >= now()), 1, 'forty addresses that nobody has as well');
update audit_floods set began_at = now() - interval '2 min';
select is(attempt('mortise_steward', null, 'select mortise.audit_link(5) > 0'), 't', 'the steward links');
select is((select string_agg(coalesce(x.target_name, '-') || ' ' || (x.after ->> 'more'), ', ' order by x.tenant_id) from audit x where x.after ? 'more' and x.at >= now()),
  '- 39, Una A 39', 'and counts the others once the minute is over');

-- the chain
select audit_link(1000) \g /dev/null
select is(verified(c), '0', format('chain "%s" is whole', c)) from unnest('{tap-a,tap-b,""}'::text[]) c;
select is((select min(seq) || ' ' || max(seq) - count(*) from audit x, fix where x.tenant_id = a), '1 0', 'it has no gap');
set local session_replication_role = replica;
savepoint whole;
update audit x set after = '{"roles": []}' from fix where x.tenant_id = a and x.seq = 2;
select is(verified('tap-a'), '0 2 changed', 'a changed row shows');
rollback to whole;
delete from audit x using fix where x.tenant_id = a and x.seq = 2;
select is(verified('tap-a'), '0 2 removed', 'a removed one');
rollback to whole;
delete from audit x using fix where x.tenant_id = a and x.seq = (select max(seq) from audit y where y.tenant_id = a);
select is(verified('tap-a'), format('0 %s removed', (select h.seq from audit_heads h where h.tenant_id = a)), 'the last one') from fix;
rollback to whole;
update audit x set seq = 5 - x.seq + 1000 from fix where x.tenant_id = a and x.seq in (2, 3);
update audit x set seq = x.seq - 1000 from fix where x.tenant_id = a and x.seq > 1000;
select is(verified('tap-a'), '0 2 changed', 'two that changed places');
rollback to whole;
update audit x set address = '10.1.2.3' , request_id = null from fix where x.tenant_id = a and x.seq = (select max(seq) from audit y where y.tenant_id = a);
select isnt(verified('tap-a'), '0', 'and where it came from');
select is(verified('tap-b'), '0', 'other chains are not touched by it');
select * from finish();
rollback;
