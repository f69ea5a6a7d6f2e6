CREATE TABLE x_abi_one.things (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	name text NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
