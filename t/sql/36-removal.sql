-- Somebody who is removed for good: nothing of them is left in any table but the audit log, and what they wrote stays.
\ir lib/start.psql
select plan(43);
update mortise.users u set roles = '{Admin}' from fix where u.tenant_id = a and u.id = ua;
update mortise.users u set name = 'Zoë "Quill" Removed', phone = '+49 555 0123', roles = '{Technician,Admin}', time_zone = 'Asia/Tokyo',
  language = 'de' from fix where u.tenant_id = a and u.id = ua2;
create function tap.people(act text, s text) returns text language sql as $$ select attempt('mortise_api', act, s) $$;

-- Everything that can be theirs.
insert into sessions (token_hash, tenant_id, user_id, kind, expires_at) select repeat('e', 64), a, ua2, 'cookie', now() + interval '1 day' from fix;
insert into links (tenant_id, user_id, token_hash, purpose, expires_at) select a, ua2, repeat('f', 64), 'reset', now() + interval '1 day' from fix;
insert into tokens (tenant_id, id, user_id, kind, name, scopes, token_hash, preview, expires_at)
  select a, gen_random_uuid(), ua2, 'personal', 'Script', '{plugins:call}', repeat('d', 64), 'mtp_...abcd', now() + interval '1 day' from fix;
insert into mails (tenant_id, id, user_id, kind, address) select a, gen_random_uuid(), ua2, 'reset', 'ua2@tap.example' from fix;
insert into pictures (tenant_id, user_id, hash, type, data) select a, ua2, repeat('1', 64), 'image/png', 'x' from fix;
insert into presence (tenant_id, user_id, conn, expires_at) select a, ua2, 'c', now() + interval '1 day' from fix;
insert into plugin_presence (tenant_id, plugin_key, entity, user_id, conn, expires_at) select a, 'p', 'e', ua2, gen_random_uuid(), now() + interval '1 day' from fix;
insert into notification_reads (tenant_id, user_id, read_at) select a, ua2, now() from fix;
insert into notice_marks (tenant_id, user_id, channel, seq, state, sent_at) select a, ua2, 'x', 1, 'gone', now() from fix;
insert into notification_preferences select p.* from fix, preferences_of(a, ua2) p;
insert into ticket_views (tenant_id, id, owner_id, name, query) select a, gen_random_uuid(), ua2, 'Mine', 'q=1' from fix;
insert into dashboards (tenant_id, user_id, widgets) select a, ua2, '[]' from fix;
insert into second_factors (tenant_id, user_id, secret, key_id) select a, ua2, 's', 1 from fix;
insert into passkeys (tenant_id, user_id, name, credential, alg, public_key, counter) select a, ua2, 'Phone', 'cred', -8, repeat('3', 64), 0 from fix;
insert into recovery_codes (tenant_id, user_id, code_hash) select a, ua2, repeat('2', 64) from fix;
insert into login_attempts (email, failures) values ('ua2@tap.example', 3);
insert into login_sources (email, source) values ('ua2@tap.example', 'n:10.0.0.1');
insert into oidc_providers (id, name, issuer, client_id, domains, creates, links, default_roles, home_id)
  select ub, 'Tap', 'https://id.tap.example', 'c', '{tap.example}', true, true, '{Technician}', a from fix;
insert into oidc_identities (tenant_id, user_id, provider_id, subject) select a, ua2, ub, 'subject-2' from fix;
insert into teams (tenant_id, id, name, lead_id, member_ids) select a, ta, 'North', ua2, array[ua::text, ua2::text] from fix;
-- What has their name.
insert into history (tenant_id, resource, row_id, user_id, changes)
  select a, 'users', ua2::text, ua, '{"name": ["Zoe", "Zoë \"Quill\" Removed"], "phone": [null, "+49 555 0123"]}' from fix;
insert into ticket_comments (tenant_id, id, ticket_id, author_id, body)
  select a, tb, ta, ua2, 'For [@Una A](mention:' || ua || ') and [@Zoë "Quill" Removed](mention:' || ua2 || '), soon' from fix;
insert into history (tenant_id, resource, row_id, user_id, changes)
  select a, 'comments', tb::text, ua2, jsonb_build_object('body', array['[@Zoë "Quill" Removed](mention:' || ua2 || ')', 'x']) from fix;
