// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The statistics pages of this user's bridges: found, read, and swept when their process is gone.

#include "stats_pages.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qemu_dpi.h"

static bool read_page(int file, struct qdpi_statistics_page *page)
{
    // First the magic, then what was there before it. Read and not mapped: a file that is truncated
    // now is short, and no signal.
    return pread(file, &page->magic, sizeof page->magic, 0) == (ssize_t)sizeof page->magic &&
           page->magic == QDPI_STATISTICS_MAGIC &&
           pread(file, page, sizeof *page, 0) == (ssize_t)sizeof *page;
}

static void add_slot(struct qdpi_statistics_slot *sum, const struct qdpi_statistics_slot *slot)
{
    sum->reads += slot->reads;
    sum->read_bytes += slot->read_bytes;
    sum->writes += slot->writes;
    sum->write_bytes += slot->write_bytes;
    sum->atomics += slot->atomics;
}

static void finish(struct qdpi_stats *bridge)
{
    struct qdpi_statistics_page *const page = &bridge->page;
    bridge->moment_us = qdpi_clock_us();
    page->process[sizeof page->process - 1] = '\0';
    page->endpoint[sizeof page->endpoint - 1] = '\0';
    bridge->memory = page->shared;
    for (size_t i = 0; i < QDPI_STATISTICS_SLOTS; i++) {
        add_slot(&bridge->memory, &page->slots[i]);
    }
}

static int append(struct qdpi_stats_list *list, const struct qdpi_stats *bridge)
{
    struct qdpi_stats *const bridges =
        reallocarray(list->bridges, list->count + 1, sizeof *bridges);
    if (bridges == NULL) {
        return -ENOMEM;
    }
    bridges[list->count++] = *bridge;
    list->bridges = bridges;
    return 0;
}

// One file of this user. @return 0 or -ENOMEM.
static int look_at(int folder, const char *name, pid_t process, struct qdpi_stats_list *list)
{
    struct qdpi_stats bridge = {0};
    int result = 0;
    const int file = qdpi_statistics_open_file(folder, name);
    if (file < 0) {
        return 0;
    }
    // One that cannot be read is of a bridge that is being opened.
    if (!qdpi_statistics_is_dead(file, process) && read_page(file, &bridge.page)) {
        if (bridge.page.layout != QDPI_STATISTICS_LAYOUT ||
            bridge.page.bytes != sizeof bridge.page) {
            list->unreadable++;
        } else {
            snprintf(bridge.file, sizeof bridge.file, "%s", name);
            finish(&bridge);
            result = append(list, &bridge);
        }
    }
    close(file);
    return result;
}

static int compare(const void *left, const void *right)
{
    const struct qdpi_stats *const a = left;
    const struct qdpi_stats *const b = right;
    if (a->page.pid != b->page.pid) {
        return a->page.pid < b->page.pid ? -1 : 1;
    }
    return (a->page.started_us > b->page.started_us) - (a->page.started_us < b->page.started_us);
}

int qdpi_stats_take(const char *folder, pid_t pid, struct qdpi_stats_list *list)
{
    (void)qdpi_statistics_sweep(folder, NULL);
    DIR *const directory = opendir(folder);
    int result = 0;
    *list = (struct qdpi_stats_list){0};
    if (directory == NULL) {
        return -errno;
    }
    for (const struct dirent *entry = NULL; result == 0 && (entry = readdir(directory)) != NULL;) {
        uid_t user = 0;
        pid_t process = 0;
        if (strlen(entry->d_name) < sizeof((struct qdpi_stats *)NULL)->file &&
            qdpi_statistics_parse_name(entry->d_name, &user, &process) && user == geteuid() &&
            (pid == 0 || pid == process)) {
            result = look_at(dirfd(directory), entry->d_name, process, list);
        }
    }
    closedir(directory);
    if (result != 0) {
        qdpi_stats_free(list);
        return result;
    }
    if (list->count > 1) {
        qsort(list->bridges, list->count, sizeof *list->bridges, compare);
    }
    return 0;
}

void qdpi_stats_free(struct qdpi_stats_list *list)
{
    free(list->bridges);
    *list = (struct qdpi_stats_list){0};
}

const struct qdpi_stats *qdpi_stats_find(const struct qdpi_stats_list *list,
                                         const struct qdpi_stats *bridge)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->bridges[i].file, bridge->file) == 0 &&
            list->bridges[i].page.started_us == bridge->page.started_us) {
            return &list->bridges[i];
        }
    }
    return NULL;
}
