CREATE TABLE x_brokenhook.things (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
