// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What bridges have done, as text for people and as JSON.

#include "stats_view.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "json_output.h"

enum {
    US_PER_SECOND = 1000000,
    RATE_COLUMNS = 16,
};

// ---- What is shown -----------------------------------------------------------------------------

// A number of struct qdpi_stats that only grows. In this order and under these names in JSON.
struct figure {
    const char *group;
    const char *name;
    size_t offset;
};

#define IN_MEMORY(field) offsetof(struct qdpi_stats, memory.field)
#define IN_COUNTERS(which) (offsetof(struct qdpi_stats, page.counters) + (which) * sizeof(uint64_t))
#define IN_ERRORS(which) (offsetof(struct qdpi_stats, page.errors) + (which) * sizeof(uint64_t))

static const struct figure figures[] = {
    {"memory", "reads", IN_MEMORY(reads)},
    {"memory", "read_bytes", IN_MEMORY(read_bytes)},
    {"memory", "writes", IN_MEMORY(writes)},
    {"memory", "write_bytes", IN_MEMORY(write_bytes)},
    {"memory", "atomics", IN_MEMORY(atomics)},
    {"events", "doorbells", IN_COUNTERS(QDPI_COUNTER_DOORBELLS)},
    {"events", "others", IN_COUNTERS(QDPI_COUNTER_EVENTS)},
    {"events", "dropped", IN_COUNTERS(QDPI_COUNTER_DROPPED)},
    {"events", "flood_pauses", IN_COUNTERS(QDPI_COUNTER_FLOOD_PAUSES)},
    {"interrupts", "posted", IN_COUNTERS(QDPI_COUNTER_INTERRUPTS_POSTED)},
    {"interrupts", "taken", IN_COUNTERS(QDPI_COUNTER_INTERRUPTS_TAKEN)},
    {"interrupts", "failed", IN_COUNTERS(QDPI_COUNTER_INTERRUPTS_FAILED)},
    {"map", "discoveries", IN_COUNTERS(QDPI_COUNTER_MAP_DISCOVERIES)},
    {"map", "changes", IN_COUNTERS(QDPI_COUNTER_MAP_CHANGES)},
    {"errors", "unmapped", IN_ERRORS(QDPI_STATISTICS_ERROR_UNMAPPED)},
    {"errors", "rom", IN_ERRORS(QDPI_STATISTICS_ERROR_ROM)},
    {"errors", "lost", IN_ERRORS(QDPI_STATISTICS_ERROR_LOST)},
    {"errors", "invalid", IN_ERRORS(QDPI_STATISTICS_ERROR_INVALID)},
    {"errors", "unsupported", IN_ERRORS(QDPI_STATISTICS_ERROR_UNSUPPORTED)},
    {"errors", "timeout", IN_ERRORS(QDPI_STATISTICS_ERROR_TIMEOUT)},
    {"errors", "io", IN_ERRORS(QDPI_STATISTICS_ERROR_IO)},
    {"errors", "other", IN_ERRORS(QDPI_STATISTICS_ERROR_OTHER)},
};

enum { FIGURE_COUNT = sizeof figures / sizeof figures[0] };

static uint64_t value_at(const struct qdpi_stats *bridge, size_t offset)
{
    uint64_t value = 0;
    memcpy(&value, (const unsigned char *)bridge + offset, sizeof value);
    return value;
}

// Of the figure at `offset`, per second; 0 without `before`.
static double rate_at(const struct qdpi_stats *now, const struct qdpi_stats *before, size_t offset)
{
    if (before == NULL || now->moment_us <= before->moment_us) {
        return 0;
    }
    const uint64_t gained = value_at(now, offset) - value_at(before, offset);
    return (double)gained * US_PER_SECOND / (double)(now->moment_us - before->moment_us);
}

static const char *state_name(uint32_t state)
{
    return state == QDPI_STATISTICS_ATTACHED ? "attached"
           : state == QDPI_STATISTICS_LOST   ? "lost"
                                             : "not attached";
}

// ---- Text --------------------------------------------------------------------------------------

