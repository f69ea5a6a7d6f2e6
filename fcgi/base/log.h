/*
 * log.h - one JSON object a line on standard error: time, level, process, msg, and what is added.
 *
 * Libraries don't log; the request loop logs a request once, a main logs its life. The request id
 * that log_request_id() sets is added to every line until it is cleared with NULL.
 */
#ifndef LOG_H
#define LOG_H

enum log_level { LOG_LV_DEBUG, LOG_LV_INFO, LOG_LV_WARN, LOG_LV_ERROR };

void log_init(const char *process, enum log_level least);
void log_request_id(const char *id);
void log_line(enum log_level lv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* kv: name, value, name, value, ..., NULL - all strings; a NULL value leaves the pair out. */
void log_kv(enum log_level lv, const char *msg, ...) __attribute__((sentinel));

#define log_debug(...) log_line(LOG_LV_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_LV_INFO, __VA_ARGS__)
#define log_warn(...) log_line(LOG_LV_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_LV_ERROR, __VA_ARGS__)

#endif
