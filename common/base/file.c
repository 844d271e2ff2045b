/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/file.h"
#include "base/text.h"

static enum brski_rc
read_all(int fd, const char *path, struct brski_buf *out, struct brski_err *err)
{
	uint8_t chunk[8192];
	enum brski_rc rc;
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			return BRSKI_OK;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return brski_broken(err, BRSKI_E_IO, "%s: %m", path);
		rc = brski_buf_append(out, brski_slice(chunk, (size_t)n), err);
		brski_wipe(chunk, (size_t)n); /* may have been a key */
		if (rc != BRSKI_OK)
			return rc;
	}
}

enum brski_rc
brski_file_read(const char *path, struct brski_buf *out, struct brski_err *err)
{
	size_t before = out->n;
	bool from_stdin = strcmp(path, "-") == 0;
	enum brski_rc rc;
	int fd;

	fd = from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return brski_broken(err, errno == ENOENT ? BRSKI_E_NOT_FOUND : BRSKI_E_IO, "%s: %m",
		    path);
	if ((rc = read_all(fd, path, out, err)) != BRSKI_OK)
		out->n = before;
	if (!from_stdin)
		(void)close(fd);
	return rc;
}

static bool
write_all(int fd, struct brski_slice in)
{
	size_t done = 0;
	ssize_t n;

	while (done < in.n) {
		n = write(fd, in.p + done, in.n - done);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			done += (size_t)n;
	}
	return fsync(fd) == 0;
}

/* The rename itself must survive a power cut. */
static bool
sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd;
	bool ok;

	if (slash == NULL)
		(void)snprintf(folder, sizeof(folder), ".");
	else
		(void)snprintf(folder, sizeof(folder), "%.*s",
		    slash == path ? 1 : (int)(slash - path), path);
	if ((fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return false;
	ok = fsync(fd) == 0;
	(void)close(fd);
	return ok;
}

enum brski_rc
brski_file_write(const char *path, struct brski_slice in, mode_t mode, struct brski_err *err)
{
	char tmp[PATH_MAX];
	uint64_t tag;
	bool ok;
	int fd, n;

	brski_random(&tag, sizeof(tag));
	n = snprintf(tmp, sizeof(tmp), "%s.%016llx", path, (unsigned long long)tag);
	if (n < 0 || (size_t)n >= sizeof(tmp))
		return brski_broken(err, BRSKI_E_IO, "%.80s...: path too long", path);
	if ((fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)) == -1)
		return brski_broken(err, BRSKI_E_IO, "%s: %m", tmp);
	ok = write_all(fd, in);
	ok = close(fd) == 0 && ok;
	if (!ok || rename(tmp, path) == -1) {
		(void)brski_broken(err, BRSKI_E_IO, "%s: %m", path);
		(void)unlink(tmp);
		return BRSKI_E_IO;
	}
	if (!sync_folder(path))
		return brski_broken(err, BRSKI_E_IO, "folder of %s: %m", path);
	return BRSKI_OK;
}
