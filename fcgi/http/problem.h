/* problem.h - the one table from code to HTTP status, for who answers and who reads an answer. */
#ifndef PROBLEM_H
#define PROBLEM_H

struct problem {
	int code; /* enum mt_err */
	int status;
	const char *slug;
	const char *title;
};

/* MT_EINTERNAL's when the code has no line. */
const struct problem *problem_of(int code);
/* The code of a status; MT_EINTERNAL when none has it. */
int problem_code(int status);

#endif