void qdpi_stats_format_rate(double per_second, char *text, size_t size)
{
    static const char units[] = " kMGTP";
    unsigned unit = 0;
    // From here on it would be rounded to a thousand.
    while (per_second >= 999.5 && units[unit + 1] != '\0') {
        per_second /= 1000;
        unit++;
    }
    const int decimals = per_second == 0 || per_second >= 99.95 ? 0 : per_second >= 9.995 ? 1 : 2;
    snprintf(text, size, "%.*f", decimals, per_second);
    if (unit > 0) {
        const size_t length = strlen(text);
        snprintf(text + length, size - length, "%c", units[unit]);
    }
}

// Text from a page, which could hold what a terminal obeys.
static void print_plain(FILE *stream, const char *text)
{
    for (; *text != '\0'; text++) {
        fputc(isprint((unsigned char)*text) ? *text : '?', stream);
    }
}

// "N calls, R/s", the rate only where there was a look before.
static void print_count(FILE *stream, const struct qdpi_stats *now, const struct qdpi_stats *before,
                        size_t offset, const char *name)
{
    fprintf(stream, "%s %" PRIu64, name, value_at(now, offset));
    if (before != NULL) {
        char rate[RATE_COLUMNS];
        qdpi_stats_format_rate(rate_at(now, before, offset), rate, sizeof rate);
        fprintf(stream, " (%s/s)", rate);
    }
}

static void print_memory_row(FILE *stream, const struct qdpi_stats *now,
                             const struct qdpi_stats *before, const char *name, size_t calls,
                             size_t bytes)
{
    char rate[RATE_COLUMNS] = "";
    fprintf(stream, "  %-8s %16" PRIu64, name, value_at(now, calls));
    if (before != NULL) {
        qdpi_stats_format_rate(rate_at(now, before, calls), rate, sizeof rate);
    }
    fprintf(stream, " %8s", rate);
    if (bytes != 0) {
        fprintf(stream, " %20" PRIu64, value_at(now, bytes));
        if (before != NULL) {
            qdpi_stats_format_rate(rate_at(now, before, bytes), rate, sizeof rate);
        }
        fprintf(stream, " %8s", rate);
    }
    fputc('\n', stream);
}

static void print_errors(FILE *stream, const struct qdpi_stats *now)
{
    bool any = false;
    fputs("  errors: ", stream);
    for (size_t i = 0; i < FIGURE_COUNT; i++) {
        const uint64_t value = value_at(now, figures[i].offset);
        if (strcmp(figures[i].group, "errors") == 0 && value > 0) {
            fprintf(stream, "%s%s %" PRIu64, any ? ", " : "", figures[i].name, value);
            any = true;
        }
    }
    fputs(any ? "\n" : "none\n", stream);
}

static void print_heading(FILE *stream, const struct qdpi_stats *bridge)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t now_us = (uint64_t)now.tv_sec * US_PER_SECOND;
    const uint64_t begun_us = bridge->page.started_us;
    const uint64_t seconds = now_us > begun_us ? (now_us - begun_us) / US_PER_SECOND : 0;
    print_plain(stream, bridge->page.process);
    fprintf(stream, "[%" PRIu32 "]  %s  %" PRIu64 ":%02u:%02u  ", bridge->page.pid,
            state_name(bridge->page.state), seconds / 3600, (unsigned)(seconds / 60 % 60),
            (unsigned)(seconds % 60));
    print_plain(stream, bridge->page.endpoint);
    fputc('\n', stream);
}

