-- demo.sql - tickets of the two demo companies. `mortise demo` runs it once in each tenant, as that tenant:
-- row-level security selects the people, states and counters.
--
-- One line a ticket: days ago, state, priority, assignee, title, description, comments (separated by |). The
-- first letter of a comment is its author: t the technician, d the dispatcher, a the admin. History and times
-- are derived from the state.

with raw (tenant, days, state, priority, person, title, description, comments) as (values
  ('northwind', 0.04, 'new', 'urgent', null, 'No heat in the nursery at Sunny Hill kindergarten', 'Boiler shows E28 since 6:40. Children are in the gym with two electric heaters.', ''),
  ('northwind', 0.11, 'new', 'high', null, 'Gas smell near the meter, 3 Quarry Lane', 'Caller has closed the main valve and opened windows. Grid operator is informed.', 'dOperator found no leak on their side, our part starts behind the meter.'),
  ('northwind', 0.2, 'assigned', 'urgent', 'priya', 'Boiler lockout at Alder Street 14', 'Vitodens 200, fault F4 three times since last night. Tenant on the ground floor is 82.', 'dPlease call ten minutes ahead, the bell is broken.'),
  ('northwind', 0.35, 'in_progress', 'high', 'tom', 'Heat pump trips the breaker, Brandt residence', 'Trips about a minute after start. Installed in March, under warranty.', 'tInsulation of the compressor is fine. Looking at the crankcase heater.|dParts desk holds a heater for you until five.'),
  ('northwind', 0.6, 'assigned', 'normal', 'tom', 'Radiators cold on the third floor, Linden Court', 'Pressure is 1.1 bar. Bleeding helped for a day.', ''),
  ('northwind', 0.9, 'new', 'normal', null, 'Quote for a thermostat upgrade, Dr. Weiss dental practice', 'Six rooms, wants schedules by room and a phone app.', ''),
  ('northwind', 1.1, 'in_progress', 'normal', 'priya', 'Annual service, Riverside Apartments block C', '24 flats, keys are with the caretaker from 8 to 12.', 'tEleven flats done, two nobody home.|dI left notes for the two, Thursday from 9.'),
  ('northwind', 1.4, 'on_hold', 'high', 'tom', 'Circulation pump noise at Hotel Meridian', 'Howling at night, guests on floor 1 complain. Magna3 65-120.', 'tBearing is gone. Spare ordered, ETA Wednesday.|dHotel agrees to run on the standby pump until then.'),
  ('northwind', 1.8, 'new', 'low', null, 'Replace the faded safety signs in plant room 2', 'Noticed during the last inspection.', ''),
  ('northwind', 2.2, 'done', 'urgent', 'priya', 'Burst pipe in the cellar, Mill Road 9', 'Water to the ankle, electricity is off.', 'tIsolated and drained, 22 mm elbow replaced, system is back at 1.6 bar.|dInsurance wants photos.|tEight photos are in the report.'),
  ('northwind', 2.7, 'assigned', 'normal', 'priya', 'Underfloor heating uneven, Kessler bungalow', 'Bathroom warm, living room never above 18.', ''),
  ('northwind', 3.1, 'done', 'normal', 'tom', 'Expansion vessel replacement, Oak Primary School', 'Vessel is waterlogged, safety valve drips.', 'tReplaced with 80 l, precharge 1.2 bar.'),
  ('northwind', 3.6, 'on_hold', 'normal', 'priya', 'Smart valves lose their radio link, Orchard House', 'Four of nineteen valves drop out every night.', 'tGateway firmware is two years old. The vendor has to release the update for this region.'),
  ('northwind', 4.3, 'cancelled', 'low', null, 'Relocate the outdoor unit, Tanaka garden', 'Wants it behind the shed.', 'dCustomer will ask again after the garden is redone.'),
  ('northwind', 5.0, 'in_progress', 'high', 'tom', 'Commission the new cascade at Fenwick Brewery', 'Three boilers, 600 kW. Flow temperature for the mash is 82 degrees.', 'tBoilers 1 and 2 run. Waiting for the gas pressure test on 3.|aFenwick signs off on Friday, please have the protocol ready.'),
  ('northwind', 5.8, 'done', 'high', 'priya', 'Carbon monoxide alarm, Harper flat', 'Fire brigade measured 60 ppm and left.', 'tFlue was blocked by a nest. Cleared, 0 ppm after an hour of running.|dThe Harpers say thank you.'),
  ('northwind', 6.5, 'assigned', 'low', 'tom', 'Label the manifold, Castle Street community centre', 'Nobody knows which loop is which since the rebuild.', ''),
  ('northwind', 7.2, 'done', 'normal', 'tom', 'Thermostat shows no display, Bakery Lorenz', 'Battery change did not help.', 'tBase plate corroded by flour dust. New one with a cover.'),
  ('northwind', 8.1, 'done', 'normal', 'priya', 'Low system pressure, Park View 7', 'Has to be topped up weekly.', 'tLeaking air vent in the attic, replaced.'),
  ('northwind', 8.9, 'on_hold', 'low', 'tom', 'Hydraulic balancing for Elm Terrace 2 to 8', 'Needed for the subsidy. Four houses, 46 radiators.', 'tRoom by room figures are missing for number 6.|dThe owner of 6 is on holiday until the 3rd.'),
  ('northwind', 9.7, 'done', 'urgent', 'tom', 'Cold store alarm, Vetter Pharma', 'Plant room pump failed, store at 9 degrees and rising.', 'tBypassed to pump 2 at 02:15, temperature falls.|aThey asked for a root cause report.|tMotor winding, report attached to the order.'),
  ('northwind', 10.6, 'done', 'normal', 'priya', 'Water too hot at the kitchen tap, Reyes flat', 'Mixing valve was replaced last year.', 'tValve was set to 65, now 48.'),
  ('northwind', 11.4, 'cancelled', 'normal', null, 'Second opinion on a boiler replacement, Ms. Duval', 'Neighbour told her it can be repaired.', 'dDecided for the replacement, separate order.'),
  ('northwind', 12.5, 'done', 'low', 'tom', 'Squeaking fan coil in meeting room B, Lakeside offices', 'Only on speed 3.', 'tFan wheel cleaned and balanced.'),
  ('northwind', 13.3, 'done', 'normal', 'priya', 'Filter change and hygiene check, St. Anna clinic', 'Quarterly, wards 1 to 4, before 7 in the morning.', 'tDone, protocol is with the matron.'),
  ('northwind', 14.8, 'done', 'high', 'tom', 'Boiler room flooded after rain, Weaver Lofts', 'Drain is blocked, 4 cm of water.', 'tPumped out, burner dried. The drain needs a plumber.|dPlumber came on the 2nd, closed.'),
  ('northwind', 15.9, 'done', 'normal', 'priya', 'No hot water in the evening, Novotny family', 'Works in the morning.', 'tTimer programme was shifted by twelve hours.'),
  ('northwind', 17.0, 'done', 'normal', 'tom', 'Gas valve inspection, Greenhouse Martens', 'Yearly.', 'tNo findings.'),
  ('northwind', 18.2, 'on_hold', 'normal', 'priya', 'Buffer tank insulation, Hilltop Farm', 'Loses 6 degrees a night.', 'tMeasured, sleeve ordered from the manufacturer, eight weeks.'),
  ('northwind', 19.5, 'done', 'high', 'priya', 'Heat meter shows nonsense, Cedar House', 'Negative consumption in October.', 'tFlow direction was reversed at installation. Swapped and sealed.|dBilling company informed.'),
  ('northwind', 20.4, 'done', 'low', 'tom', 'Spare key for the plant room, Linden Court', 'Two copies for the caretaker.', 'dHanded over.'),
  ('northwind', 21.7, 'done', 'normal', 'priya', 'Burner rattles on start, Holm carpentry', 'Since the oil delivery.', 'tNozzle and filter changed, pump pressure 11 bar.'),
  ('northwind', 23.1, 'done', 'normal', 'tom', 'Replace two thermostatic heads, Aurora day care', 'Broken by children, wants the tamper-proof kind.', 'tFitted.'),
  ('northwind', 24.6, 'cancelled', 'low', null, 'Paint the pipes in the entrance, Park View 7', '', 'dNot our trade, passed on.'),
  ('northwind', 26.0, 'done', 'urgent', 'priya', 'Heating failure in the retirement home Birkenhof', 'Both boilers off after the power cut, 41 residents.', 'tController had lost its parameters. Restored from the last service record, both run.|aGood work at four in the morning.'),
  ('northwind', 27.3, 'done', 'normal', 'tom', 'Solar loop does not start, Vogel house', 'Roof sensor shows 180 degrees all day.', 'tSensor broken, replaced, loop filled to 2.0 bar.'),
  ('northwind', 29.0, 'done', 'normal', 'priya', 'Noise in the pipes at night, Gruber apartment', 'Knocking every twenty minutes.', 'tPipe clamp was too tight, expansion could not go anywhere.'),
  ('northwind', 31.5, 'done', 'high', 'tom', 'Swimming hall air handling stops, Municipal Baths', 'Frost protection trips although it is 9 degrees outside.', 'tFrost thermostat hung in the draught of the bypass. Moved.'),
  ('northwind', 34.2, 'done', 'normal', 'priya', 'Handover of the new heating, Silva terrace house', 'Explain the controller to the family, bring the folder.', 'tDone, they have my number.'),
  ('northwind', 37.8, 'done', 'low', 'tom', 'Take down the old oil tank, Brandt residence', 'Empty and cleaned, certificate is there.', 'tCut and disposed of, 640 kg.'),

  ('harbor', 0.06, 'new', 'urgent', null, 'Lift 2 stuck between floors, Pier House', 'Two people inside, lift company is called. They are calm.', 'dFire brigade got them out at 9:20. Keep the lift off.'),
  ('harbor', 0.15, 'assigned', 'high', 'lucia', 'Server room at 31 degrees, Dockside 5', 'One of two cooling units alarms with low pressure.', 'dIT asks for an estimate within the hour.'),
  ('harbor', 0.3, 'new', 'normal', null, 'Lights flicker in corridor 4, Customs Building', 'All of them, about twice a minute.', ''),
  ('harbor', 0.5, 'in_progress', 'urgent', 'henry', 'Loading gate 7 does not close', 'Warehouse is open to the quay, guard stands there since 5.', 'tMotor brake is worn. I can close it by hand and lock it.|dGood, the parts arrive tomorrow.'),
  ('harbor', 0.8, 'assigned', 'normal', 'lucia', 'Badge reader rejects every third card, main entrance', 'Worse when it rains.', ''),
  ('harbor', 1.0, 'new', 'low', null, 'Graffiti on the north wall', 'About four square metres, below the camera.', ''),
  ('harbor', 1.3, 'in_progress', 'high', 'lucia', 'Chiller 1 oil pressure alarm, Terminal A', 'Fourth alarm this week. Chiller 2 carries the load.', 'tOil sample taken, filter looks bad.|aTerminal wants both before the weekend.'),
  ('harbor', 1.7, 'on_hold', 'normal', 'henry', 'Broken window pane, canteen', 'Wind slammed the casement. Foil is on it.', 'tMeasured 1480 x 910, glazier delivers on Tuesday.'),
  ('harbor', 2.1, 'assigned', 'normal', 'henry', 'Replace the emergency lights, stairwell East', 'Fourteen failed the monthly test.', ''),
  ('harbor', 2.5, 'done', 'urgent', 'henry', 'Fire panel reports loop fault, Pier House', 'Zone 3 is without detection, a guard patrols.', 'tDetector base wet after the roof leak. Replaced, loop closed.|dPatrol ended at 18:40.'),
  ('harbor', 3.0, 'in_progress', 'normal', 'lucia', 'Quarterly check of the sprinkler pumps', 'Both diesel, log the run time.', 'tPump 1 done, 30 minutes, 9.8 bar.'),
  ('harbor', 3.4, 'new', 'normal', null, 'Move twelve desks to the second floor, Dockside 5', 'Floor plan is attached to the mail of the 14th.', ''),
  ('harbor', 3.9, 'done', 'high', 'lucia', 'Sewage smell in the washrooms, Terminal A', 'Since Monday, only at low tide.', 'tDry trap in the floor drain, refilled and fitted with a membrane.'),
  ('harbor', 4.6, 'cancelled', 'low', null, 'Bigger sign for visitor parking', '', 'dPort authority puts up new ones in spring anyway.'),
  ('harbor', 5.2, 'on_hold', 'high', 'henry', 'Crane shed roof leaks over bay 2', 'Three buckets, electrical cabinet is covered.', 'tTwo sheets are torn. Roofers need wind below 30 km/h.|dForecast looks good for Thursday.'),
  ('harbor', 6.0, 'done', 'normal', 'lucia', 'Conference room display has no picture', 'Board meeting at 14:00.', 'tCable was cut by a chair, replaced.'),
  ('harbor', 6.8, 'assigned', 'low', 'henry', 'Oil the hinges in the archive', 'Everybody hears everybody.', ''),
  ('harbor', 7.5, 'done', 'normal', 'henry', 'Turnstile counts visitors twice', 'Report of last week shows 212 percent.', 'tLight barrier was dirty.'),
  ('harbor', 8.4, 'done', 'high', 'lucia', 'Power failure in tenant unit 12', 'Fish restaurant, cold rooms are affected.', 'tEarth fault of the ice machine. Isolated, everything else is back.|dTenant calls their own service for the machine.'),
  ('harbor', 9.2, 'done', 'normal', 'henry', 'Barrier arm bent, car park P3', 'Delivery van, plate is on camera.', 'tStraight again, replacement in stock for next time.|aInvoice goes to the forwarder.'),
  ('harbor', 10.1, 'on_hold', 'normal', 'lucia', 'Ventilation balance in the new offices', 'Doors slam, 20 Pa too much.', 'tThe damper actuator is the wrong type, exchange is on its way.'),
  ('harbor', 11.0, 'done', 'normal', 'lucia', 'Hot water at 44 degrees, crew showers', 'Legionella test is due.', 'tHeat exchanger descaled, 61 degrees at the far end.'),
  ('harbor', 12.2, 'done', 'low', 'henry', 'Clock in the hall is four minutes late', '', 'tRadio module was behind the new steel beam, moved.'),
  ('harbor', 13.4, 'done', 'normal', 'lucia', 'Monthly generator test', 'Full load for one hour.', 'tStarted after 7 s, 58 minutes, no findings.'),
  ('harbor', 14.5, 'cancelled', 'normal', null, 'Extra cooling for the summer fair tent', 'Asked for June.', 'dThe organiser rents it elsewhere.'),
  ('harbor', 15.7, 'done', 'high', 'henry', 'Ice on the access ramp, Pier House', 'Ramp heating does not work.', 'tSensor replaced, ramp clear after an hour.'),
  ('harbor', 16.8, 'done', 'normal', 'henry', 'Locker room locks, 9 of 40 jam', 'Sea air.', 'tNine cylinders changed, all others greased.'),
  ('harbor', 18.0, 'done', 'normal', 'lucia', 'Roller blind motors, west facade', 'Five do not answer to the wind sensor.', 'tBus line was cut during cleaning, repaired.'),
  ('harbor', 19.3, 'done', 'urgent', 'lucia', 'Water runs through the ceiling, unit 4', 'Shop for nautical charts, please hurry.', 'tValve of the fan coil above had opened. Closed at 7:52, drying units are in place.|dInsurer has inspected.'),
  ('harbor', 20.6, 'done', 'low', 'henry', 'New name plates, floor 3', 'List by mail.', 'tUp.'),
  ('harbor', 21.9, 'done', 'normal', 'lucia', 'Escalator handrail runs slower than the steps', 'Terminal A, up.', 'tTensioned, difference below one percent.'),
  ('harbor', 23.5, 'done', 'normal', 'henry', 'Dock levellers, yearly inspection', 'Eight pieces, with protocol.', 'tSeven passed, number 5 got a new hose.'),
  ('harbor', 25.2, 'done', 'high', 'henry', 'CCTV of the quay is black at night', 'Cameras 11 to 16.', 'tInfrared supply had failed.|aPort police confirms the picture.'),
  ('harbor', 26.7, 'cancelled', 'low', null, 'Coffee machine on floor 2', '', 'dBelongs to the canteen company.'),
  ('harbor', 28.1, 'done', 'normal', 'lucia', 'Draught in the control room', 'Operators wear jackets.', 'tSeal of the cable entry renewed.'),
  ('harbor', 30.0, 'done', 'normal', 'henry', 'Gutter cleaning, sheds 1 to 6', 'Before the autumn storms.', 'tDone, 14 bags.'),
  ('harbor', 32.4, 'done', 'high', 'lucia', 'Transformer room at 43 degrees', 'Fan runs, louvre is shut.', 'tActuator replaced, 29 degrees.'),
  ('harbor', 34.9, 'done', 'normal', 'henry', 'Door closer slams, reception', 'Twice a minute all day.', 'tAdjusted, new oil in spring.'),
  ('harbor', 36.6, 'done', 'normal', 'lucia', 'Test the flood gates', 'With the port authority, 7:00.', 'tAll four closed within 40 seconds.'),
  ('harbor', 39.3, 'done', 'low', 'henry', 'Remove the old billboard frame, P3', 'Rusty, two anchors are loose.', 'tDown and taken away.')
),
people as (
  select id, split_part(email, '.', 1) as person,
    case when 'Dispatcher' = any (roles) then 'd' when 'Technician' = any (roles) then 't'
      else 'a' end as duty
  from mortise.users where not 'SystemAdmin' = any (roles)
),
numbered as (
  select row_number() over (order by r.days desc)::int as number, r.*,
    date_trunc('minute', now() - r.days * interval '1 day') as born,
    -- what it takes from one step to the next: never past now
    r.days * interval '1 day' / case when r.days < 2 then 6 else 10 end as step,
    p.id as assignee,
    (select id from people where duty = 'd') as dispatcher,
    (select id from people where duty = 'a') as admin
  from raw r left join people p on p.person = r.person
  where r.tenant = (select code from mortise.tenants where id = mortise.tenant())
),
ticket as (
  select n.*,
    -- like those of the core: version 7, ordered by time
    overlay(overlay(overlay(md5(n.title || random()) placing lpad(to_hex(
      (extract(epoch from n.born) * 1000)::bigint), 12, '0') from 1) placing '7' from 13)
      placing substr('89ab', 1 + floor(random() * 4)::int, 1) from 17)::uuid as id,
    case n.state when 'new' then '{}' when 'assigned' then '{new,assigned}'
      when 'in_progress' then '{new,assigned,in_progress}'
      when 'on_hold' then '{new,assigned,in_progress,on_hold}'
      when 'done' then '{new,assigned,in_progress,done}' else '{new,cancelled}' end::text[] as path,
    string_to_array(nullif(n.comments, ''), '|') as said
  from numbered n
),
put_tickets as (
  insert into mortise.tickets (id, number, title, description, state, priority, assignee_id,
    created_by, version, created_at, updated_at, closed_at)
  select id, number, title, description, state, priority, assignee,
    case when number % 7 = 0 then admin else dispatcher end,
    greatest(1, cardinality(path)), born,
    born + step * greatest(0, cardinality(path) - 1),
    case when state in ('done', 'cancelled') then born + step * (cardinality(path) - 1) end
  from ticket
),
put_history as (
  insert into mortise.ticket_history (id, ticket_id, user_id, at, changes)
  select (extract(epoch from t.born + t.step * i) * 1000000)::bigint + i, t.id,
    case when i = 1 then t.dispatcher else t.assignee end, t.born + t.step * i,
    jsonb_build_object('state', jsonb_build_array(t.path[i], t.path[i + 1]))
      || case when t.path[i + 1] = 'assigned'
        then jsonb_build_object('assigneeId', jsonb_build_array(null, t.assignee)) else '{}' end
  from ticket t cross join generate_series(1, cardinality(t.path) - 1) i
),
put_comments as (
  insert into mortise.ticket_comments (id, ticket_id, author_id, body, created_at)
  select gen_random_uuid(), t.id,
    case left(c.text, 1) when 't' then t.assignee when 'd' then t.dispatcher else t.admin end,
    substr(c.text, 2), t.born + t.step * (c.n + 0.4)
  from ticket t cross join unnest(t.said) with ordinality c (text, n)
)
update mortise.counters set value = (select max(number) from ticket) where name = 'ticket';
