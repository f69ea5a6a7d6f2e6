/*
 * mt_err.h - the error codes that core and plugins share.
 *
 * Every fallible function returns 0 or one of these negative codes. Code to HTTP status is one table
 * (http/problem.c), SQLSTATE to code is one table (db/sqlstate.c).
 */
#ifndef MT_ERR_H
#define MT_ERR_H

enum mt_err {
	MT_OK = 0,
	MT_EINVAL = -1,	    /* 400 the request can't be read: broken JSON, bad parameter */
	MT_EFIELDS = -2,    /* 422 readable, but fields are wrong; each is listed */
	MT_EAUTH = -3,	    /* 401 nobody is signed in */
	MT_EPERM = -4,	    /* 403 signed in, but not allowed */
	MT_ENOENT = -5,	    /* 404 */
	MT_EMETHOD = -6,    /* 405 */
	MT_ECONFLICT = -7,  /* 409 state or version conflict */
	MT_ETOOBIG = -8,    /* 413 */
	MT_EMEDIA = -9,	    /* 415 wrong Content-Type */
	MT_ERATE = -10,	    /* 429 too many; retry_after in seconds */
	MT_EINTERNAL = -11, /* 500 our fault; the cause is in the log only */
	MT_EUPSTREAM = -12, /* 502 a process or service behind us broke */
	MT_EBUSY = -13,	    /* 503 something we need is down, starting or in quarantine */
	MT_ETIMEOUT = -14,  /* 504 something we need did not answer in time */
	MT_EFULL = -15,	    /* 507 no room left on the device */
};

#endif
