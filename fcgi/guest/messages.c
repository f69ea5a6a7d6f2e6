/* messages.c - see messages.h. */
#include "guest/messages.h"

bool message_read_query(const void *data, size_t n, struct message_query *ret)
{
	struct wire_in in = wire_in(data, n);
	uint32_t args;

	ret->wants_rows = wire_u8(&in) != 0;
	ret->sql = wire_text(&in);
	args = wire_u32(&in);
	if (in.bad || args > WIRE_ARGS_MAX)
		return false;
	ret->n = (int)args;
	for (uint32_t i = 0; i < args; i++)
		ret->args[i] = wire_text_null(&in);
	return wire_end(&in);
}

bool message_read_service(const void *data, size_t n, struct message_service *ret)
{
	struct wire_in in = wire_in(data, n);
	uint32_t args;

	ret->what = (int)wire_u32(&in);
	args = wire_u32(&in);
	if (in.bad || args > WIRE_SERVICE_ARGS_MAX)
		return false;
	ret->n = (int)args;
	for (uint32_t i = 0; i < args; i++)
		ret->args[i] = wire_text_null(&in);
	ret->data = wire_bytes(&in, &ret->len);
	return wire_end(&in);
}

bool message_read_notify(const void *data, size_t n, struct message_notify *ret)
{
	struct wire_in in = wire_in(data, n);

	ret->kind = (int)wire_u32(&in);
	ret->target = wire_text(&in);
	ret->title = wire_text_null(&in);
	ret->message = wire_text_null(&in);
	ret->icon = wire_text_null(&in);
	ret->url = wire_text_null(&in);
	ret->priority = wire_text_null(&in);
	return wire_end(&in);
}

bool message_read_text(uint32_t type, const void *data, size_t n, struct message_text *ret)
{
	struct wire_in in = wire_in(data, n);

	*ret = (struct message_text){.pointer = ""};
	if (type == WIRE_LOG || type == WIRE_REFUSE || type == WIRE_CRASH)
		ret->code = (int)wire_u32(&in);
	if (type == WIRE_FIELD)
		ret->pointer = wire_text(&in);
	ret->text = wire_text(&in);
	return wire_end(&in);
}

bool message_read_body(const void *data, size_t n, size_t *ret_wanted)
{
	struct wire_in in = wire_in(data, n);

	*ret_wanted = (size_t)wire_u64(&in);
	return wire_end(&in);
}

bool message_read_done(const void *data, size_t n, struct message_done *ret)
{
	struct wire_in in = wire_in(data, n);
	uint32_t headers;

	*ret = (struct message_done){.rc = (int)wire_u32(&in)};
	headers = wire_u32(&in);
	if (in.bad || headers > WIRE_HEADERS_MAX)
		return false;
	ret->n_headers = (int)headers;
	for (uint32_t i = 0; i < headers; i++) {
		ret->header[i].name = wire_text(&in);
		ret->header[i].value = wire_text(&in);
	}
	ret->replied = wire_u8(&in) != 0;
	if (!ret->replied)
		return wire_end(&in);
	ret->status = (int)wire_u32(&in);
	ret->type = wire_text(&in);
	ret->file_name = wire_text_null(&in);
	ret->body = wire_bytes(&in, &ret->len);
	return wire_end(&in);
}
