-- rows.sql - what the bench asks for, in Mortise's database: 100 tenants of 1,000 tickets each. Times are whole
-- seconds in the past, so that every system writes them alike. A tenant's rows lie together: what the bench writes
-- for one tenant leaves the pages of the one that it reads as they are, however much a system writes. Run by
-- t/bench/peers.mjs as the superuser.

select mortise.user_create(t.id, gen_random_uuid(), 'admin@' || t.code || '.example', 'Admin', '{Admin}', null)
  from (select code, mortise.tenant_create(code, code) as id
    from (select 'bench' || g as code from generate_series(1, 98) g) c offset 0) t \g /dev/null

-- Their triggers would see each row by itself.
set session_replication_role = replica;
insert into mortise.tickets (tenant_id, id, number, title, description, words, state, priority, assignee_id,
    created_by, created_at, updated_at)
  select u.tenant_id, gen_random_uuid(), 100 + g, x.title, x.description,
    mortise.search_text(x.title || ' ' || x.description),
    (array['new', 'in_progress', 'on_hold'])[1 + g % 3], (array['low', 'normal', 'high'])[1 + g % 3],
    case when g % 2 = 0 then u.id end, u.id, at, at
  from (select distinct on (tenant_id) tenant_id, id from mortise.users order by tenant_id, id) u,
    generate_series(1, 1000) g, lateral (select date_trunc('second', now()) - g * interval '61 s' as at) t,
    lateral (select (array['Boiler', 'Heat pump', 'Radiator', 'Valve', 'Meter'])[1 + g % 5] || ' '
        || (array['leaks', 'is cold', 'makes noise', 'shows an error'])[1 + g % 4] || ', floor ' || g % 17 as title,
      repeat((array['The caller will be at home. ', 'Bring a ladder. '])[1 + g % 2], 7) as description) x
  order by u.tenant_id, g;

insert into mortise.ticket_words
  select distinct t.tenant_id, w from mortise.tickets t, unnest(string_to_array(t.words, ' ')) w where w <> '';
reset session_replication_role;

update mortise.counters c set value = 2000 where name = 'ticket';

insert into x_time_clock.time_clock_entries (tenant_id, id, technician_id, technician_name, ticket_id,
    ticket_number, clock_in, clock_out, clocked_in_by, clocked_out_by)
  select u.tenant_id, gen_random_uuid(), u.id, u.name, t.id, t.number, at, at + interval '45 min', u.id, u.id
  from mortise.users u join mortise.tickets t on t.tenant_id = u.tenant_id and t.number between 101 and 150,
    lateral (select date_trunc('day', now()) - t.number * interval '1 day' as at) a;

vacuum analyze;
