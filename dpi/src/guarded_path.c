// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The walk along a path. The kernel's own fs.protected_symlinks knows sticky folders alone, and may
// be off.

#include "guarded_path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LINKS_MAX 40
#define TEXT_MAX ((size_t)2 * PATH_MAX)

struct walk {
    int folder; /**< where the walk has come to */
    int links;  /**< how many have been followed */
    bool in_proc;
    char walked[PATH_MAX];
    char ahead[TEXT_MAX];
};

/** Go on from `folder`, which takes the place of the last one. @return 0 or -errno. */
static int enter(struct walk *walk, int folder)
{
    struct statfs about;

    if (folder < 0)
        return -errno;
    if (walk->folder >= 0)
        (void)close(walk->folder);
    walk->folder = folder;
    walk->in_proc = fstatfs(folder, &about) == 0 && about.f_type == PROC_SUPER_MAGIC;
    return 0;
}

/** Begin at the root or here, as `path` says. */
static int begin(struct walk *walk, const char *path)
{
    const bool absolute = path[0] == '/';

    if (walk->folder >= 0 && !absolute)
        return 0;
    (void)snprintf(walk->walked, sizeof walk->walked, "%s", absolute ? "/" : "");
    return enter(walk, open(absolute ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

static bool is_private(int folder)
{
    struct stat about;

    return fstat(folder, &about) == 0 && (about.st_uid == geteuid() || about.st_uid == 0) &&
           (about.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static bool is_link(int fd)
{
    struct stat about;

    return fstat(fd, &about) == 0 && S_ISLNK(about.st_mode);
}

/** What is called `name` here, and is no link. @return a descriptor, -errno; -ELOOP: it is one. */
static int open_step(const struct walk *walk, const char *name, int flags)
{
    char target[2];
    int reason;
    // The links of /proc lead where no path does; nobody can make one.
    const int fd = openat(walk->folder, name, flags | (walk->in_proc ? 0 : O_NOFOLLOW));

    if (fd >= 0) {
        // O_PATH opens the link itself.
        if ((flags & O_PATH) == 0 || !is_link(fd))
            return fd;
        (void)close(fd);
        return -ELOOP;
    }
    reason = errno;
    if (reason == ENOTDIR && readlinkat(walk->folder, name, target, sizeof target) >= 0)
        return -ELOOP;
    return -reason;
}

/** Put what the link `name` holds in front of what is still ahead. @return 0 or -errno. */
static int follow(struct walk *walk, const char *name, const char *rest,
                  struct qdpi_guarded_link *link)
{
    char target[PATH_MAX];
    char ahead[TEXT_MAX];
    ssize_t length;
    int text;

    if (!is_private(walk->folder)) {
        (void)snprintf(link->path, sizeof link->path, "%.256s%s", walk->walked, name);
        return -ELOOP;
    }
    length = readlinkat(walk->folder, name, target, sizeof target - 1);
    if (length < 0)
        return -errno;
    target[length] = '\0';
    if (++walk->links > LINKS_MAX)
        return -ELOOP;
    text = snprintf(ahead, sizeof ahead, "%s%s%s", target, rest[0] != '\0' ? "/" : "", rest);
    if (text < 0 || (size_t)text >= sizeof ahead)
        return -ENAMETOOLONG;
    memcpy(walk->ahead, ahead, (size_t)text + 1);
    return begin(walk, walk->ahead);
}

/** Take the first name of what is ahead. @return the rest. */
static const char *next_name(const char *ahead, char name[NAME_MAX + 1], size_t *length)
{
    ahead += strspn(ahead, "/");
    *length = strcspn(ahead, "/");
    if (*length <= NAME_MAX) {
        memcpy(name, ahead, *length);
        name[*length] = '\0';
    }
    return ahead + *length;
}

static void note_step(struct walk *walk, const char *name)
{
    const size_t length = strlen(walk->walked);

    (void)snprintf(walk->walked + length, sizeof walk->walked - length, "%s/", name);
}

static int walk_on(struct walk *walk, int flags, struct qdpi_guarded_link *link)
{
    for (;;) {
        char name[NAME_MAX + 1];
        size_t length;
        const char *rest = next_name(walk->ahead, name, &length);
        const char *behind = rest + strspn(rest, "/");
        const bool last = behind[0] == '\0';
        int fd;
        int result;

        if (length > NAME_MAX)
            return -ENAMETOOLONG;
        fd = open_step(walk, length == 0 ? "." : name,
                       (last ? flags : O_PATH) | (rest[0] == '/' ? O_DIRECTORY : 0) | O_CLOEXEC);
        if (fd >= 0 && last)
            return fd;
        if (fd == -ELOOP) {
            result = follow(walk, name, behind, link);
        } else if (fd < 0) {
            return fd;
        } else {
            note_step(walk, name);
            result = enter(walk, fd);
            memmove(walk->ahead, behind, strlen(behind) + 1);
        }
        if (result != 0)
            return result;
    }
}

int qdpi_guarded_open(const char *path, int flags, struct qdpi_guarded_link *link)
{
    struct qdpi_guarded_link unused = {.path = ""};
    struct walk *walk;
    int result;

    link = link != NULL ? link : &unused;
    link->path[0] = '\0';
    if (path[0] == '\0')
        return -ENOENT;
    if (strlen(path) >= PATH_MAX)
        return -ENAMETOOLONG;
    walk = calloc(1, sizeof *walk);
    if (walk == NULL)
        return -ENOMEM;
    walk->folder = -1;
    memcpy(walk->ahead, path, strlen(path) + 1);
    result = begin(walk, path);
    if (result == 0)
        result = walk_on(walk, flags, link);
    if (walk->folder >= 0)
        (void)close(walk->folder);
    free(walk);
    return result;
}
