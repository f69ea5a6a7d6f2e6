-- The signed ticket: what is and what is not believed.
\ir lib/start.psql
select plan(18);

create function tap.who(role text, ticket text) returns text language sql as
  $$ select tap.attempt(role, ticket, 'select mortise.tenant(), mortise.user_id()') $$;
create role p_tap_one login in role mortise_plugin;
create role p_tap_two login in role mortise_plugin;

select is(who('mortise_api', mint(a, ua, 'mortise_api')), a || ',' || ua, 'a good ticket names tenant and user')
  from fix;
select is(who('p_tap_one', mint(a, ua, 'p_tap_one')), a || ',' || ua, 'a plugin''s too') from fix;
select is(who('mortise_api', null), ',', 'without a ticket there is nobody');
select is(who('mortise_api', mint(a, ua, 'mortise_api', -1)), ',', 'an expired ticket is nobody') from fix;
select is(who('p_tap_two', mint(a, ua, 'p_tap_one')), ',', 'another plugin''s ticket is nobody') from fix;
select is(who('p_tap_one', mint(a, ua, 'mortise_api')), ',', 'the core''s ticket is nobody for a plugin') from fix;
select is(who('mortise_api', mint(a, ua, 'p_tap_one')), ',', 'and the other way round') from fix;
select is(who('p_tap_one', mint(a, ua, 'p_tap_one', 60, decode(repeat('00', 32), 'hex'))), ',',
  'a ticket of another key is nobody') from fix;
select is(who('p_tap_one', regexp_replace(mint(a, ua, 'p_tap_one'), '^' || a, b::text)), ',',
  'another tenant with the old mac is nobody') from fix;
select is(who('p_tap_one', replace(mint(a, ua, 'p_tap_one'), ua::text, ub::text)), ',',
  'another user with the old mac is nobody') from fix;
select is(who('p_tap_one', regexp_replace(mint(a, ua, 'p_tap_one', 5), '\.(\d+)\.([0-9a-f]{64})$', '.9999999999.\2')),
  ',', 'a longer life with the old mac is nobody') from fix;
select is(who('p_tap_one', upper(mint(a, ua, 'p_tap_one'))), ',', 'upper case is another mac') from fix;
select is(who('p_tap_one', t), ',', format('rubbish is nobody, not an error: %L', left(t, 30)))
  from (values ('x'), ('1.2.3.4'), ('....' || repeat('0', 64)), (repeat('f', 100000)),
    ('1.' || repeat('''', 40) || '.99999999999999999999.' || repeat('a', 64))) v (t);
-- the role is part of the mac without a separator of its own: nobody may be named so that it fits
select is(who('p_tap_one', left(mint(a, ua, 'p_tap_one'), -64) || 'p_tap_one'
  || right(mint(a, ua, 'p_tap_one'), 64)), ',', 'text between fields and mac is not skipped') from fix;
select * from finish();
rollback;