insert into ticket_history (tenant_id, ticket_id, user_id, changes) select a, ta, ua2, '{"state": ["new", "assigned"]}' from fix;
update tickets t set assignee_id = ua2 from fix where t.tenant_id = a and t.id = ta;
insert into company_exports (tenant_id, id, asked_by) select a, gen_random_uuid(), 'Zoë "Quill" Removed' from fix;
select people(act(a, ua2), format('select mortise.notify(''user'', %L, ''{"title": "Hello", "message": "You"}'')', ua)),
  people(act(a, ua2), format('select mortise.emit(''t.%s'', ''TicketUpdated'', %L)', a, jsonb_build_object('byUserId', ua2, 'byUserName', 'Zoë "Quill" Removed'))),
  people(act(a, ua), format('select mortise.notify(''user'', %L, ''{"title": "Hello", "message": "Zoe"}'')', ua2)) from fix \g /dev/null
insert into notices (tenant_id, channel, seq, topic, type, payload, created_at)
  select a, 'u.' || ua, 99, 'system', 'Notification', notice('You have {0} more tickets', 'They were assigned to {1}, who left the company',
    '[2, "Zoë \"Quill\" Removed"]'), now() from fix;

set constraints all immediate;

-- Rows of tables of the core with this in any of their columns; those of the audit log stay.
create function tap.tables_with(what text) returns text language plpgsql as $$
declare t regclass; n bigint; ret text := '';
begin
  for t in select c.oid from pg_class c where c.relnamespace = 'mortise'::regnamespace and c.relkind in ('r', 'p') order by c.relname loop
    execute format('select count(*) from %s x where x::text ilike $1 or replace(x::text, ''\"'', '''') ilike $1', t) into n using '%' || what || '%';
    ret := ret || case when n > 0 then ' ' || t::text else '' end;
  end loop;
  return replace(btrim(ret), 'mortise.', '');
end $$;
create table tap.cascades as select k.conrelid::regclass as name, a.attname from pg_constraint k
  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[2]
  where k.confrelid = 'mortise.users'::regclass and k.contype = 'f' and k.confdeltype = 'c';
create function tap.rows_of(person uuid) returns text language plpgsql as $$
declare c record; n bigint; ret text := '';
begin
  for c in select * from cascades order by name::text loop
    execute format('select count(*) from %s where %I = $1', c.name, c.attname) into n using person;
    ret := ret || case when n > 0 then ' ' || c.name::text else '' end;
  end loop;
  return btrim(ret);
end $$;

select is((select string_agg(c.name::text, ' ' order by c.name::text) from cascades c where not has_table_privilege('mortise_auth', c.name, 'delete')), null,
  'rows of a person can be deleted in every table whose rows are a person''s');
select is((select string_agg(c.name::text, ' ' order by c.name::text) from cascades c, fix f
    where c.name::text not in ('former_marks', 'sign_in_challenges') and position(c.name::text in rows_of(f.ua2)) = 0), null, 'this test has a row in each of them');
select is((select string_agg(c.relname || '.' || a.attname, ' ' order by c.relname, a.attname) from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'mortise'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
      and (a.attname ~ '(user|person|owner|author|sender|assignee|lead|actor|target|member)_ids?$' or a.attname ~ '_by(_name)?$' or a.attname = 'user_name')
      and not exists (select from cascades k where k.name = c.oid and k.attname = a.attname)),
  'audit.actor_id audit.target_id audit_floods.target_id company_deletions.asked_by company_exports.asked_by history.user_id installations.installed_by links.made_by mails.made_by '
  'notices.sender_id plugin_activity.user_id plugin_activity.user_name plugin_exports.created_by plugin_fetches.user_id plugin_kept_files.created_by plugin_packages.approved_by '
  'plugin_packages.uploaded_by plugin_rollouts.started_by '
  'plugin_rollouts.started_by_name plugin_schedules.paused_by plugin_settings.changed_by plugin_storage.updated_by plugin_storage_history.updated_by plugin_work.asked_by recovery_codes.user_id registration_links.made_by registrations.decided_by role_permissions.changed_by teams.lead_id teams.member_ids '
  'ticket_comments.author_id ticket_files.author_id ticket_history.user_id tickets.assignee_id tickets.created_by tokens.made_by',
  'other columns about people are those that user_forget() looks after, or an id that "Former member" keeps: think of a new one there');
select isnt(tables_with('Quill'), 'audit', 'the name is in more than the audit log before');

-- Who may.
select is(people(act(a, ua), format('select mortise.user_remove(%L, ''nobody'', null, 100)', ua)), 'P0001 own-removal', 'nobody removes themself') from fix;
select is(people(act(b, ub), format('select mortise.user_remove(%L, ''nobody'', null, 100)', ua2)), '', 'nor somebody of another company') from fix;
update users u set roles = '{Technician}' from fix where u.tenant_id = a and u.id = ua;
select is(people(act(a, ua), format('select mortise.user_remove(%L, ''nobody'', null, 100)', ua2)), '42501 role-not-own: Admin', 'nor who lacks the roles') from fix;
update users u set roles = '{Technician,Dispatcher}' from fix where u.tenant_id = a and u.id = ua;
select is(attempt('mortise_owner', null, 'select rest from mortise.user_remove_named(''ua2@tap.example'', null, ''nobody'', 100)'), 'P0001 last-admin',
  'nor does the operator remove the last administrator');
update users u set roles = '{Admin,SystemAdmin}' from fix where u.tenant_id = a and u.id = ua;
select is(people(act(a, ua2), format('select mortise.user_remove(%L, ''nobody'', null, 100)', ua)), '42501 system-admin-fixed', 'or a company a system admin') from fix;
update users u set roles = '{Admin}' from fix where u.tenant_id = a and u.id = ua;
select is(people(act(a, ua), format('select mortise.user_remove(%L, ''user'', %L, 100)', ua2, ua2)), '22023 work-takers', 'their tickets don''t go to themself') from fix;
select is(people(act(a, ua), format('select mortise.user_remove(%L, ''user'', %L, 100)', ua2, ub)), '22023 work-takers', 'nor to another company') from fix;
select is(rows_of(ua2) <> '', true, 'nothing happened so far') from fix;
select is(people(act(a, ua), 'update mortise.users set kind = ''former'''), '42501 permission denied for table users', 'no worker changes what somebody is') from fix;

