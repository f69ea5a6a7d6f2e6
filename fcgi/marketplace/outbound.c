/* outbound.c - libcurl for one call of a plugin: see outbound.h. */
#include "marketplace/outbound.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "marketplace/address.h"
#include "marketplace/get.h"

#define CONNECT_MS 8000L
#define URL_MAX 4096

struct place {
	char host[300];
	int port;
	bool tls;
};

struct call {
	const struct outbound_call *c;
	CURL *curl;
	const char *allow, *method;
	struct place first, here;
	bool trusted; /* the operator named this host and port */
	bool webhook; /* a company's own: no redirect is followed */
	bool moves;   /* the answer is a redirect that is followed */
	bool is_head_sent;
	long status, got, max, header_bytes;
	json_t *headers; /* of the answer */
	struct buf ca;
	char reason[16], message[300], says[CURL_ERROR_SIZE];
};

static int fail(struct call *k, const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The first reason is the cause; always -1. */
static int fail(struct call *k, const char *reason, const char *fmt, ...)
{
	va_list ap;

	if (k->reason[0])
		return -1;
	snprintf(k->reason, sizeof(k->reason), "%s", reason);
	va_start(ap, fmt);
	vsnprintf(k->message, sizeof(k->message), fmt, ap);
	va_end(ap);
	return -1;
}

/* --- frames ----------------------------------------------------------------------------------------- */

static int put(int fd, enum outbound_type type, const void *data, size_t n)
{
	unsigned char head[OUTBOUND_FRAME];
	struct iovec part[2] = {{head, sizeof(head)}, {(void *)data, n}};
	struct msghdr m = {.msg_iov = part, .msg_iovlen = 2};
	ssize_t k;

	outbound_frame(head, type, n);
	while (part[0].iov_len + part[1].iov_len > 0) {
		size_t done;

		k = sendmsg(fd, &m, MSG_NOSIGNAL);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		for (int i = 0; i < 2; i++) {
			done = (size_t)k < part[i].iov_len ? (size_t)k : part[i].iov_len;
			part[i].iov_base = (char *)part[i].iov_base + done;
			part[i].iov_len -= done;
			k -= (ssize_t)done;
		}
	}
	return 0;
}

static int put_json(int fd, enum outbound_type type, json_t *v)
{
	char *text = v ? json_dumps(v, JSON_COMPACT) : NULL;
	int rc = text && strlen(text) <= OUTBOUND_TEXT_MAX ? put(fd, type, text, strlen(text)) : -1;

	free(text);
	json_decref(v);
	return rc;
}

int outbound_refuse(int fd, const char *reason, const char *message)
{
	return put_json(
		fd, OUTBOUND_END, json_pack("{ss ss*}", "reason", reason, "message", message));
}

/* --- which servers ---------------------------------------------------------------------------------- */

static bool read_part(CURLU *u, CURLUPart what, unsigned flags, char *ret, size_t n)
{
	char *text = NULL;
	bool ok = curl_url_get(u, what, &text, flags) == CURLUE_OK && strlen(text) < n;

	if (ok)
		snprintf(ret, n, "%s", text);
	curl_free(text);
	return ok;
}

static bool read_place(const char *url, struct place *ret)
{
	CURLU *u = curl_url();
	char scheme[12] = "", port[8] = "";
	bool ok = u && strlen(url) < URL_MAX &&
		  curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
		  read_part(u, CURLUPART_SCHEME, 0, scheme, sizeof(scheme)) &&
		  read_part(u, CURLUPART_HOST, 0, ret->host, sizeof(ret->host)) &&
		  read_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, port, sizeof(port));

	ret->tls = strcasecmp(scheme, "https") == 0;
	ret->port = (int)strtol(port, NULL, 10);
	curl_url_cleanup(u);
	return ok && (ret->tls || strcasecmp(scheme, "http") == 0);
}

