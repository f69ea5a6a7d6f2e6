/*
 * plugin.c - Parts: what it offers. The handlers are in parts.c, moves.c and report.c.
 */
#include "parts.h"

#define USE "parts:use"
#define MANAGE "parts:manage"

static const struct mt_field LIST[] = {
	{.name = "q", .type = MT_STRING, .max = 100},
	{.name = "low", .type = MT_BOOLEAN},
	{.name = "sort", .type = MT_ENUM, .one_of = "name|-name|sku|-sku|stock|-stock"},
	{0},
};

static const struct mt_field DAYS[] = {
	{.name = "from", .type = MT_DATE},
	{.name = "to", .type = MT_DATE},
	{0},
};

static const struct mt_field PART[] = {
	{.name = "sku", .type = MT_STRING, .flags = MT_REQUIRED, .min = 1, .max = 40},
	{.name = "name", .type = MT_STRING, .flags = MT_REQUIRED, .min = 1, .max = 120},
	{.name = "unit", .type = MT_STRING, .flags = MT_REQUIRED, .min = 1, .max = 20},
	{.name = "least", .type = MT_DECIMAL, .max = QUANTITY_MAX},
	{.name = "stock", .type = MT_DECIMAL, .max = QUANTITY_MAX},
	{0},
};

static const struct mt_field CHANGE[] = {
	{.name = "sku", .type = MT_STRING, .min = 1, .max = 40},
	{.name = "name", .type = MT_STRING, .min = 1, .max = 120},
	{.name = "unit", .type = MT_STRING, .min = 1, .max = 20},
	{.name = "least", .type = MT_DECIMAL, .max = QUANTITY_MAX},
	{0},
};

static const struct mt_field MOVE[] = {
	{.name = "kind", .type = MT_ENUM, .flags = MT_REQUIRED, .one_of = "take|add|count"},
	{.name = "quantity", .type = MT_DECIMAL, .flags = MT_REQUIRED, .max = QUANTITY_MAX},
	{.name = "ticketId", .type = MT_UUID, .flags = MT_NULLABLE},
	{.name = "note", .type = MT_STRING, .flags = MT_NULLABLE, .max = 200},
	{0},
};

static const struct mt_route ROUTES[] = {
	{"GET", "/parts", USE, .run = list_parts, .query = LIST},
	{"POST", "/parts", MANAGE, .fields = PART, .run = post_part},
	{"GET", "/parts/export", USE, .run = export_parts},
	{"GET", "/parts/:id", USE, .run = get_part},
	{"PATCH", "/parts/:id", MANAGE, .fields = CHANGE, .run = patch_part},
	{"DELETE", "/parts/:id", MANAGE, .run = delete_part},
	{"GET", "/parts/:id/moves", USE, .run = list_moves},
	{"POST", "/parts/:id/moves", USE, .fields = MOVE, .run = post_move},
	{"GET", "/tickets/:ticketId/moves", USE, .run = ticket_moves},
	{"GET", "/report", USE, .run = get_report, .query = DAYS},
	{0},
};

static const struct mt_hook JOBS[] = {
	{"low-stock", low_stock},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN,
	.key = MT_PLUGIN_KEY,
	.version = MT_PLUGIN_VERSION,
	.routes = ROUTES,
	.jobs = JOBS,
};
