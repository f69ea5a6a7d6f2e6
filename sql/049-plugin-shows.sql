-- 049-plugin-shows.sql - how fast components of plugins are on people's screens, as their browsers measured it.

-- ms = milliseconds; first = of those whose bundle wasn't on the page yet, from where the place is drawn to where it shows.
create table plugin_shows (
  tenant_id int not null references tenants,
  plugin_key text not null references plugins on delete cascade,
  component text not null,
  day date not null,
  shows bigint not null,
  render_ms bigint not null,
  render_max int not null,
  firsts bigint not null,
  first_ms bigint not null,
  first_max int not null,
  primary key (tenant_id, plugin_key, component, day)
);
comment on table plugin_shows is 'How long components of plugins took to show, day by day; no person is named. Policy "tenant".';
alter table plugin_shows enable row level security, force row level security;
create policy tenant on plugin_shows using (tenant_id = (select mortise.tenant()));
create policy all_tenants on plugin_shows to mortise_steward, mortise_auth using (true) with check (true);
grant select, insert, update on plugin_shows to mortise_api;
grant select on plugin_shows to mortise_admin;
grant select, delete on plugin_shows to mortise_steward, mortise_auth;
