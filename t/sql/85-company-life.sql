-- What belongs to a company: that the list is whole, that a company goes with all of it, and nothing else does.
\ir lib/start.psql
select plan(31);
select is((select string_agg(c.relname::text, ', ' order by 1) from pg_class c join pg_attribute a on a.attrelid = c.oid
    and a.attname = 'tenant_id' and not a.attisdropped
  where c.relnamespace = 'mortise'::regnamespace and c.relkind in ('r', 'p') and c.relname not in (select p.name from company_parts() p)),
  null, 'every table with a tenant_id is a part of a company (company_parts() in sql/028-company-life.sql)');
select is((select string_agg(p.name, ', ') from company_parts() p where to_regclass('mortise.' || p.name) is null), null, 'and each part is a table');
select is((select string_agg(p.name || '.' || w, ', ') from company_parts() p, unnest(p.without) w where not exists (
    select from pg_attribute a where a.attrelid = to_regclass('mortise.' || p.name) and a.attname = w)), null, 'what is left out is a column');
select is((select string_agg(format('%s of %s', a.attname, p.name), ', ') from company_parts() p
    join pg_attribute a on a.attrelid = to_regclass('mortise.' || p.name) and a.attnum > 0 and not a.attisdropped
  where p.part is not null and a.attname ~ 'password|secret|token|_hash$' and a.attname <> all (p.without)), null, 'no secret is in an export');
select is((select string_agg(c.conrelid::regclass || ' before ' || c.confrelid::regclass, ', ') from pg_constraint c
    join company_parts() p on to_regclass('mortise.' || p.name) = c.conrelid
    join company_parts() q on to_regclass('mortise.' || q.name) = c.confrelid
  where c.contype = 'f' and p.place > q.place), null, 'what refers to a row is deleted before it');

-- who may
select is(state_of(attempt(r, act(a, ua), s)), '42501', r || ': ' || s) from fix, unnest('{mortise_api,mortise_steward}'::text[]) r,
  unnest(array['select mortise.company_delete(''tap-b'', 0, ''x'')', 'select mortise.company_keep(''tap-b'')', 'select mortise.company_remove(10)']) s;

create function tap.rows_of(tenant int) returns text language plpgsql as $$
declare
  p record; n bigint; ret text := '';
begin
  for p in select * from mortise.company_parts() order by name loop
    execute format('select count(*) from mortise.%I where %s', p.name, replace(mortise.company_rows(p.whose), '$1', tenant::text)) into n;
    ret := ret || case when n > 0 then p.name || ' ' || n || ', ' else '' end;
  end loop;
  return ret;
end $$;
update users set roles = '{SystemAdmin}' where id = (select ua from fix) or id = (select ub from fix);
create table tap.before as select rows_of(a) as a, rows_of(b) as b from fix;
select isnt(b, '', 'B has rows') from before;
-- asked for, and taken back
select is(state_of(attempt('mortise_admin', null, 'select mortise.company_delete(''nobody'', 3, ''Sys'')')), 'P0002', 'a company that is not there');
select ok(attempt('mortise_admin', null, 'select mortise.company_delete(''tap-b'', 3, ''Sys'')')::timestamptz > now() + interval '2 days', 'in three days');
select is((select t.state from tenants t join fix on t.id = b), 'suspended', 'it is suspended at once');
select is(attempt('mortise_admin', null, 'select mortise.tenant_set_state(''tap-b'', ''active'', null)'), 'P0001 deletion-waits: tap-b', 'and stays so');
select is(attempt('mortise_admin', null, 'select count(*) from mortise.company_removal_next()'), '0', 'nothing is due');
select is(attempt('mortise_admin', act(b, null), 'select mortise.company_removal_begin(' || b || ', 0)'), '""', 'who begins nevertheless') from fix;
select is((select d.step from company_deletions d), 'waiting', 'does nothing');
select is(attempt('mortise_admin', act(b, null), 'select mortise.company_remove(10)'), 'f', 'nor who deletes') from fix;
select is(attempt('mortise_owner', null, 'select mortise.company_keep(''tap-b'')'), 'active', 'taken back it is what it was');
select is(attempt('mortise_owner', null, 'select mortise.company_keep(''tap-b'')'), 'P0002 deletion-none: tap-b', 'once');
select is(state_of(attempt('mortise_auth', act(b, null), 'delete from mortise.audit')), 'ok', 'nobody deletes the log of a company that is there') from fix;
select ok(exists (select from audit x join fix on x.tenant_id = b where x.action = 'company.deletion-cancelled'), 'its log has that');
-- done
select attempt('mortise_admin', null, 'select mortise.company_delete(''tap-b'', 0, ''Sys'')') \g /dev/null
update users set roles = '{Admin}' where id = (select ua from fix);
select is(attempt('mortise_admin', null, 'select mortise.company_delete(''tap-b'', 0, ''Sys'')'), 'P0001 last-system-admins: tap-b', 'not with the last system admin')
  where not exists (select from users u, fix where u.tenant_id <> b and u.active and 'SystemAdmin' = any (u.roles))
union all select pass('there are other system admins') from fix
  where exists (select from users u where u.tenant_id <> b and u.active and 'SystemAdmin' = any (u.roles));
select attempt('mortise_admin', act(b, null), 'select mortise.company_removal_begin(' || b || ', 0)'),
  attempt('mortise_admin', act(b, null), 'select mortise.company_removal_plugins(' || b || ', 0)') from fix \g /dev/null
select is(attempt('mortise_admin', null, 'select mortise.company_keep(''tap-b'')'), 'P0001 deletion-began: tap-b', 'begun is begun');
select audit_link(1000) \g /dev/null
create table tap.pieces as with recursive p (n, more) as (
  select 1, attempt('mortise_admin', act(b, null), 'select mortise.company_remove(1)') from fix
  union all select n + 1, attempt('mortise_admin', act(b, null), 'select mortise.company_remove(1)') from p, fix where more = 't' and n < 500)
  select * from p;
select is((select more from pieces order by n desc limit 1), 'f', 'row by row it comes to an end');
select is(rows_of(b), '', 'not a row of it is left') from fix;
select is((select regexp_replace(rows_of(a), 'audit(_heads)? \d+, ', '', 'g') from fix), (select regexp_replace(a, 'audit(_heads)? \d+, ', '', 'g') from before), 'all of A are');
select is((select (x.after ->> 'rows')::int > 10 from audit x where x.tenant_id = 0 and x.action = 'company.deleted' order by x.at desc limit 1), true, 'the server''s log has the number');
select is((select string_agg(v.why, ',') from audit_verify('') v), null, 'and is whole');
select * from finish();
rollback;
