-- Rows of a tenant, guarded by row-level security on tenant_id (forced at hand-over).
CREATE TABLE x_parts.parts (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	sku text NOT NULL,
	name text NOT NULL,
	unit text NOT NULL,
	stock numeric(12, 2) NOT NULL DEFAULT 0,
	least numeric(12, 2) NOT NULL DEFAULT 0,
	version integer NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id),
	CONSTRAINT parts_sku UNIQUE (tenant_id, sku),
	CONSTRAINT parts_stock CHECK (stock >= 0 AND least >= 0)
);
CREATE INDEX parts_name ON x_parts.parts (tenant_id, lower(name), id);
CREATE INDEX parts_stock_order ON x_parts.parts (tenant_id, stock, id);
CREATE INDEX parts_low ON x_parts.parts (tenant_id, lower(name), id) WHERE stock < least;

COMMENT ON TABLE x_parts.parts IS 'What is in stock, how much of it, and how much there should be at least. Tenant rows.';

-- Each change of a stock stays, with what the stock was after it.
CREATE TABLE x_parts.moves (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	part_id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('take', 'add', 'count')),
	change numeric(12, 2) NOT NULL,
	stock numeric(12, 2) NOT NULL,
	ticket_id uuid,
	ticket_number integer,
	note text,
	moved_by uuid,
	moved_by_name text NOT NULL,
	moved_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, part_id) REFERENCES x_parts.parts ON DELETE CASCADE
);
CREATE INDEX moves_part ON x_parts.moves (tenant_id, part_id, moved_at, id);
CREATE INDEX moves_ticket ON x_parts.moves (tenant_id, ticket_id, moved_at);
CREATE INDEX moves_person ON x_parts.moves (tenant_id, moved_by);
CREATE INDEX moves_time ON x_parts.moves (tenant_id, moved_at);

COMMENT ON TABLE x_parts.moves IS 'Who took, added or counted which part, when and for which ticket. Tenant rows.';
