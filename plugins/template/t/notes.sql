-- Runs with pgTAP in a scratch schema, as the plugin in a company of the demo: grants and row-level security are those
-- of an installation. Everything is undone at its end. `mortise plugin test --only sql`
SELECT plan(4);

INSERT INTO x_my_plugin.notes (id, ticket_id, text, author)
	SELECT gen_random_uuid(), t.id, 'call first', 'Ann' FROM mortise.tickets t ORDER BY t.number LIMIT 1;
SELECT is((SELECT count(*)::int FROM x_my_plugin.notes), 1, 'a note on a ticket is kept');
SELECT throws_ok('INSERT INTO x_my_plugin.notes (id, ticket_id, author) SELECT gen_random_uuid(), gen_random_uuid(), ''Ann''',
	'23502', NULL, 'one without a text is not');
SELECT throws_ok('UPDATE mortise.tickets SET title = ''x''', '42501', NULL, 'tickets are only read');

SELECT in_company('harbor');
SELECT is_empty('SELECT FROM x_my_plugin.notes', 'another company sees none of it');

SELECT * FROM finish();