-- Removed.
select is(people(act(a, ua), format('select mortise.user_remove(%L, ''user'', %L, 100)', ua2, ua)), '0', 'an administrator removes them') from fix;
set constraints all immediate;
select is(rows_of(ua2), 'former_marks', 'every row that was theirs is gone') from fix;
select is(tables_with('Quill'), 'audit', 'the name is in the audit log alone');
select is(tables_with('ua2@tap.example'), 'audit', 'so is the address');
select is(tables_with('555 0123'), 'audit', 'and the phone');
select is(tables_with('subject-2'), '', 'as a provider knew them they are in no table');
select is(u.kind || ',' || u.name || ',' || u.active || ',' || u.roles::text, 'former,Former member 1,false,{}', 'the row stays as a former member')
  from users u, fix where u.tenant_id = a and u.id = ua2;
select is(u.phone || u.time_zone || u.language, null, 'without what they chose') from users u, fix where u.tenant_id = a and u.id = ua2;
select is(c.body::text, 'For [@Una A](mention:' || ua || ') and [@Former member 1](mention:' || ua2 || '), soon', 'comments stay, mentions say who it was')
  from ticket_comments c, fix where c.tenant_id = a and c.author_id = ua2;
select is(n.payload ->> 'message', 'They were assigned to Former member 1, who left the company', 'so do messages') from notices n, fix
  where n.tenant_id = a and n.seq = 99;
