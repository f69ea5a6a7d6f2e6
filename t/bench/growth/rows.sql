-- rows.sql - what the bench of growth asks for, in Mortise's database: a company with :large tickets (northwind), one
-- with 1,000 (harbor), one with a tenth of :large beside them, and :tenants more with ten each. Run by
-- t/bench/growth.mjs as the superuser.
--
-- Words are drawn as people use them, the nth word n times as rarely as the first (Zipf): from 50,000 words sentences
-- are made, three of which are a ticket's description. Each large ticket has a serial number that no other has.

select setseed(0.5) \g /dev/null
set synchronous_commit = off;
set maintenance_work_mem = '1GB';
set work_mem = '64MB';

create temp table words as
  select n, case when n <= cardinality(common) then common[n]
      else (select string_agg((array['ba', 'ro', 'ken', 'mil', 'dor', 'as', 'tin', 'ule', 'gar', 'ves', 'lon', 'pri',
          'qua', 'zel', 'fos', 'hum', 'wic', 'jes', 'nor', 'xan'])[1 + (d.v + 7 * d.i) % 20], '' order by d.i)
        from (select i, (n / power(20, i))::int as v from generate_series(0, 3) i) d) end as word
    from generate_series(1, 50000) n, (select array['the', 'is', 'in', 'at', 'and', 'boiler', 'not', 'water', 'on',
      'no', 'floor', 'heating', 'room', 'pump', 'since', 'pressure', 'valve', 'leaks', 'cold', 'customer', 'please',
      'call', 'radiator', 'replaced', 'filter', 'noise', 'error', 'morning', 'gas', 'meter', 'service', 'yearly',
      'tenant', 'caretaker', 'key', 'cellar', 'kitchen', 'bathroom', 'thermostat', 'display', 'burner', 'sensor',
      'cable', 'breaker', 'compressor', 'insulation', 'warranty', 'inspection', 'ladder', 'window', 'ventilation',
      'circulation', 'expansion', 'vessel', 'manifold', 'underfloor', 'mixing', 'tap', 'flue', 'alarm', 'hotel',
      'school', 'bakery', 'clinic', 'greenhouse', 'brewery', 'warehouse', 'terminal', 'corridor', 'stairwell'] as common) c;
create unique index on words (n);
analyze words;

create temp table sentences as
  select s.n, string_agg(w.word, ' ') || '.' as sentence
    from (select n, floor(power(50000, random()))::int as rank from generate_series(0, 19999) n, generate_series(1, 9)) s
      join words w on w.n = s.rank group by s.n;
create unique index on sentences (n);
analyze sentences;

select mortise.user_create(t.id, gen_random_uuid(), 'admin@' || t.code || '.example', 'Admin', '{Admin}', null)
  from (select code, mortise.tenant_create(code, code) as id
    from (select 'beside' as code union all select 'small' || g from generate_series(1, :tenants) g) c offset 0) t
  \g /dev/null

-- Triggers and the words' indexes would see each row by itself.
select string_agg(indexdef, ';') as indexes, string_agg('mortise.' || indexname, ', ') as their_names
  from pg_indexes where schemaname = 'mortise' and indexname like any (array['tickets\_words', 'ticket\_words\_%']) \gset
drop index :their_names;
set session_replication_role = replica;

create temp table sizes as
  select t.id as tenant_id, u.id as user_id, -- the demo's own tickets have the first numbers
    (select coalesce(max(x.number), 0) from mortise.tickets x where x.tenant_id = t.id) as above,
    case t.code when 'northwind' then :large when 'harbor' then 1000 when 'beside' then :large / 10 else 10 end as n
  from mortise.tenants t, lateral (select u.id from mortise.users u where u.tenant_id = t.id order by id limit 1) u;

insert into mortise.tickets (tenant_id, id, number, title, description, words, state, priority, assignee_id, created_by,
    created_at, updated_at)
  select g.tenant_id,
    -- version 7, in the order of time, as Mortise gives them
    (lpad(to_hex((extract(epoch from g.at) * 1000)::bigint), 12, '0') || '7' || substr(g.hash, 1, 3) || '8' || substr(g.hash, 4, 15))::uuid,
    g.above + g.g, x.title, x.description, mortise.search_text(x.title || ' ' || x.description),
    (array['new', 'in_progress', 'on_hold', 'done', 'done', 'done'])[1 + g.g % 6], (array['low', 'normal', 'high'])[1 + g.g % 3],
    case when g.g % 2 = 0 then g.user_id end, g.user_id, g.at, g.at
  from (select s.*, g, md5(s.tenant_id || ' ' || g) as hash, date_trunc('second', now()) - (s.n - g) * interval '61 s' as at, floor(power(50000, random()))::int as w,
      floor(random() * 20000)::int as a, floor(random() * 20000)::int as b, floor(random() * 20000)::int as c
    from sizes s, generate_series(1, s.n) g) g
    join words w on w.n = g.w join sentences a on a.n = g.a join sentences b on b.n = g.b join sentences c on c.n = g.c,
    lateral (select initcap(w.word) || ' ' || split_part(a.sentence, ' ', 1) || ' '
        || split_part(a.sentence, ' ', 2) || ' ' || split_part(a.sentence, ' ', 3) as title,
      a.sentence || ' ' || b.sentence || ' ' || c.sentence || ' SN-' || to_hex(g.g::bigint * 7919) as description) x
  order by g.tenant_id, g.g;
update mortise.counters c set value = s.above + s.n from sizes s where c.tenant_id = s.tenant_id and c.name = 'ticket';

insert into mortise.ticket_words
  select distinct t.tenant_id, w from mortise.tickets t, unnest(string_to_array(t.words, ' ')) w where w <> '';
:indexes;

vacuum analyze;
