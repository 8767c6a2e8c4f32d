// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A file or standard output that a subcommand writes: whole, or not there.

#include "output_file.h"

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

#include "command.h"
#include "guarded_path.h"

enum {
    PERMISSIONS = 0777,
    NEW_FILE_PERMISSIONS = 0666,
};

static int tell_file(const struct qdpi_output_file *output, const char *cure)
{
    fprintf(stderr, "qemu-dpi: writing %s: %s; %s\n", output->name, strerror(errno), cure);
    return QDPI_EXIT_FILE;
}

static void defer_signals(struct qdpi_output_file *output)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
    struct sigaction action;
    sigset_t before;
    sigset_t ours;
    sigemptyset(&ours);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        // One that is ignored, as under nohup, would stay pending for ever.
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) {
            sigaddset(&ours, numbers[i]);
        }
    }
    sigprocmask(SIG_BLOCK, &ours, &before);
    sigemptyset(&output->deferred);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (sigismember(&ours, numbers[i]) == 1 && sigismember(&before, numbers[i]) == 0) {
            sigaddset(&output->deferred, numbers[i]);
        }
    }
}

static bool signal_waits(const struct qdpi_output_file *output)
{
    sigset_t pending;
    sigset_t both;
    return sigpending(&pending) == 0 && sigandset(&both, &pending, &output->deferred) == 0 &&
           sigisemptyset(&both) == 0;
}

static void discard(struct qdpi_output_file *output)
{
    if (output->temporary != NULL) {
        unlink(output->temporary);
        free(output->temporary);
        output->temporary = NULL;
    }
}

static mode_t permissions_of(const char *place)
{
    struct stat about;
    if (stat(place, &about) == 0) {
        return about.st_mode & PERMISSIONS;
    }
    const mode_t mask = umask(0);
    umask(mask);
    return NEW_FILE_PERMISSIONS & ~mask;
}

static int tell_link(const struct qdpi_output_file *output, const struct qdpi_guarded_link *link)
{
    fprintf(stderr,
            "qemu-dpi: writing %s: %s is a symbolic link in a folder that others can write, and so "
            "can lead anywhere; give what it leads to with -o\n",
            output->name, link->path);
    return QDPI_EXIT_FILE;
}

/// Where the file that is open is now, to free(); NULL: it cannot be told.
static char *path_of(int file)
{
    char name[32];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    return realpath(name, NULL);
}

/// Where the file will stand: through a symbolic link, as open() would go. One that leads nowhere
/// is replaced.
static int find_place(struct qdpi_output_file *output)
{
    struct qdpi_guarded_link link;
    const int existing = qdpi_guarded_open(output->name, O_PATH, &link);
    if (link.path[0] != '\0') {
        return tell_link(output, &link);
    }
    if (existing >= 0) {
        output->place = path_of(existing);
        close(existing);
    }
    if (output->place == NULL) {
        output->place = strdup(output->name);
    }
    return QDPI_EXIT_OK;
}

static int open_temporary(struct qdpi_output_file *output)
{
    const int status = find_place(output);
    if (status != QDPI_EXIT_OK) {
        return status;
    }
    if (output->place == NULL || asprintf(&output->temporary, "%s.XXXXXX", output->place) < 0) {
        output->temporary = NULL;
        errno = ENOMEM;
        return tell_file(output, "free some memory");
    }
    defer_signals(output);
    output->fd = mkostemp(output->temporary, O_CLOEXEC);
    if (output->fd < 0) {
        free(output->temporary);
        output->temporary = NULL;
        return tell_file(output, "give a file in a folder that exists and can be written");
    }
    if (fchmod(output->fd, permissions_of(output->place)) != 0) {
        return tell_file(output, "give a file on another file system");
    }
    return QDPI_EXIT_OK;
}

/// A device, a pipe, or a FIFO: not one that somebody else has made, in a folder like /tmp, to read
/// it.
static int open_special(struct qdpi_output_file *output)
{
    struct qdpi_guarded_link link;
    struct stat about;
    struct statfs system;
    output->fd = qdpi_guarded_open(output->name, O_WRONLY, &link);
    if (link.path[0] != '\0') {
        return tell_link(output, &link);
    }
    if (output->fd < 0) {
        errno = -output->fd;
        return tell_file(output, "give another file with -o");
    }
    if (fstat(output->fd, &about) == 0 && S_ISFIFO(about.st_mode) && about.st_uid != geteuid() &&
        fstatfs(output->fd, &system) == 0 && system.f_type != PIPEFS_MAGIC) {
        close(output->fd);
        output->fd = -1;
        errno = EACCES;
        return tell_file(output, "the FIFO is another user's; give another one with -o");
    }
    return QDPI_EXIT_OK;
}

int qdpi_output_open(struct qdpi_output_file *output, const char *path)
{
    const bool standard = path == NULL || strcmp(path, "-") == 0;
    struct stat about;
    *output =
        (struct qdpi_output_file){.fd = STDOUT_FILENO, .name = standard ? "standard output" : path};
    sigemptyset(&output->deferred);
    if (standard) {
        return QDPI_EXIT_OK;
    }
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) {
        return open_special(output);
    }
    const int status = open_temporary(output);
    return status == QDPI_EXIT_OK ? status : qdpi_output_close(output, status);
}

int qdpi_output_write(struct qdpi_output_file *output, const void *data, size_t size)
{
    const unsigned char *at = data;
    while (size > 0) {
        if (signal_waits(output)) {
            fprintf(stderr,
                    "qemu-dpi: writing %s: told to end by a signal; nothing is left of it\n",
                    output->name);
            return QDPI_EXIT_FILE;
        }
        const ssize_t written = write(output->fd, at, size);
        if (written < 0 && errno != EINTR) {
            return tell_file(output, errno == EPIPE ? "its reader has gone away"
                                                    : "it is not whole: make room and try again");
        }
        if (written > 0) {
            at += written;
            size -= (size_t)written;
        }
    }
    return QDPI_EXIT_OK;
}

int qdpi_output_close(struct qdpi_output_file *output, int status)
{
    if (output->fd > STDOUT_FILENO && close(output->fd) != 0 && status == QDPI_EXIT_OK) {
        status = tell_file(output, "it is not whole: make room and try again");
    }
    output->fd = -1;
    if (output->temporary != NULL && status == QDPI_EXIT_OK) {
        if (rename(output->temporary, output->place) == 0) {
            free(output->temporary);
            output->temporary = NULL;
        } else {
            status = tell_file(output, "give another file with -o");
        }
    }
    discard(output);
    free(output->place);
    output->place = NULL;
    // A signal that waited ends the process here.
    sigprocmask(SIG_UNBLOCK, &output->deferred, NULL);
    return status;
}