select is(n.payload #>> '{text,message,values,1}', 'Former member 1', 'and their values') from notices n, fix where n.tenant_id = a and n.seq = 99;
select is(t.assignee_id, ua, 'their open ticket is somebody else''s') from tickets t, fix where t.tenant_id = a and t.id = ta;
select is((select array_agg(h.changes ->> 'reason') from ticket_history h where h.tenant_id = a and h.ticket_id = ta and h.changes ? 'reason'),
  array['[null, "removed"]'], 'the history says why') from fix;
select is(m.member_ids, array[ua::text], 'they are in no team') from teams m, fix where m.tenant_id = a;
select is(m.lead_id, null, 'and lead none') from teams m, fix where m.tenant_id = a;
select is((select array_agg(e.type order by e.seq) from events e where e.tenant_id = a and e.channel = 't.' || a and e.type in ('UserDeleted', 'AccountSuspended')), '{UserDeleted}',
  'one event says it') from fix;
select is(e.channel || (e.payload ->> 'name') || (e.payload ->> 'byUserName'), 't.' || a || 'Former member 1Una A', 'to the company') from events e, fix
  where e.tenant_id = a and e.channel like 't.%' and e.channel not like '%.own' and e.type = 'UserDeleted';
select is((select array_agg(x.action) from audit x where x.tenant_id = a and x.action in ('user.removed', 'user.changed', 'user.roles', 'user.deactivated')
    and x.target_id = ua2::text and x.actor_id = ua and not coalesce(x.before ? 'photo', false)), '{user.removed}', 'and one row of the audit log') from fix;
select is((select count(*)::int from rights_ended r where r.channel = 'u.' || ua2), 1, 'what they have open ends') from fix;
select is(people(act(a, ua), format('select mortise.user_remove(%L, ''nobody'', null, 100)', ua2)), '', 'once') from fix;
select is(people(act(a, ua), format('select mortise.user_hand_over(%L, ''nobody'', null, 100, true)', ua2)), 'P0001 work-active', 'there is nothing to deactivate') from fix;
select is(people(act(a, ua), format('update mortise.users set name = ''x'', active = true where id = %L', ua2)),
  '23514 new row for relation "users" violates check constraint "users_check"', 'or to activate') from fix;

-- Signing in, coming back.
select is(people(null, format('select refused, person from mortise.oidc_sign_in(%L, ''subject-2'', ''ua2@tap.example'', true, ''Zoe'', null, %L, repeat(''9'', 64), 1)',
  ub, 'aaaaaaaa-0000-7000-8000-0000000000e1')), 'unknown,', 'a provider makes them no account again') from fix;
select is(people(null, format('select refused, person from mortise.oidc_sign_in(%L, ''subject-2'', ''other@tap.example'', true, ''Zoe'', null, %L, repeat(''9'', 64), 1)',
  ub, 'aaaaaaaa-0000-7000-8000-0000000000e1')), 'unknown,', 'nor by another address') from fix;
select is(people(act(a, ua), format('insert into mortise.users (tenant_id, id, email, name, roles) values (%s, %L, ''ua2@tap.example'', ''Zoe again'', ''{Technician}'') returning pending', a,
  'aaaaaaaa-0000-7000-8000-0000000000e2')), 't', 'the address is free, and an invitation brings them back') from fix;
select is(people(null, format('select refused, person from mortise.oidc_sign_in(%L, ''subject-2'', ''ua2@tap.example'', true, ''Zoe'', null, %L, repeat(''9'', 64), 1)',
  ub, 'aaaaaaaa-0000-7000-8000-0000000000e1')), ',aaaaaaaa-0000-7000-8000-0000000000e2', 'by the provider, too') from fix;
update users set pending = false, roles = '{Technician}' where email = 'ua2@tap.example';
insert into tickets (tenant_id, id, number, title, created_by, assignee_id)
  select a, gen_random_uuid(), n, 'T', ua, 'aaaaaaaa-0000-7000-8000-0000000000e2' from fix, generate_series(10, 12) n;
select is(attempt('mortise_owner', null, 'select id, rest from mortise.user_remove_named(''ua2@tap.example'', null, ''team:north'', 2)'),
  'aaaaaaaa-0000-7000-8000-0000000000e2,1', 'the operator removes the new account, and hands over two of three tickets');
select is(people(act(a, ua), 'select mortise.user_remove(''aaaaaaaa-0000-7000-8000-0000000000e2'', ''nobody'', null, 2)'), '0', 'then what is left') from fix;
select is(attempt('mortise_owner', null, 'select rest from mortise.user_remove_named(''ua2@tap.example'', null, ''nobody'', 2)'),
  'P0002 user-unknown: ua2@tap.example', 'the address is nobody''s');
select is((select name from users where id = 'aaaaaaaa-0000-7000-8000-0000000000e2'), 'Former member 2', 'who has the next number');
select * from finish();
rollback;
