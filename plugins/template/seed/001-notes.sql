-- Rows to look at while developing: `mortise plugin seed --company northwind`. They run as the plugin in that company, and
-- may run again.
INSERT INTO x_my_plugin.notes (id, ticket_id, text, author)
	SELECT md5('my-plugin ' || t.id)::uuid, t.id, 'Ring twice, the bell is quiet', 'Seed'
	FROM mortise.tickets t ORDER BY t.number LIMIT 3
	ON CONFLICT DO NOTHING;
