// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Whose guest it is. Root is no exception, in neither direction: its guests are not this user's, a
// file of root's that this user can write others can write as well; and a root who is led to a file
// of somebody else's should hear of it.

#include "ownership.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guarded_path.h"

static int not_ours(const char *action, const char *path, uid_t owner, const char *verb,
                    struct qdpi_error *error)
{
    return qdpi_fail(error, -EACCES,
                     "%s %s: it %s user %u, and this process is user %u; run the simulator as the "
                     "user who runs QEMU, or, if that guest is meant, add owner=any to the "
                     "endpoint, as in qmp:PATH?owner=any",
                     action, path, verb, (unsigned)owner, (unsigned)geteuid());
}

static int refused_link(const char *action, const char *path, const struct qdpi_guarded_link *link,
                        struct qdpi_error *error)
{
    return qdpi_fail(error, -EACCES,
                     "%s %s: %s is a symbolic link in a folder that others can write, and so can "
                     "lead anywhere; name what it leads to, or put the link into a folder that "
                     "only you can write",
                     action, path, link->path);
}

int qdpi_ownership_open(const char *action, const char *path, int flags, bool any_owner,
                        struct stat *status, struct qdpi_error *error)
{
    struct qdpi_guarded_link link;
    int result;
    const int fd = qdpi_guarded_open(path, flags, &link);

    if (fd == -ELOOP && link.path[0] != '\0')
        return refused_link(action, path, &link, error);
    if (fd < 0)
        return fd;
    result = fstat(fd, status) != 0 ? -errno : 0;
    if (result == 0 && !any_owner && status->st_uid != geteuid())
        result = not_ours(action, path, status->st_uid, "belongs to", error);
    if (result == 0)
        return fd;
    (void)close(fd);
    return result;
}

/** The way to the socket, which has just been connected to, cannot be walked. */
static int cannot_look(const char *path, int reason, struct qdpi_error *error)
{
    switch (reason) {
    case ENOENT:
        return qdpi_fail(error, -ENOENT,
                         "connect to QMP socket %s: it was removed at that moment; try again",
                         path);
    case EACCES:
        return qdpi_fail(
            error, -EACCES,
            "connect to QMP socket %s: %s; run the simulator as the user who runs QEMU", path,
            strerror(reason));
    default:
        return qdpi_fail(error, reason == ENOMEM ? -ENOMEM : -EIO,
                         "look who owns QMP socket %s: %s", path, strerror(reason));
    }
}

int qdpi_ownership_check_peer(int fd, const char *path, bool any_owner, pid_t *peer,
                              struct qdpi_error *error)
{
    struct ucred who = {.pid = 0};
    socklen_t size = sizeof who;
    struct stat status;
    int socket_file;

    *peer = 0;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) {
        return qdpi_fail(error, -EIO, "ask who listens at QMP socket %s: %s", path,
                         strerror(errno));
    }
    if (!any_owner && who.uid != geteuid())
        return not_ours("connect to QMP socket", path, who.uid, "was opened by", error);
    // The way there, for connect() follows any link: to another guest of this user's, say. Only now
    // is it sure that something stands at the end of it.
    socket_file =
        qdpi_ownership_open("connect to QMP socket", path, O_PATH, any_owner, &status, error);
    if (socket_file < 0)
        return cannot_look(path, -socket_file, error);
    (void)close(socket_file);
    // What maps files of a guest in this very process is the bridge.
    *peer = who.pid != getpid() ? who.pid : 0;
    return 0;
}
