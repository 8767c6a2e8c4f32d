// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Statistics pages that nobody writes any more: a simulation that ends by $fatal, or is killed,
// never closes its bridge.

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "endpoint.h"
#include "statistics.h"

/** A number up to `end`, which is skipped. @return false: it is none. */
static bool parse_part(const char **text, char end, unsigned long most, unsigned long *number)
{
    char *behind;

    if (!isdigit((unsigned char)**text))
        return false;
    errno = 0;
    *number = strtoul(*text, &behind, 10);
    if (errno != 0 || *number > most || *behind != end)
        return false;
    *text = behind + 1;
    return true;
}

bool qdpi_statistics_parse_name(const char *name, uid_t *user, pid_t *process)
{
    static const char prefix[] = QDPI_STATISTICS_PREFIX;
    const char *at = name + sizeof prefix - 1;
    unsigned long parts[3];

    if (strncmp(name, prefix, sizeof prefix - 1) != 0 ||
        !parse_part(&at, '-', UINT_MAX, &parts[0]) || !parse_part(&at, '-', INT_MAX, &parts[1]) ||
        !parse_part(&at, '\0', UINT_MAX, &parts[2]) || parts[1] == 0)
        return false;
    *user = (uid_t)parts[0];
    *process = (pid_t)parts[1];
    return true;
}

int qdpi_statistics_open_file(int folder, const char *name)
{
    const int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat about;

    if (file < 0)
        return -1;
    if (fstat(file, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == geteuid())
        return file;
    (void)close(file);
    return -1;
}

bool qdpi_statistics_is_dead(int file, pid_t process)
{
    uint64_t magic = 0;

    // There is a moment before a new bridge holds its lock; it has no magic yet then. It must not
    // find its own file locked, either.
    if ((pread(file, &magic, sizeof magic, 0) != (ssize_t)sizeof magic ||
         magic != QDPI_STATISTICS_MAGIC) &&
        (kill(process, 0) == 0 || errno != ESRCH))
        return false;
    // The bridge holds it as long as its process lives, which no reuse of a process number and no
    // other namespace can feign.
    if (flock(file, LOCK_SH | LOCK_NB) != 0)
        return false;
    (void)flock(file, LOCK_UN);
    return true;
}

/** Remove the file, unless the name has come to stand for another one. */
static void remove_file(int folder, const char *name, int file)
{
    struct stat named;
    struct stat opened;

    if (fstat(file, &opened) == 0 && fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
        named.st_ino == opened.st_ino && named.st_dev == opened.st_dev)
        (void)unlinkat(folder, name, 0);
}

/** Whether what the endpoint leads to may still be there. */
static bool leads_somewhere(const char *endpoint)
{
    struct qdpi_endpoint parsed;
    struct qdpi_error error;

    return qdpi_endpoint_parse(endpoint, &parsed, &error) == 0 && access(parsed.path, F_OK) == 0;
}

/** Whether a dead bridge's page is still of use: somebody may yet attach to the guest that it has
 *  paused. @param found  set if it is the guest at `endpoint`. */
static bool is_of_use(int file, const char *endpoint, bool *found)
{
    struct qdpi_statistics_page page;

    if (pread(file, &page, sizeof page, 0) != (ssize_t)sizeof page ||
        page.layout != QDPI_STATISTICS_LAYOUT || page.guest_paused == 0)
        return false;
    page.endpoint[sizeof page.endpoint - 1] = '\0';
    if (endpoint != NULL && strcmp(page.endpoint, endpoint) == 0) {
        *found = true;
        return false;
    }
    return leads_somewhere(page.endpoint);
}

bool qdpi_statistics_sweep(const char *folder, const char *endpoint)
{
    DIR *const directory = folder != NULL ? opendir(folder) : NULL;
    const struct dirent *entry;
    bool found = false;

    if (directory == NULL)
        return false;
    while ((entry = readdir(directory)) != NULL) {
        uid_t user;
        pid_t process;
        int file;

        if (!qdpi_statistics_parse_name(entry->d_name, &user, &process) || user != geteuid())
            continue;
        file = qdpi_statistics_open_file(dirfd(directory), entry->d_name);
        if (file < 0)
            continue;
        if (qdpi_statistics_is_dead(file, process) && !is_of_use(file, endpoint, &found))
            remove_file(dirfd(directory), entry->d_name, file);
        (void)close(file);
    }
    (void)closedir(directory);
    return found;
}
