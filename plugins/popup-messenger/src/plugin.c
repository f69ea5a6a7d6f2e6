/*
 * plugin.c - Popup Messenger: what it offers. The handlers are in messages.c.
 */
#include "messenger.h"

#define USE "popup-messenger:use"

static const struct mt_field MESSAGE[] = {
	{.name = "toUserId", .type = MT_UUID, .flags = MT_REQUIRED},
	{.name = "message", .type = MT_TEXT, .flags = MT_REQUIRED, .min = 1, .max = MESSAGE_MAX},
	{0},
};

static const struct mt_route ROUTES[] = {
	{"GET", "/conversations", USE, .run = list_conversations},
	{"GET", "/conversations/:userId", USE, .run = get_conversation},
	{"GET", "/conversations/:userId/messages", USE, .run = list_messages},
	{"POST", "/conversations/:userId/read", USE, .run = mark_read},
	{"POST", "/send-message", USE, .fields = MESSAGE, .run = send_message},
	{0},
};

static const struct mt_hook JOBS[] = {
	{"forget", forget},
	{"tell", tell},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN,
	.key = MT_PLUGIN_KEY,
	.version = MT_PLUGIN_VERSION,
	.routes = ROUTES,
	.jobs = JOBS,
};
