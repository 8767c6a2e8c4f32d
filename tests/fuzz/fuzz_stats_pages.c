// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Fuzz target: a statistics page that somebody else has written. Bit 0 of the first byte puts the
// right magic, layout and size into it, bit 1 lets it stand for a bridge that was seen before; what
// follows is the file. `qemu-dpi stats` must show or pass over it, and print nothing that a
// terminal obeys. The same bytes are the name of such a file, too.

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "stats_pages.h"
#include "stats_view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/// A folder with one page, which is locked, as that of a bridge that lives.
struct place {
    char folder[256];
    char path[384];
    int file;
};

static struct place place = {.file = -1};

static void remove_place(void)
{
    (void)unlink(place.path);
    (void)rmdir(place.folder);
}

static void make_place(void)
{
    const char *parent = getenv("TMPDIR");

    (void)snprintf(place.folder, sizeof place.folder, "%s/fuzz-stats-XXXXXX",
                   parent != NULL ? parent : "/tmp");
    if (mkdtemp(place.folder) == NULL) {
        abort();
    }
    (void)snprintf(place.path, sizeof place.path, "%s/" QDPI_STATISTICS_PREFIX "%u-%d-0",
                   place.folder, (unsigned)geteuid(), (int)getpid());
    place.file = open(place.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (place.file < 0 || flock(place.file, LOCK_EX) != 0 || atexit(remove_place) != 0) {
        abort();
    }
}

static void check_name(const uint8_t *data, size_t size)
{
    char name[128];
    char again[128];
    uid_t user;
    pid_t process;
    const size_t length = size < sizeof name ? size : sizeof name - 1;

    memcpy(name, data, length);
    name[length] = '\0';
    if (!qdpi_statistics_parse_name(name, &user, &process)) {
        return;
    }
    const char *number = strrchr(name, '-') + 1;
    const int written = snprintf(again, sizeof again, QDPI_STATISTICS_PREFIX "%u-%d-%s",
                                 (unsigned)user, (int)process, number);
    uid_t user_again;
    pid_t process_again;
    if (process <= 0 || written >= (int)sizeof again ||
        !qdpi_statistics_parse_name(again, &user_again, &process_again) || user_again != user ||
        process_again != process) {
        abort();
    }
}

static void write_page(const uint8_t *data, size_t size, bool correct)
{
    static struct qdpi_statistics_page page;

    if (size > sizeof page) {
        size = sizeof page;
    }
    memcpy(&page, data, size);
    if (correct) {
        memset((char *)&page + size, 0, sizeof page - size);
        page.magic = QDPI_STATISTICS_MAGIC;
        page.layout = QDPI_STATISTICS_LAYOUT;
        page.bytes = sizeof page;
        size = sizeof page;
    }
    if (pwrite(place.file, &page, size, 0) != (ssize_t)size ||
        ftruncate(place.file, (off_t)size) != 0) {
        abort();
    }
}

static void check_list(const struct qdpi_stats_list *list)
{
    if (list->count + list->unreadable > 1) {
        abort();
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct qdpi_stats *bridge = &list->bridges[i];

        if (memchr(bridge->page.process, '\0', sizeof bridge->page.process) == NULL ||
            memchr(bridge->page.endpoint, '\0', sizeof bridge->page.endpoint) == NULL ||
            qdpi_stats_find(list, bridge) == NULL) {
            abort();
        }
    }
}

static void check_text(const struct qdpi_stats_list *list, const struct qdpi_stats_list *before)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    if (stream == NULL) {
        abort();
    }
    qdpi_stats_print(stream, list, before);
    (void)fclose(stream);
    for (size_t i = 0; i < length; i++) {
        if (!isprint((unsigned char)text[i]) && text[i] != '\n') {
            abort();
        }
    }
    free(text);
}

static void check_json(const struct qdpi_stats_list *list, const struct qdpi_stats_list *before)
{
    json_t *const object = qdpi_stats_json(list, before);
    char *const text = object != NULL ? json_dumps(object, 0) : NULL;
    json_t *const again = text != NULL ? json_loads(text, 0, NULL) : NULL;

    if (again == NULL || json_array_size(json_object_get(again, "bridges")) != list->count) {
        abort();
    }
    json_decref(again);
    free(text);
    json_decref(object);
}

static void check_rate(double per_second)
{
    char text[64];

    qdpi_stats_format_rate(per_second, text, sizeof text);
    // What stands in a column of 7.
    if (per_second < 999e15 && strlen(text) > 7) {
        abort();
    }
}

/// The last list that had a page, which a bridge's page is compared with.
static struct qdpi_stats_list seen;

static void forget_seen(void)
{
    qdpi_stats_free(&seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct qdpi_stats_list list;

    if (size < 1) {
        return 0;
    }
    json_object_seed(1);
    if (place.file < 0) {
        make_place();
        (void)atexit(forget_seen);
    }
    check_name(data + 1, size - 1);
    write_page(data + 1, size - 1, (data[0] & 1) != 0);
    if (qdpi_stats_take(place.folder, 0, &list) != 0) {
        abort();
    }
    check_list(&list);
    // An earlier moment of the same bridge, with other numbers than it may have had.
    if ((data[0] & 2) != 0 && list.count == 1 && seen.count == 1) {
        list.bridges[0].page.started_us = seen.bridges[0].page.started_us;
    }
    check_text(&list, &seen);
    check_json(&list, &seen);
    if (size > sizeof(uint64_t)) {
        uint64_t rate;
        memcpy(&rate, data + 1, sizeof rate);
        check_rate((double)rate / 1000);
    }
    if (list.count == 1) {
        qdpi_stats_free(&seen);
        seen = list;
    } else {
        qdpi_stats_free(&list);
    }
    return 0;
}
