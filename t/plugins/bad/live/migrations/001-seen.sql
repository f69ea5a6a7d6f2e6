CREATE TABLE x_live.seen (
	tenant_id integer NOT NULL,
	n integer GENERATED ALWAYS AS IDENTITY,
	event text NOT NULL,
	type text NOT NULL,
	entity text,
	number integer,
	PRIMARY KEY (tenant_id, n)
);
