/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Octets of one line at most; a longer one is cut. With every octet escaped it still fits in what a
 * pipe takes at once when it is ready (PIPE_BUF, 4096). */
#define LINE_LEN 1000

static _Atomic enum log_level log_level = LOG_LEVEL_INFO;

/* Priorities of syslog(3) and how a line starts where nobody reads priorities. */
static const struct {
	const char *priority, *word;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "<3>", "error: " },
	[LOG_LEVEL_WARNING] = { "<4>", "warning: " },
	[LOG_LEVEL_INFO] = { "<6>", "" },
	[LOG_LEVEL_DEBUG] = { "<7>", "debug: " },
};

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_level, level, memory_order_relaxed);
}

/* Lines that nobody could be told. */
static _Atomic unsigned lost;

/* One write a line keeps threads' lines whole. Whoever reads the log and has stopped reading must
 * not stop us, so that nothing is written that could block. */
static bool write_unless_full(const char *line, size_t len)
{
	struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) &&
	       write(STDERR_FILENO, line, len) >= 0;
}

static void write_or_count(const char *line, size_t len)
{
	char remark[64];
	const unsigned before = atomic_exchange_explicit(&lost, 0, memory_order_relaxed);
	unsigned now = 0;

	if (before > 0) {
		int remark_len = snprintf(remark, sizeof(remark),
			"%u lines of the log were lost: nobody read it\n", before);
		if (!write_unless_full(remark, (size_t)remark_len))
			now += before;
	}
	if (!write_unless_full(line, len))
		now++;
	if (now > 0)
		atomic_fetch_add_explicit(&lost, now, memory_order_relaxed);
}

/* sd_journal_stream_fd(3): the variable is inherited by terminals and what runs in them. */
static bool is_read_by_journald(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat here;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &here) == 0 && here.st_dev == device && here.st_ino == inode;
}

PRINTF(2, 0)
static void log_line(enum log_level level, const char *format, va_list arguments)
{
	char text[LINE_LEN];
	char line[LINE_LEN * 4 + 32];
	size_t len = 0;

	if (level > atomic_load_explicit(&log_level, memory_order_relaxed))
		return;
	vsnprintf(text, sizeof(text), format, arguments);
	const char *start = is_read_by_journald() ? levels[level].priority : levels[level].word;
	len = (size_t)snprintf(line, sizeof(line), "%s", start);
	for (const char *c = text; *c; c++) {
		unsigned octet = (unsigned char)*c;
		if (octet >= 0x20 && octet < 0x7f)
			line[len++] = *c;
		else
			len += (size_t)snprintf(line + len, sizeof(line) - len, "\\%03u", octet);
	}
	line[len++] = '\n';
	write_or_count(line, len);
}

#define LOG_FUNCTION(name, level)                                                                  \
	void name(const char *format, ...)                                                         \
	{                                                                                          \
		va_list arguments;                                                                 \
		va_start(arguments, format);                                                       \
		log_line(level, format, arguments);                                                \
		va_end(arguments);                                                                 \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
