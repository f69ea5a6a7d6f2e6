/* password.c - a password from a terminal or standard input, never an argument, which others can see. */
#include "cli/cli.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

int cli_password_read(struct op *op, const char *prompt, char ret[CLI_PASSWORD_MAX])
{
	bool terminal = isatty(STDIN_FILENO);
	struct termios before, quiet;

	ret[0] = '\0';
	if (terminal) {
		fputs(prompt, stderr);
		if (tcgetattr(STDIN_FILENO, &before) < 0)
			return cli_errno(op, "terminal");
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	if (!fgets(ret, CLI_PASSWORD_MAX, stdin))
		ret[0] = '\0';
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	if (strlen(ret) == CLI_PASSWORD_MAX - 1)
		return op_fail(op, MT_EINVAL,
			"The password is too long: choose one of at most %d bytes",
			CLI_PASSWORD_MAX - 2);
	ret[strcspn(ret, "\r\n")] = '\0';
	return 0;
}

int cli_password_choose(struct op *op, const char *prompt, char ret[CLI_PASSWORD_MAX])
{
	char again[CLI_PASSWORD_MAX];
	bool differs;
	int rc = cli_password_read(op, prompt, ret);

	if (rc < 0 || !isatty(STDIN_FILENO) || !ret[0])
		return rc;
	rc = cli_password_read(op, "Repeat it: ", again);
	differs = strcmp(ret, again) != 0;
	sodium_memzero(again, sizeof(again));
	if (rc < 0 || !differs)
		return rc;
	return op_fail(op, MT_EINVAL, "The two passwords differ: try again");
}