static bool same_place(const struct place *a, const struct place *b)
{
	return a->tls == b->tls && a->port == b->port && !strcasecmp(a->host, b->host);
}

/* "host" alone is https: a port has to be named for http. */
static int judge(struct call *k, const char *url)
{
	bool exact;

	if (!read_place(url, &k->here))
		return fail(
			k, "refused", "it is no http:// or https:// address without a password");
	if (!outbound_allows(k->allow, k->here.host, k->here.port, &exact))
		return fail(k, "refused", "the plugin's permissions don't name %.200s:%d",
			k->here.host, k->here.port);
	outbound_allows(k->c->operator_allow, k->here.host, k->here.port, &k->trusted);
	if (!k->here.tls && k->here.port == 443)
		return fail(k, "refused", "port 443 is https");
	return 0;
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct call *k = arg;
	const char *what = k->trusted || k->c->proxy[0] ? NULL : address_special(&a->addr);

	(void)purpose;
	if (what) {
		fail(k, "refused",
			"its address is not public (%s): only %s in mortise.conf lets that pass",
			what, k->webhook ? "webhook_allow" : "plugin_fetch_allow");
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static void add_port(int port, unsigned short **at, const unsigned short *end)
{
	if (port > 0 && port <= 65535 && *at < end)
		*(*at)++ = (unsigned short)port;
}

void outbound_ports(const struct outbound_call *c, unsigned short *ret, size_t most)
{
	const char *list = json_str(c->order, "allow", "");
	unsigned short *at = ret, *end = ret + most;
	struct place proxy;

	add_port(443, &at, end);
	if (c->proxy[0] && read_place(c->proxy, &proxy))
		add_port(proxy.port, &at, end);
	for (const char *s = list; *s; s += strcspn(s, " "), s += strspn(s, " ")) {
		size_t n = strcspn(s, " ");
		const char *colon = memrchr(s, ':', n);

		if (colon)
			add_port((int)strtol(colon + 1, NULL, 10), &at, end);
	}
	*at = 0;
}

/* --- the answer ------------------------------------------------------------------------------------- */

static bool is_moved(const struct call *k)
{
	return k->status == 301 || k->status == 302 || k->status == 303 || k->status == 307 ||
	       k->status == 308;
}

static size_t end_of_headers(struct call *k, size_t n)
{
	char *url = NULL;

	if (k->status < 200 || k->moves)
		return n;
	curl_easy_getinfo(k->curl, CURLINFO_EFFECTIVE_URL, &url);
	k->is_head_sent = true;
	if (put_json(k->c->fd, OUTBOUND_HEAD,
		    json_pack("{sI ss* sO}", "status", (json_int_t)k->status, "url", url, "headers",
			    k->headers)) == 0)
		return n;
	fail(k, "broken", "its headers are no text");
	return 0;
}

static size_t take_header(char *line, size_t size, size_t count, void *arg)
{
	struct call *k = arg;
	size_t n = size * count, len = n;
	const char *colon = memchr(line, ':', n);

	if (k->is_head_sent) /* of its end: nobody reads them */
		return n;
	if (n > 5 && !memcmp(line, "HTTP/", 5)) {
		curl_easy_getinfo(k->curl, CURLINFO_RESPONSE_CODE, &k->status);
		json_array_clear(k->headers);
		return n;
	}
	if ((k->header_bytes += (long)n) > OUTBOUND_HEADERS_MAX) {
		fail(k, "size", "its answer has more than %d KB of headers",
			OUTBOUND_HEADERS_MAX >> 10);
		return 0;
	}
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (len == 0)
		return end_of_headers(k, n);
	if (colon && colon < line + len) {
		const char *value = colon + 1;

		while (value < line + len && (*value == ' ' || *value == '\t'))
			value++;
		if (!strncasecmp(line, "location:", 9) && is_moved(k) && !k->webhook)
			k->moves = true;
		/* A header that is no UTF-8 is left out. */
		json_array_append_new(k->headers, json_pack("[s%,s%]", line, (size_t)(colon - line),
							  value, (size_t)(line + len - value)));
	}
	return n;
}

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
	struct call *k = arg;
	size_t n = size * count;

	if (k->moves)
		return n;
	if ((k->got += (long)n) > k->max) {
		fail(k, "size", "it has more than the %ld bytes that are allowed", k->max);
		return 0;
	}
	for (size_t at = 0; at < n;) {
		size_t piece = n - at < OUTBOUND_PIECE_MAX ? n - at : OUTBOUND_PIECE_MAX;

		if (put(k->c->fd, OUTBOUND_BODY, data + at, piece) < 0) {
			fail(k, "broken", "its answer was not read any more");
			return 0;
		}
		at += piece;
	}
	return n;
}

/* The host has gone, or doesn't want the answer any more. */
static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct call *k = arg;
	struct pollfd p = {.fd = k->c->fd, .events = POLLRDHUP};

	(void)a, (void)b, (void)c, (void)d;
	return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* --- the request ------------------------------------------------------------------------------------ */

static void set_options(struct call *k)
{
	CURL *c = k->curl;

	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, k->c->proxy);
	curl_easy_setopt(c, CURLOPT_NOPROXY, "");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "Mortise/" MORTISE_VERSION);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, k->says);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, k);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, k);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, k);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, k);
	curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

