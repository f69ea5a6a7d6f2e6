/* get.c - libcurl with everything closed that isn't needed: see get.h. */
#include "marketplace/get.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "marketplace/address.h"

#define CONNECT_MS 8000L
#define SLOW_BYTES 512L /* a second, on average over SLOW_S */
#define SLOW_S 10L
#define CA_MAX (8L << 20)
#define PROGRESS_MS 250

struct get {
	const struct get_order *order;
	struct get_answer *answer;
	CURL *curl;
	struct buf ca;
	bool allowed;	  /* this hop's host:port is in the list */
	bool plain;	  /* and its scheme is http */
	long headers;	  /* bytes of this hop's */
	int64_t reported; /* clock_ms() of the last progress */
	char curl_says[CURL_ERROR_SIZE];
};

/* The first reason is the cause; always -1. */
static int fail(struct get *g, const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct get *g, const char *reason, const char *fmt, ...)
{
	va_list ap;

	g->answer->status = 0;
	if (g->answer->reason[0])
		return -1;
	snprintf(g->answer->reason, sizeof(g->answer->reason), "%s", reason);
	va_start(ap, fmt);
	vsnprintf(g->answer->message, sizeof(g->answer->message), fmt, ap);
	va_end(ap);
	return -1;
}

struct place {
	char host[300];
	char port[8];
	bool plain;
};

static bool read_part(CURLU *u, CURLUPart what, unsigned flags, char *ret, size_t n)
{
	char *text = NULL;
	bool ok = curl_url_get(u, what, &text, flags) == CURLUE_OK && strlen(text) < n;

	if (ok)
		snprintf(ret, n, "%s", text);
	curl_free(text);
	return ok;
}

/* Host and port of an https URL without credentials, or of an http one. */
static bool read_place(const char *url, struct place *ret)
{
	CURLU *u = curl_url();
	char scheme[12] = "";
	bool ok = u && curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
		  read_part(u, CURLUPART_SCHEME, 0, scheme, sizeof(scheme)) &&
		  (!strcasecmp(scheme, "https") || !strcasecmp(scheme, "http")) &&
		  read_part(u, CURLUPART_HOST, 0, ret->host, sizeof(ret->host)) &&
		  read_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, ret->port, sizeof(ret->port));

	ret->plain = !strcasecmp(scheme, "http");
	curl_url_cleanup(u);
	return ok;
}

static bool is_listed(const char *list, const struct place *p)
{
	char word[320];
	size_t want = (size_t)snprintf(word, sizeof(word), "%s:%s", p->host, p->port);

	for (const char *at = list + strspn(list, " \t,"); *at; at += strspn(at, " \t,")) {
		size_t n = strcspn(at, " \t,");

		if (n == want && !strncasecmp(at, word, n))
			return true;
		at += n;
	}
	return false;
}

