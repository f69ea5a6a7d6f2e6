/* The words of mails: headers by RFC 2047, values in templates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "relay/mail_text.h"
#include "relay/smtp.h"

static void headers(void **state)
{
	char ret[400], text[300];

	(void)state;
	smtp_header_text(ret, sizeof(ret), "Choose a new password");
	assert_string_equal(ret, "Choose a new password");
	smtp_header_text(ret, sizeof(ret), "w\xc3\xa4hlen");
	assert_string_equal(ret, "=?UTF-8?B?d8OkaGxlbg==?=");
	/* A line of its own can't be begun. */
	smtp_header_text(ret, sizeof(ret), "a\r\nBcc: eve@example.org");
	assert_null(strchr(ret, '\n'));
	assert_non_null(strstr(ret, "=?UTF-8?B?"));
	/* Words are 75 long at most and end between characters. */
	memset(text, 'x', 44);
	snprintf(text + 44, sizeof(text) - 44, "\xe2\x82\xac end");
	smtp_header_text(ret, sizeof(ret), text);
	assert_int_equal(strcspn(ret, "\r"), 10 + 60 + 2);
	assert_non_null(strstr(ret, "\r\n =?UTF-8?B?4oKsIGVuZA==?="));
	/* What doesn't fit is cut. */
	memset(text, 0xc3, sizeof(text) - 1);
	for (size_t i = 1; i < sizeof(text) - 1; i += 2)
		text[i] = (char)0xa4;
	text[sizeof(text) - 2] = '\0';
	smtp_header_text(ret, 200, text);
	assert_true(strlen(ret) < 200 && strlen(ret) > 100);
	smtp_header_text(ret, 10, "");
	assert_string_equal(ret, "");
	smtp_header_text(ret, sizeof(ret), "\xa4\xa4"); /* no UTF-8, nothing to wait for */
}

static void filling(void **state)
{
	const struct mail_value values[] = {
		{"name", "<Ann & \"Bo\">"}, {"none", NULL}, {NULL, NULL}};
	struct arena *p = arena_new();

	(void)state;
	assert_string_equal(
		mail_fill(p, "Hello {name}{none}!", values, false), "Hello <Ann & \"Bo\">!");
	assert_string_equal(mail_fill(p, "<b>{name}</b>", values, true),
		"<b>&lt;Ann &amp; &quot;Bo&quot;&gt;</b>");
	assert_string_equal(
		mail_fill(p, "{other} {name {} {", values, false), "{other} {name {} {");
	arena_free(p);
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void files(void **state)
{
	const struct mail_value values[] = {{"name", "Ann"}, {NULL, NULL}};
	char dir[] = "/tmp/mail-XXXXXX", path[200];
	struct arena *p = arena_new();
	struct mail_text text;
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/en", dir);
	mkdir(path, 0755);
	put(dir, "en/reset.txt", "Subject: For {name}\n\nHello {name}\n");
	put(dir, "en/reset.html", "<p>{name}</p>\n");
	put(dir, "en/bad.txt", "Hello\n");
	put(dir, "en/bad.html", "");
	err_init(&e, p);
	assert_int_equal(mail_text(p, dir, "fr", "reset", values, &text, &e), 0);
	assert_string_equal(text.subject, "For Ann");
	assert_string_equal(text.text, "Hello Ann\n");
	assert_string_equal(text.html, "<p>Ann</p>\n");
	assert_int_equal(mail_text(p, dir, NULL, "bad", values, &text, &e), MT_EINTERNAL);
	assert_non_null(strstr(e.message, "must begin with \"Subject: ...\""));
	err_init(&e, p);
	assert_int_equal(mail_text(p, dir, "en", "none", values, &text, &e), MT_EINTERNAL);
	assert_non_null(strstr(e.message, "en/none.txt: No such file"));
	for (const char *const *f = (const char *const[]){"en/reset.txt", "en/reset.html",
		     "en/bad.txt", "en/bad.html", "en", "", NULL};
		*f; f++) {
		snprintf(path, sizeof(path), "%s/%s", dir, *f);
		remove(path);
	}
	arena_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(filling),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
