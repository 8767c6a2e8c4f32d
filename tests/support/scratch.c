// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Directories of tests, locked and swept.

// nftw() is an extension.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char prefix[] = "qdpi-scratch-";

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_tree(const char *path)
{
    (void)nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/** Open a directory and lock it. @return its descriptor or -1. */
static int lock(const char *path, int operation)
{
    const int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat about;

    if (directory < 0)
        return -1;
    if (fstat(directory, &about) == 0 && about.st_uid == geteuid() &&
        flock(directory, operation) == 0)
        return directory;
    (void)close(directory);
    return -1;
}

static void sweep(const char *folder)
{
    DIR *const entries = opendir(folder);
    const struct dirent *entry;

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        char path[QDPI_SCRATCH_PATH_MAX];
        int abandoned;

        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) != 0 ||
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path)
            continue;
        abandoned = lock(path, LOCK_EX | LOCK_NB);
        if (abandoned < 0)
            continue;
        remove_tree(path);
        (void)close(abandoned);
    }
    if (entries != NULL)
        (void)closedir(entries);
}

/** Whether the path still leads to what has been opened: a sweep may have come before the lock. */
static bool is_there(const struct qdpi_scratch *scratch)
{
    struct stat named;
    struct stat opened;

    return fstat(scratch->lock, &opened) == 0 && lstat(scratch->path, &named) == 0 &&
           named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

int qdpi_scratch_make(const char *folder, struct qdpi_scratch *scratch)
{
    sweep(folder);
    for (;;) {
        (void)snprintf(scratch->path, sizeof scratch->path, "%s/%s%ld-XXXXXX", folder, prefix,
                       (long)getpid());
        if (mkdtemp(scratch->path) == NULL) {
            scratch->path[0] = '\0';
            return -1;
        }
        scratch->lock = lock(scratch->path, LOCK_EX);
        if (scratch->lock >= 0 && is_there(scratch))
            return 0;
        if (scratch->lock >= 0)
            (void)close(scratch->lock);
        else if (errno != ENOENT)
            return -1;
    }
}

void qdpi_scratch_remove(struct qdpi_scratch *scratch)
{
    if (scratch->path[0] == '\0')
        return;
    remove_tree(scratch->path);
    (void)close(scratch->lock);
    scratch->path[0] = '\0';
}
