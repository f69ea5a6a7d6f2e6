-- Organizations: each company belongs to one, which goes with its last; what is on its channel is its companies' alone.
\ir lib/start.psql
select plan(27);
create table tap.t as select a, b, ua, ub, act(a, ua) as of_a, act(b, ub) as of_b, 'o.' || organization_id as its from fix join tenants o on o.id = a;
create function tap.org(code text) returns text language sql as $$ select o.name from organizations o join tenants t on t.organization_id = o.id where t.code = org.code $$;
create function tap.moved(code text, name text) returns text language sql as $$ select attempt('mortise_admin', null, format('select mortise.tenant_organize(%L, %L) ->> ''companies''', code, name)) $$;

select is(org('tap-a'), 'Tap A', 'a company gets an organization of its own');
select is(org('tap-b'), 'Tap B', 'and so does the next');
insert into tenants (code, name) values ('tap-c', 'tap A'), ('tap-d', E'Tap\nA'), ('tap-e', repeat('e', 120)), ('tap-f', repeat('E', 120));
select is(org('tap-c'), 'tap A (tap-c)', 'a name that is taken joins nothing');
select is(org('tap-d'), 'Tap A (tap-d)', 'also not with a line in it');
select is(org('tap-f'), repeat('E', 112) || ' (tap-f)', 'and the longest name has room for its code');
select is(moved('tap-c', 'TAP a'), '2', 'who is named to it belongs to it');
select is((select count(*) from organizations where name = 'tap A (tap-c)'), 0::bigint, 'and the one it left is no more');
select is(moved('tap-c', 'Tap A'), '2', 'twice is as once');
select is(moved('tap-d', 'Brand new'), '1', 'one that isn''t there is made');
select is(moved('tap-none', 'Tap A'), 'P0002 tenant-unknown: tap-none', 'there is no such company');
select is(state_of(attempt('mortise_api', of_a, 'select mortise.tenant_organize(''tap-a'', ''Tap B'')')), '42501', 'a company doesn''t move itself') from t;
select is(state_of(attempt('mortise_api', of_a, format('update mortise.tenants set organization_id = 1 where id = %s', a))), '42501', 'in no way') from t;
select is(attempt('mortise_api', of_a, 'select string_agg(name, '','') from mortise.organizations'), '"Tap A"', 'it sees its own alone') from t;

-- its channel
delete from outbox;
select is(attempt('mortise_admin', null, 'select mortise.announce(''{"title": "T", "message": "M"}'', ''tap a'')'), '2', 'people of its companies are addressed');
select is(attempt('mortise_admin', null, 'select mortise.announce(''{"title": "T", "message": "M"}'', ''Nobody'')'), 'P0002 organization-unknown: Nobody', 'of none nobody');
create function tap.seen(who text, what text) returns text language sql as
  $$ select attempt('mortise_api', who, format('select count(*) from mortise.%s', what)) $$;
select is(seen(of_a, 'events where channel like ''o.%'''), '1', 'its people read its events') from t;
select is(seen(of_b, 'events where channel like ''o.%'''), '0', 'others don''t') from t;
select is(seen(of_b, 'notices where channel like ''o.%''') || seen(of_b, 'channels where name like ''o.%'''), '00', 'nor its notifications and numbers') from t;
select is(attempt('mortise_api', of_a, 'select kind || title from mortise.notifications'), 'organizationT', 'it is in their inbox') from t;
select is(seen(of_b, 'notifications'), '0', 'and in no other') from t;
select is(state_of(attempt('mortise_api', of_a, format('select mortise.emit(%L, ''X'', ''{}'')', 'o.' || organization_id))), '42501', 'a company raises nothing there')
  from t join tenants o on o.id = a;
delete from rights_ended;
select is(moved('tap-a', 'Tap B'), '2', 'a company moves');
select is((select string_agg(channel, ',') from rights_ended), 'o.' || a, 'which ends its streams alone') from t;
select is(seen(of_a, 'notifications') || seen(of_a, 'events where channel like ''o.%'''), '00', 'it reads nothing of the other any more') from t;
select is(attempt('mortise_admin', null, 'select mortise.organization_rename(null, ''tap b'', ''Brand New'')'), '23505 organization-taken: Brand New', 'two don''t have one name');
select is(attempt('mortise_admin', null, 'select mortise.organization_rename(null, ''tap b'', ''Both'') ->> ''companies'''), '2', 'one is renamed');
select moved('tap-c', 'Both') \g /dev/null
select is((select count(*) from events where channel = its) + (select count(*) from notices where channel = its)
  + (select count(*) from channels where name = its), 0::bigint,
  'with its last company all goes that was on its channel') from t;
select * from finish();
rollback;