/* May this URL be fetched at all? The address behind its name is checked when it is connected to. */
static int check_url(struct get *g, const char *url)
{
	const struct get_order *o = g->order;
	struct place p, base;

	if (!read_place(url, &p) || (p.plain && !(o->plain && is_listed(o->allow, &p))))
		return fail(
			g, "refused", "not an https:// address without a password: %.200s", url);
	g->allowed = is_listed(o->allow, &p);
	g->plain = p.plain;
	if (g->allowed || !strcmp(p.port, "443"))
		return 0;
	if (read_place(o->base, &base) && !strcasecmp(base.host, p.host) &&
		!strcmp(base.port, p.port))
		return 0;
	return fail(g, "refused", "%s:%s is on a port of its own, which %s doesn't name", p.host,
		p.port, o->rule);
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct get *g = arg;
	const char *what = g->allowed ? NULL : address_special(&a->addr);

	(void)purpose;
	if (g->plain && (!(what = address_special(&a->addr)) || strcmp(what, "loopback") != 0)) {
		fail(g, "refused", "http is for addresses of this machine alone: use https");
		return CURL_SOCKET_BAD;
	}
	if (g->plain)
		what = NULL;
	if (what) {
		fail(g, "refused",
			"its address is not public (%s); only %s in mortise.conf lets that pass",
			what, g->order->rule);
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static size_t take_header(char *line, size_t size, size_t n, void *arg)
{
	struct get *g = arg;
	size_t len = size * n;

	g->headers += (long)len;
	if (g->headers > GET_HEADERS_MAX) {
		fail(g, "size", "its answer has more than %ld KB of headers",
			GET_HEADERS_MAX >> 10);
		return 0;
	}
	if (len > 5 && !strncasecmp(line, "etag:", 5)) {
		size_t from = 5 + strspn(line + 5, " \t"), end = len;

		while (end > from && strchr("\r\n \t", line[end - 1]))
			end--;
		if (end - from < sizeof(g->answer->etag))
			snprintf(g->answer->etag, sizeof(g->answer->etag), "%.*s",
				(int)(end - from), line + from);
	}
	return len;
}

/* libcurl calls this at least once a second, with new bytes or without; other than 0 ends the
 * transfer. */
static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct get *g = arg;
	int64_t now = clock_ms();

	(void)a, (void)b, (void)c, (void)d;
	if (!g->order->progress || now < g->reported + PROGRESS_MS)
		return 0;
	g->reported = now;
	return g->order->progress(g->answer->bytes);
}

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
	struct get *g = arg;
	size_t len = size * n, done = 0;
	long status = 0;

	curl_easy_getinfo(g->curl, CURLINFO_RESPONSE_CODE, &status);
	g->answer->bytes += (long)len;
	if (g->answer->bytes > g->order->max) {
		fail(g, "size", "it is larger than the %ld bytes that are allowed", g->order->max);
		return 0;
	}
	while (status == 200 && done < len) {
		ssize_t k = write(g->order->fd, data + done, len - done);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			fail(g, "broken", "it can't be stored here: %s", strerror(errno));
			return 0;
		}
		done += (size_t)k;
	}
	return len;
}

/* Closes it, too; -1 is a file that isn't there. */
static int add_file(struct buf *b, int fd)
{
	char chunk[16384];
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, chunk, sizeof(chunk))) > 0 &&
		buf_add(b, chunk, (size_t)n) == 0)
		;
	if (fd >= 0)
		close(fd);
	return n < 0 || b->full || buf_adds(b, "\n") < 0 ? -1 : 0;
}

/* The system's authorities and the configured ones together. */
int get_authorities(void *curl, int ca_fd, struct buf *keep)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
	struct curl_blob blob = {.flags = CURL_BLOB_NOCOPY};

	buf_init(keep, CA_MAX);
	if (v->cainfo && add_file(keep, open(v->cainfo, O_RDONLY | O_CLOEXEC)) < 0)
		buf_clear(keep);
	if (add_file(keep, ca_fd) < 0)
		return -1;
	blob.data = keep->data;
	blob.len = keep->len;
	return curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob) == CURLE_OK ? 0 : -1;
}

/* Without configured ones it is libcurl's own way. */
static int set_authorities(struct get *g)
{
	if (g->order->ca_fd < 0 || get_authorities(g->curl, g->order->ca_fd, &g->ca) == 0)
		return 0;
	return fail(g, "tls", "the file of marketplace_ca can't be read: %s", strerror(errno));
}

static void set_options(struct get *g)
{
	CURL *c = g->curl;

	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, g->order->plain ? "https,http" : "https");
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "Mortise/" MORTISE_VERSION);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)g->order->max);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, SLOW_S);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, g->curl_says);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, g);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, g);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, g);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, g);
}

static void set_credentials(struct get *g)
{
	const struct get_order *o = g->order;
	CURL *c = g->curl;

	if (o->post)
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, o->post);
	if (o->basic) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(c, CURLOPT_USERPWD, o->basic);
	}
	if (o->bearer) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER, o->bearer);
	}
}

static int failed(struct get *g, CURLcode rc)
{
	const char *says = g->curl_says[0] ? g->curl_says : curl_easy_strerror(rc);

	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return fail(g, "resolve", "its name can't be resolved");
	case CURLE_COULDNT_CONNECT:
		return fail(g, "connect", "it can't be reached: %s", says);
	case CURLE_OPERATION_TIMEDOUT:
		return fail(g, "timeout", "it is too slow: %s", says);
	case CURLE_FILESIZE_EXCEEDED:
		return fail(g, "size", "it is larger than the %ld bytes that are allowed",
			g->order->max);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
		return fail(g, "tls", "its certificate or TLS isn't right: %s", says);
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
		return fail(g, "broken", "its answer was cut off: %s", says);
	default:
		return fail(g, "broken", "%s", says);
	}
}

