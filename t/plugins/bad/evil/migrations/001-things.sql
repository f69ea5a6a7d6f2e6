CREATE TABLE x_evil.things (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	name text NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
