/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/hook.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STAGE "hook"

/* What it says goes where our log lines go: standard output is for summaries. */
static void
become(const char *program, const char *folder)
{
	char *argv[] = { (char *)(uintptr_t)program, (char *)(uintptr_t)folder, NULL };

	(void)signal(SIGPIPE, SIG_DFL);
	if (dup2(STDERR_FILENO, STDOUT_FILENO) == -1)
		_exit(126);
	closefrom(STDERR_FILENO + 1);
	(void)execv(program, argv);
	_exit(127);
}

static time_t
seconds(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

void
pledge_hook_run(struct pledge_hook *h)
{
	if (h->program == NULL)
		return;
	if (pledge_hook_poll(h)) {
		h->again = true;
		return;
	}
	h->again = false;
	h->since = seconds();
	if ((h->pid = fork()) == 0)
		become(h->program, h->folder);
	if (h->pid == -1) {
		brski_log_warn(h->log, STAGE, "%s: %s", h->program, strerror(errno));
		h->pid = 0;
	}
}

static void
tell(const struct pledge_hook *h, int status)
{
	if (WIFSIGNALED(status))
		brski_log_warn(h->log, STAGE, "%s was ended by signal %d", h->program,
		    WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		brski_log_warn(h->log, STAGE, "%s ended with %d", h->program, WEXITSTATUS(status));
	else
		brski_log_info(h->log, STAGE, "%s was run", h->program);
}

/* One that hangs would keep the next certificate from being used. */
static void
end_if_late(const struct pledge_hook *h)
{
	unsigned limit_s = h->limit_s != 0 ? h->limit_s : PLEDGE_HOOK_S;

	if (seconds() - h->since >= (time_t)limit_s)
		(void)kill(h->pid, SIGKILL);
}

bool
pledge_hook_poll(struct pledge_hook *h)
{
	int status = 0;
	pid_t pid;

	if (h->pid == 0)
		return false;
	if ((pid = waitpid(h->pid, &status, WNOHANG)) == 0) {
		end_if_late(h);
		return true;
	}
	h->pid = 0;
	if (pid > 0)
		tell(h, status);
	if (h->again)
		pledge_hook_run(h);
	return h->pid != 0;
}
