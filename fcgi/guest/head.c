/* head.c - see head.h. */
#include "guest/head.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "base/utf8.h"

static const char *const SHOWN[] = {"application/json", "application/pdf", "text/plain", "text/csv",
	"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "audio/mpeg",
	"audio/ogg", "video/mp4", "video/webm"};

static const char *const HEADERS[] = {"Cache-Control", "Content-Language", "ETag", "Expires",
	"Last-Modified", "Location", "Retry-After", "Vary"};

/* X- headers are the plugin's but for these, which others read. */
static const char *const RESERVED[] = {"X-Accel-", "X-Mt-", "X-Request-Id", "X-Frame-",
	"X-Content-", "X-XSS-", "X-Robots-", "X-Forwarded-", "X-Permitted-", "X-DNS-",
	"X-Download-", "X-UA-", "X-WebKit-", "X-SourceMap", "X-Sendfile", "X-LIGHTTPD-", "X-Real-",
	"X-Powered-", "X-HTTP-", "X-Pingback"};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

bool head_is_shown(const char *type)
{
	size_t n = strcspn(type, "; ");

	for (size_t i = 0; i < COUNT(SHOWN); i++)
		if (strlen(SHOWN[i]) == n && strncasecmp(type, SHOWN[i], n) == 0)
			return true;
	return false;
}

static bool is_printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

static bool may_send(const char *name)
{
	for (const char *s = name; *s; s++)
		if (!isalnum((unsigned char)*s) && *s != '-')
			return false;
	for (size_t i = 0; i < COUNT(HEADERS); i++)
		if (strcasecmp(name, HEADERS[i]) == 0)
			return true;
	if (strncasecmp(name, "X-", 2) != 0 || !name[2])
		return false;
	for (size_t i = 0; i < COUNT(RESERVED); i++)
		if (strncasecmp(name, RESERVED[i], strlen(RESERVED[i])) == 0)
			return false;
	return true;
}

const char *head_fault(const char *name, const char *value)
{
	if (!name || !value || strlen(name) > 80 || !may_send(name) || !is_printable(value) ||
		strlen(value) > 2000)
		return "the plugin tried to send a header that it may not send";
	if (strcasecmp(name, "Location") == 0 &&
		(value[0] != '/' || value[1] == '/' || value[1] == '\\'))
		return "the plugin tried to lead the browser to another site";
	return NULL;
}

const char *head_reply_fault(int status, const char *type, const char *file_name)
{
	if (status < 200 || status > 299)
		return "a reply's status must be 200 to 299; mt_fail() is for the rest";
	if (!type || !strchr(type, '/') || strlen(type) > 120 || !is_printable(type))
		return "mt_reply_data needs a content type like \"text/csv\"";
	if (file_name && (strlen(file_name) > 200 || !*file_name ||
				 utf8_length(file_name, strlen(file_name)) < 0))
		return "a file name has 1 to 200 bytes of UTF-8";
	return NULL;
}
