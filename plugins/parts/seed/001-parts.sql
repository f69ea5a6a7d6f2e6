INSERT INTO x_parts.parts (id, sku, name, unit, stock, least) VALUES
	(gen_random_uuid(), 'V-20', 'Valve DN20', 'pcs', 12, 4),
	(gen_random_uuid(), 'P-15', 'Copper pipe 15 mm', 'm', 38.5, 20),
	(gen_random_uuid(), 'F-3', 'Filter cartridge', 'pcs', 2, 6),
	(gen_random_uuid(), 'T-1', 'Room thermostat', 'pcs', 5, 3),
	(gen_random_uuid(), 'G-9', 'Gasket set', 'sets', 0, 5);
