-- Teams: whose they are, who can be in them, and how the work of somebody who leaves is spread over one.
\ir lib/start.psql
select plan(23);
update mortise.users u set roles = '{Admin}' from fix where u.tenant_id = a and u.id = ua;
create function tap.person(n int) returns uuid language sql immutable
  return ('aaaaaaaa-0000-7000-8000-0000000003' || lpad(n::text, 2, '0'))::uuid;
select mortise.user_create(a, person(n), 'm' || n || '@tap.example', 'Member ' || n, '{Technician}', 'hash') from tap.fix, generate_series(1, 4) n \g /dev/null
create function tap.team(n int) returns uuid language sql immutable
  return ('aaaaaaaa-0000-7000-8000-0000000004' || lpad(n::text, 2, '0'))::uuid;
create function tap.make(n int, name text, members text[]) returns text language sql as $$
  select attempt('mortise_api', act(a, ua), format('insert into mortise.teams (id, name, member_ids) values (%L, %L, %L) returning name, member_ids',
    team(n), name, members)) from fix $$;
create function tap.api(act text, s text) returns text language sql as $$ select attempt('mortise_api', act, s) $$;
-- Open tickets of these, as "3,1".
create function tap.open(variadic people uuid[]) returns text language sql as $$
  select string_agg((select count(*) from tickets t, fix where t.tenant_id = a and t.assignee_id = p and t.closed_at is null)::text, ',' order by n)
  from unnest(people) with ordinality x (p, n) $$;
create function tap.give(person uuid, first int, n int) returns void language sql as $$
  insert into tickets (tenant_id, id, number, title, state, created_by, assignee_id)
    select a, gen_random_uuid(), i, 'T', 'assigned', ua, give.person from fix, generate_series(give.first, give.first + give.n - 1) i $$;
create function tap.leave(kind text, target uuid, most int, first bool) returns text language sql as $$
  select api(act(a, ua), format('select mortise.user_hand_over(%L, %L, %L, %s, %L)', person(1), kind, target, most, first)) from fix $$;

-- whose they are
select is(make(1, ' North ', array[person(1), upper(person(2)::text)::text, person(2)]::text[]),
  format('North,"{%s,%s}"', person(1), person(2)), 'a team has everybody once, and a name without spaces around it');
select is(state_of(make(2, 'NORTH', '{}')), '23505', 'a name is there once, in whatever case');
select is(make(2, 'South', array[ub::text]), '22023 team-member: ' || ub, 'nobody of another company is in it') from fix;
select is(make(2, 'South', '{nobody}'), '22023 team-member: nobody', 'nor what is no person');
select is(api(act(b, ub), 'select count(*) from mortise.teams'), '0', 'another company sees none') from fix;
select is(api(act(b, ub), format('update mortise.teams set name = ''x'' where id = %L returning 1', team(1))), 'none', 'changes none') from fix;
select is(api(act(b, ub), format('delete from mortise.teams where id = %L returning 1', team(1))), 'none', 'deletes none') from fix;
select is(api(null, 'select count(*) from mortise.teams'), '0', 'nor does nobody');
select is(state_of(api(act(b, ub), format('insert into mortise.teams (tenant_id, id, name) values (%s, gen_random_uuid(), ''x'')', a))), '42501',
  'or makes one here') from fix;
select is(state_of(attempt(r, act(a, ua), 'delete from mortise.teams')), '42501', r || ' only reads them') from fix, unnest('{mortise_admin,mortise_steward}'::text[]) r;
select is(api(act(b, ub), format('select mortise.notify_team(%L, ''{"title": "x", "message": "x"}'')', team(1))), '', 'or notifies one') from fix;
select is(api(act(a, ua), format('select mortise.notify_team(%L, ''{"title": "x", "message": "x"}'')', team(1))), '2', 'the company does') from fix;

-- who leaves
select give(person(1), 100, 7), give(person(2), 200, 3), give(person(3), 300, 1) \g /dev/null
select is(leave('team', team(1), 10, true), 'P0001 work-active', 'who is active keeps the tickets');
update users set active = false where id = person(1);
select is(api(act(a, ua), format('update mortise.teams set name = ''North'', member_ids = %L where id = %L returning cardinality(member_ids)',
  array[person(1), person(2), person(3), person(4)], team(1))), '4', 'who was deactivated stays in') from fix;
select is(make(2, 'South', array[person(1)]::text[]), '22023 team-member: ' || person(1), 'but comes into no other');
select is(leave('user', person(1), 10, true), '22023 work-takers', 'nobody takes their own');
select is(api(act(b, ub), format('select mortise.user_hand_over(%L, ''nobody'', null, 10, true)', person(1))), 'P0001 work-active', 'no other company gives them away') from fix;
select is(leave('team', team(1), 4, true), '3', 'four at once');
select is(leave('team', team(1), 4, false), '0', 'then the rest');
select is(open(person(1), person(2), person(3), person(4)), '0,4,4,3', 'each to the one with the fewest open tickets');
select is((select count(*)::int from events e, fix where e.tenant_id = a and e.type = 'Notification' and e.payload ->> 'title' = 'You have {0} more tickets') +
  (select count(*)::int from outbox o, fix where o.tenant_id = a and o.type = 'Notification' and o.payload ->> 'title' like 'You have _ more tickets'), 3,
  'who got some is notified of all of them, once');
select is(api(act(a, ua), format('delete from mortise.teams where id = %L returning name', team(1))) || ',' || open(person(2)), 'North,4', 'a team that is deleted leaves tickets as they are') from fix;
select * from finish();
rollback;