/* Headers for this hop: elsewhere than where the plugin turned to, none that lets somebody in. */
static int make_headers(struct call *k, struct curl_slist **ret)
{
	bool moved = !same_place(&k->first, &k->here);
	char line[8400];
	json_t *h;
	size_t i;

	*ret = curl_slist_append(NULL, "Expect:");
	json_array_foreach(json_object_get(k->c->order, "headers"), i, h) {
		const char *name = json_str(h, "name", ""), *value = json_str(h, "value", "");
		bool secret = json_is_true(json_object_get(h, "secret"));

		if (!outbound_header_ok(name, value))
			return fail(k, "refused", "the header %.60s can't be sent so", name);
		if (secret && !k->here.tls && !k->trusted)
			return fail(k, "refused", "a secret is sent by https alone");
		if (moved && (secret || !strcasecmp(name, "Authorization") ||
				     !strcasecmp(name, "Cookie")))
			continue;
		/* curl takes "Name:" for its removal: a semicolon is an empty value */
		snprintf(line, sizeof(line), *value ? "%s: %s" : "%s;", name, value);
		*ret = curl_slist_append(*ret, line);
	}
	return 0;
}

static bool set_method(struct call *k)
{
	static const char *const KNOWN = "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|";
	long n = (long)json_integer_value(json_object_get(k->c->order, "length"));
	char word[16];

	snprintf(word, sizeof(word), "%s|", k->method);
	if (!strstr(KNOWN, word) || strchr(k->method, '|'))
		return false;
	curl_easy_setopt(k->curl, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(k->curl, CURLOPT_CUSTOMREQUEST, NULL);
	if (strcmp(k->method, "HEAD") == 0) {
		curl_easy_setopt(k->curl, CURLOPT_NOBODY, 1L);
		return true;
	}
	if (n > 0 || strcmp(k->method, "POST") == 0) {
		curl_easy_setopt(k->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
		curl_easy_setopt(k->curl, CURLOPT_POSTFIELDS, k->c->body);
	}
	curl_easy_setopt(k->curl, CURLOPT_CUSTOMREQUEST, k->method);
	return true;
}

static int failed(struct call *k, CURLcode rc)
{
	const char *says = k->says[0] ? k->says : curl_easy_strerror(rc);

	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return fail(k, "resolve", "its name can't be resolved");
	case CURLE_COULDNT_CONNECT:
		return fail(k, "connect", "it can't be reached: %s", says);
	case CURLE_OPERATION_TIMEDOUT:
		return fail(k, "timeout", "it did not answer in time");
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
		return fail(k, "tls", "its certificate or TLS isn't right: %s", says);
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
		return fail(k, "broken", "its answer was cut off: %s", says);
	default:
		return fail(k, "broken", "%s", says);
	}
}

/* 0 = done, 1 = on to *ret_next (curl's memory), -1. */
static int run_hop(struct call *k, const char *url, char **ret_next)
{
	struct curl_slist *headers = NULL;
	int left = clock_left(k->c->deadline);
	CURLcode rc = CURLE_FAILED_INIT;

	k->moves = false;
	k->header_bytes = 0;
	if (left == 0)
		return fail(k, "timeout", "it did not answer in time");
	if (!set_method(k))
		return fail(k, "refused",
			"the method is none of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
	if (make_headers(k, &headers) == 0) {
		curl_easy_setopt(k->curl, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(k->curl, CURLOPT_URL, url);
		curl_easy_setopt(k->curl, CURLOPT_TIMEOUT_MS, (long)left);
		rc = curl_easy_perform(k->curl);
	}
	curl_slist_free_all(headers);
	/* An address that was refused before another one worked is no failure. */
	if (rc == CURLE_OK)
		k->reason[0] = '\0';
	if (rc != CURLE_OK)
		return failed(k, rc);
	if (!k->moves)
		return 0;
	curl_easy_getinfo(k->curl, CURLINFO_REDIRECT_URL, ret_next);
	if (!*ret_next)
		return fail(k, "broken", "it redirects to nowhere");
	/* As browsers do: only 307 and 308 repeat what was sent. */
	if (k->status == 303 || (k->status < 307 && strcmp(k->method, "POST") == 0))
		k->method = strcmp(k->method, "HEAD") == 0 ? "HEAD" : "GET";
	return 1;
}

static int follow(struct call *k)
{
	char url[URL_MAX], *next = NULL;
	bool had_body = true;
	int rc;

	if (strlen(json_str(k->c->order, "url", "")) >= sizeof(url))
		return fail(k, "refused", "its address is too long");
	snprintf(url, sizeof(url), "%s", json_str(k->c->order, "url", ""));
	for (int hop = 0; hop <= OUTBOUND_REDIRECTS_MAX; hop++) {
		bool first = hop == 0;

		if (judge(k, url) < 0)
			return -1;
		if (first)
			k->first = k->here;
		if ((rc = run_hop(k, url, &next)) <= 0)
			return rc;
		if (had_body && (!strcmp(k->method, "GET") || !strcmp(k->method, "HEAD"))) {
			json_object_set_new((json_t *)k->c->order, "length", json_integer(0));
			had_body = false;
		}
		if (strlen(next) >= sizeof(url))
			return fail(k, "refused", "it redirects to an address that is too long");
		snprintf(url, sizeof(url), "%s", next);
	}
	return fail(k, "refused", "it redirects more than %d times", OUTBOUND_REDIRECTS_MAX);
}

void outbound_run(const struct outbound_call *c)
{
	struct call k = {.c = c,
		.allow = json_str(c->order, "allow", ""),
		.method = json_str(c->order, "method", ""),
		.max = (long)json_integer_value(json_object_get(c->order, "max")),
		.webhook = json_is_true(json_object_get(c->order, "webhook")),
		.headers = json_array()};
	int rc = -1;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(k.curl = curl_easy_init()))
		fail(&k, "broken", "libcurl does not start");
	else if (set_options(&k), c->ca_fd >= 0 && get_authorities(k.curl, c->ca_fd, &k.ca) < 0)
		fail(&k, "tls", "the file of plugin_fetch_ca can't be read: %s", strerror(errno));
	else
		rc = follow(&k);
	outbound_refuse(c->fd, rc == 0 ? "" : k.reason, rc == 0 ? NULL : k.message);
	if (k.curl)
		curl_easy_cleanup(k.curl);
	if (c->ca_fd >= 0)
		buf_release(&k.ca);
	json_decref(k.headers);
}