static void print_bridge(FILE *stream, const struct qdpi_stats *now,
                         const struct qdpi_stats *before)
{
    print_heading(stream, now);
    fprintf(stream, "  %-8s %16s %8s %20s %8s\n", "", "calls", before != NULL ? "/s" : "", "bytes",
            before != NULL ? "/s" : "");
    print_memory_row(stream, now, before, "reads", IN_MEMORY(reads), IN_MEMORY(read_bytes));
    print_memory_row(stream, now, before, "writes", IN_MEMORY(writes), IN_MEMORY(write_bytes));
    print_memory_row(stream, now, before, "atomics", IN_MEMORY(atomics), 0);
    fputs("  ", stream);
    print_count(stream, now, before, IN_COUNTERS(QDPI_COUNTER_DOORBELLS), "doorbells");
    fprintf(stream,
            ", events %" PRIu64 ", dropped %" PRIu64 ", most waiting %" PRIu64
            ", guest paused for a flood %" PRIu64 " times\n  ",
            now->page.counters.values[QDPI_COUNTER_EVENTS],
            now->page.counters.values[QDPI_COUNTER_DROPPED], now->page.queue_high,
            now->page.counters.values[QDPI_COUNTER_FLOOD_PAUSES]);
    print_count(stream, now, before, IN_COUNTERS(QDPI_COUNTER_INTERRUPTS_POSTED), "interrupts");
    fprintf(stream,
            ", taken %" PRIu64 ", failed %" PRIu64 "; map asked for %" PRIu64
            " times, changed %" PRIu64 "\n",
            now->page.counters.values[QDPI_COUNTER_INTERRUPTS_TAKEN],
            now->page.counters.values[QDPI_COUNTER_INTERRUPTS_FAILED],
            now->page.counters.values[QDPI_COUNTER_MAP_DISCOVERIES],
            now->page.counters.values[QDPI_COUNTER_MAP_CHANGES]);
    print_errors(stream, now);
}

void qdpi_stats_print(FILE *stream, const struct qdpi_stats_list *now,
                      const struct qdpi_stats_list *before)
{
    const time_t seconds = time(NULL);
    struct tm parts = {0};
    localtime_r(&seconds, &parts);
    fprintf(stream, "%02d:%02d:%02d  %zu bridge%s", parts.tm_hour, parts.tm_min, parts.tm_sec,
            now->count, now->count == 1 ? "" : "s");
    if (now->unreadable > 0) {
        fprintf(stream, ", and %zu of another version of the library, whose command shows them",
                now->unreadable);
    }
    fputc('\n', stream);
    for (size_t i = 0; i < now->count; i++) {
        fputc('\n', stream);
        print_bridge(stream, &now->bridges[i], qdpi_stats_find(before, &now->bridges[i]));
    }
}

// ---- JSON --------------------------------------------------------------------------------------

static json_t *group_of(json_t *object, const char *name)
{
    json_t *const group = json_object_get(object, name);
    if (group == NULL) {
        json_object_set_new(object, name, json_object());
    }
    return json_object_get(object, name);
}

static json_t *json_bridge(const struct qdpi_stats *now, const struct qdpi_stats *before)
{
    json_t *const bridge = json_pack(
        "{s:I, s:o, s:o, s:s, s:I}", "pid", (json_int_t)now->page.pid, "process",
        qdpi_json_text(now->page.process), "endpoint", qdpi_json_text(now->page.endpoint), "state",
        state_name(now->page.state), "started_us", (json_int_t)now->page.started_us);
    json_t *const rates = before != NULL ? json_object() : json_null();
    for (size_t i = 0; i < FIGURE_COUNT; i++) {
        const struct figure *const figure = &figures[i];
        json_object_set_new(group_of(bridge, figure->group), figure->name,
                            json_integer((json_int_t)value_at(now, figure->offset)));
        if (before != NULL) {
            json_object_set_new(group_of(rates, figure->group), figure->name,
                                json_real(rate_at(now, before, figure->offset)));
        }
    }
    json_object_set_new(group_of(bridge, "events"), "queue_high",
                        json_integer((json_int_t)now->page.queue_high));
    json_object_set_new(bridge, "rates", rates);
    return bridge;
}

json_t *qdpi_stats_json(const struct qdpi_stats_list *now, const struct qdpi_stats_list *before)
{
    struct timespec moment = {0};
    json_t *const bridges = json_array();
    clock_gettime(CLOCK_REALTIME, &moment);
    for (size_t i = 0; i < now->count; i++) {
        json_array_append_new(
            bridges, json_bridge(&now->bridges[i], qdpi_stats_find(before, &now->bridges[i])));
    }
    return json_pack("{s:I, s:o, s:I}", "time_us",
                     (json_int_t)moment.tv_sec * US_PER_SECOND + moment.tv_nsec / 1000, "bridges",
                     bridges, "unreadable", (json_int_t)now->unreadable);
}
