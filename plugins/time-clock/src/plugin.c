/*
 * plugin.c - Time Clock: what it offers. The handlers are in clock.c and report.c.
 */
#include "time_clock.h"

#define CLOCK "time-clock:clock"

static const struct mt_field CLOCK_IN_FIELDS[] = {
	{.name = "technicianId", .type = MT_UUID, .flags = MT_NULLABLE},
	{.name = "ticketId", .type = MT_UUID, .flags = MT_REQUIRED},
	{0},
};

static const struct mt_field CLOCK_OUT_FIELDS[] = {
	{.name = "technicianId", .type = MT_UUID, .flags = MT_NULLABLE},
	{.name = "ticketId", .type = MT_UUID, .flags = MT_NULLABLE},
	{0},
};

static const struct mt_route ROUTES[] = {
	{"GET", "/status/:technicianId", CLOCK, .run = get_status},
	{"POST", "/clock-in", CLOCK, .fields = CLOCK_IN_FIELDS, .run = post_clock_in},
	{"POST", "/clock-out", CLOCK, .fields = CLOCK_OUT_FIELDS, .run = post_clock_out},
	{"GET", "/ticket-summary/:ticketId", CLOCK, .run = get_ticket_summary},
	{"GET", "/report", CLOCK, .run = get_report},
	{0},
};

static const struct mt_hook HOOKS[] = {
	{"disable", on_disable},
	{"uninstall", on_uninstall},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN,
	.key = MT_PLUGIN_KEY,
	.version = MT_PLUGIN_VERSION,
	.routes = ROUTES,
	.hooks = HOOKS,
};