/* One request. 0 = done, 1 = redirected to *ret_next (curl's memory), -1. */
static int request_once(struct get *g, const char *url, int64_t deadline, char **ret_next)
{
	CURLcode rc;
	long status = 0;
	int left = clock_left(deadline);

	if (left == 0)
		return fail(
			g, "timeout", "it is too slow: %d seconds have passed", g->order->seconds);
	g->headers = g->answer->bytes = 0;
	g->answer->etag[0] = '\0';
	curl_easy_setopt(g->curl, CURLOPT_URL, url);
	curl_easy_setopt(g->curl, CURLOPT_TIMEOUT_MS, (long)left);
	rc = curl_easy_perform(g->curl);
	/* An address that was refused before another one worked is no failure. */
	if (rc == CURLE_OK)
		g->answer->reason[0] = '\0';
	if (rc != CURLE_OK)
		return failed(g, rc);
	curl_easy_getinfo(g->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(g->curl, CURLINFO_REDIRECT_URL, ret_next);
	if (status >= 300 && status < 400 && status != 304 && *ret_next && !g->order->post &&
		!g->order->basic && !g->order->bearer)
		return 1;
	if (status != 200 && !(status == 304 && g->order->etag[0])) {
		g->answer->http = (int)status;
		return fail(g, "status", "answered with status %ld", status);
	}
	g->answer->status = (int)status;
	return 0;
}

static int follow(struct get *g)
{
	int64_t deadline = clock_ms() + (int64_t)g->order->seconds * 1000;
	char url[2048], *next = NULL;
	int rc;

	if (strlen(g->order->url) >= sizeof(url))
		return fail(g, "refused", "its address is too long");
	snprintf(url, sizeof(url), "%s", g->order->url);
	for (int hop = 0; hop <= GET_REDIRECTS_MAX; hop++) {
		if (check_url(g, url) < 0)
			return -1;
		rc = request_once(g, url, deadline, &next);
		if (rc <= 0)
			return rc;
		if (strlen(next) >= sizeof(url))
			return fail(g, "redirect", "it redirects to an address that is too long");
		snprintf(url, sizeof(url), "%s", next);
	}
	return fail(g, "redirect", "it redirects more than %d times", GET_REDIRECTS_MAX);
}

static void add_port(const char *text, size_t n, unsigned short **at, const unsigned short *end)
{
	char port[8];
	long number;

	snprintf(port, sizeof(port), "%.*s", (int)n, text);
	number = strtol(port, NULL, 10);
	if (number > 0 && number <= 65535 && *at < end)
		*(*at)++ = (unsigned short)number;
}

void get_ports(const struct get_order *o, unsigned short *ret, size_t most)
{
	unsigned short *at = ret, *end = ret + most;
	struct place base;

	add_port("443", 3, &at, end);
	if (read_place(o->base, &base))
		add_port(base.port, strlen(base.port), &at, end);
	for (const char *word = o->allow + strspn(o->allow, " \t,"); *word;) {
		size_t n = strcspn(word, " \t,");
		const char *colon = memrchr(word, ':', n);

		if (colon)
			add_port(colon + 1, (size_t)(word + n - colon - 1), &at, end);
		word += n + strspn(word + n, " \t,");
	}
	*at = 0;
}

int get_url(const struct get_order *o, struct get_answer *ret)
{
	struct get_order order = *o;
	struct get g = {.order = &order, .answer = ret};
	struct curl_slist *headers = NULL;
	char line[200];
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (!order.base)
		order.base = order.url;
	if (!order.rule)
		order.rule = "marketplace_allow";
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(g.curl = curl_easy_init()))
		return fail(&g, "broken", "libcurl does not start");
	set_options(&g);
	set_credentials(&g);
	if (order.etag[0] && strlen(order.etag) < 128) {
		snprintf(line, sizeof(line), "If-None-Match: %s", order.etag);
		headers = curl_slist_append(NULL, line);
		curl_easy_setopt(g.curl, CURLOPT_HTTPHEADER, headers);
	}
	rc = set_authorities(&g) < 0 ? -1 : follow(&g);
	curl_easy_cleanup(g.curl);
	curl_slist_free_all(headers);
	if (order.ca_fd >= 0)
		buf_release(&g.ca);
	return rc;
}
