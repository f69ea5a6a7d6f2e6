/* smtp.c - see smtp.h. */
#include "relay/smtp.h"

#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONNECT_S 15
#define MAIL_S 60     /* for one mail, of MAIL_SECONDS */
#define WORD_BYTES 45 /* of an encoded word, which is 75 long at most */

struct smtp {
	const struct conf *conf;
	const char *password;
	CURL *curl;
	char url[600];
	char error[CURL_ERROR_SIZE];
};

/* What libcurl reads of the last part of a mail. */
struct reading {
	const char *at;
	bool (*give)(void *arg);
	void *arg;
	bool given;
};

struct smtp *smtp_open(const struct conf *c, const char *password)
{
	struct smtp *s = calloc(1, sizeof(*s));
	const char *host = strstr(c->public_url, "//");

	if (!s || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
		!(s->curl = curl_easy_init())) {
		free(s);
		return NULL;
	}
	s->conf = c;
	s->password = password;
	host = host ? host + 2 : "";
	/* The path is the name that EHLO gives. */
	snprintf(s->url, sizeof(s->url), "%s/%.*s", c->smtp_url, (int)strcspn(host, ":/"), host);
	return s;
}

void smtp_close(struct smtp *s)
{
	curl_easy_cleanup(s->curl);
	free(s);
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* How many bytes of whole characters fit into n. */
static size_t whole(const char *text, size_t n)
{
	size_t len = strnlen(text, n + 1);

	if (len <= n)
		return len;
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void smtp_header_text(char *ret, size_t n, const char *text)
{
	char word[sodium_base64_ENCODED_LEN(WORD_BYTES, sodium_base64_VARIANT_ORIGINAL)];
	size_t at = 0;

	if (is_plain(text) && strlen(text) < n && strlen(text) <= 200) {
		snprintf(ret, n, "%s", text);
		return;
	}
	*ret = '\0';
	while (*text) {
		size_t len = whole(text, WORD_BYTES);

		if (len == 0 || at + 80 > n)
			return;
		sodium_bin2base64(word, sizeof(word), (const unsigned char *)text, len,
			sodium_base64_VARIANT_ORIGINAL);
		at += (size_t)snprintf(
			ret + at, n - at, "%s=?UTF-8?B?%s?=", at ? "\r\n " : "", word);
		text += len;
	}
}

static size_t read_last(char *ret, size_t size, size_t n, void *arg)
{
	struct reading *r = arg;
	size_t left = strlen(r->at);

	if (left == 0 && !r->given) {
		r->given = r->give(r->arg);
		if (!r->given)
			return CURL_READFUNC_ABORT;
	}
	if (left > size * n)
		left = size * n;
	memcpy(ret, r->at, left);
	r->at += left;
	return left;
}

static void set_server(struct smtp *s)
{
	const struct conf *c = s->conf;
	CURL *curl = s->curl;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, s->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)MAIL_S);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, s->error);
	curl_easy_setopt(curl, CURLOPT_USE_SSL,
		(long)(strcmp(c->smtp_tls, "none") != 0 ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	if (c->smtp_ca[0]) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, c->smtp_ca);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	if (c->smtp_user[0]) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, c->smtp_user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, s->password ? s->password : "");
	}
}

static struct curl_slist *add(struct curl_slist *list, const char *name, const char *value)
{
	char line[2000];

	snprintf(line, sizeof(line), "%s: %s", name, value);
	return curl_slist_append(list, line);
}

static struct curl_slist *headers_of(const struct smtp *s, const struct smtp_mail *m)
{
	const char *from = s->conf->smtp_from, *domain = strrchr(from, '@');
	char text[1000], line[1500], date[64];
	time_t now = time(NULL);
	struct curl_slist *h = NULL;
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	h = add(h, "Date", date);
	snprintf(line, sizeof(line), "Mortise <%s>", from);
	h = add(h, "From", line);
	/* As an encoded word a name needs no quotes, whatever is in it. */
	smtp_header_text(text, sizeof(text), m->to_name);
	if (strpbrk(m->to_name, "\"\\<>()[]:;@,.") && text[0] != '=')
		snprintf(line, sizeof(line), "<%s>", m->to);
	else
		snprintf(line, sizeof(line), "%s <%s>", text, m->to);
	h = add(h, "To", line);
	smtp_header_text(text, sizeof(text), m->subject);
	h = add(h, "Subject", text);
	snprintf(line, sizeof(line), "<%s%s>", m->id, domain ? domain : "@localhost");
	h = add(h, "Message-ID", line);
	if (m->unsubscribe) {
		snprintf(line, sizeof(line), "<%s>", m->unsubscribe);
		h = add(h, "List-Unsubscribe", line);
		h = add(h, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
	}
	h = add(h, "Auto-Submitted", "auto-generated"); /* RFC 3834: no answers of machines */
	return add(h, "Content-Type", "multipart/alternative");
}

static void add_part(curl_mime *mime, const char *type, const char *text, struct reading *last)
{
	curl_mimepart *part = curl_mime_addpart(mime);

	curl_mime_type(part, type);
	curl_mime_encoder(part, "quoted-printable");
	if (last)
		curl_mime_data_cb(part, -1, read_last, NULL, NULL, last);
	else
		curl_mime_data(part, text, CURL_ZERO_TERMINATED);
}

static void say(char ret[SMTP_FAULT_MAX], const struct smtp *s, CURLcode code)
{
	snprintf(ret, SMTP_FAULT_MAX, "%s", s->error[0] ? s->error : curl_easy_strerror(code));
}

/* By RFC 5321 4.2.1 4yz is for now and 5yz for good. libcurl names the command in its words only. */
static enum smtp_end judge(
	struct smtp *s, CURLcode code, bool given, char ret_fault[SMTP_FAULT_MAX])
{
	long reply = 0;

	if (code == CURLE_OK)
		return SMTP_TAKEN;
	say(ret_fault, s, code);
	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &reply);
	if (given && (reply < 400 || code == CURLE_OPERATION_TIMEDOUT))
		return SMTP_UNKNOWN;
	if (given || strncmp(s->error, "RCPT failed", 11) == 0 ||
		strncmp(s->error, "DATA failed", 11) == 0)
		return reply >= 500 ? SMTP_REFUSED : SMTP_LATER;
	return SMTP_DOWN;
}

enum smtp_end smtp_send(struct smtp *s, const struct smtp_mail *m, bool (*give)(void *arg),
	void *arg, char ret_fault[SMTP_FAULT_MAX])
{
	struct reading html = {.at = m->html, .give = give, .arg = arg};
	struct curl_slist *headers = headers_of(s, m), *to = NULL;
	char from[300], rcpt[300];
	enum smtp_end ret;
	curl_mime *mime;
	CURLcode code;

	*ret_fault = s->error[0] = '\0';
	set_server(s);
	snprintf(from, sizeof(from), "<%s>", s->conf->smtp_from);
	snprintf(rcpt, sizeof(rcpt), "<%s>", m->to);
	to = curl_slist_append(NULL, rcpt);
	mime = curl_mime_init(s->curl);
	add_part(mime, "text/plain; charset=utf-8", m->text, NULL);
	add_part(mime, "text/html; charset=utf-8", NULL, &html);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(s->curl, CURLOPT_MIMEPOST, mime);
	code = curl_easy_perform(s->curl);
	ret = judge(s, code, html.given, ret_fault);
	curl_easy_reset(s->curl); /* it has pointers to what goes now */
	curl_mime_free(mime);
	curl_slist_free_all(to);
	curl_slist_free_all(headers);
	return ret;
}
