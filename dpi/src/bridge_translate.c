// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The calls of the C API about addresses: translation here, and what QEMU says to it.

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bridge.h"
#include "cpu_state.h"
#include "deadline.h"
#include "page_walk.h"

/** Longest command line that QEMU is asked with. */
#define COMMAND_MAX 40

static int read_entry(void *context, uint64_t gpa, void *entry, size_t size,
                      struct qdpi_error *error)
{
    struct qdpi_bridge *bridge = context;

    return qdpi_guest_memory_read(&bridge->memory, gpa, entry, size, error);
}

int qdpi_translate(struct qdpi_bridge *bridge, const struct qdpi_paging *paging, uint64_t gva,
                   unsigned access, struct qdpi_translation *translation)
{
    struct qdpi_error error;
    int result;

    if (bridge == NULL || paging == NULL || translation == NULL)
        return -EINVAL;
    error.text[0] = '\0';
    result = qdpi_page_walk(paging, gva, access, read_entry, bridge, translation, &error);
    if (result == 0)
        return 0;
    if (result == -ENOTCONN)
        qdpi_bridge_tell_lost(bridge);
    return qdpi_bridge_failed(bridge, result, &error);
}

/** Run a command line and have its output read by `read_answer`. */
static int ask(struct qdpi_bridge *bridge, unsigned cpu, const char *command_line,
               unsigned timeout_ms, int (*read_answer)(const char *, void *, struct qdpi_error *),
               void *answer)
{
    struct qdpi_error error = {.text = ""};
    const struct timespec deadline = qdpi_deadline_in(timeout_ms);
    char *output;
    int result;

    result = qdpi_require(bridge, QDPI_FEATURE_CONTROL);
    if (result != 0)
        return result;
    result = qdpi_cpu_state_ask(bridge->client, cpu, command_line, &deadline, &output, &error);
    if (result == 0) {
        result = read_answer(output, answer, &error);
        free(output);
    }
    return result < 0 ? qdpi_bridge_failed(bridge, result, &error) : result;
}

static int read_paging(const char *text, void *answer, struct qdpi_error *error)
{
    return qdpi_cpu_state_read_paging(text, answer, error);
}

static int read_gpa(const char *text, void *answer, struct qdpi_error *error)
{
    return qdpi_cpu_state_read_gpa(text, answer, error);
}

static int read_host_address(const char *text, void *answer, struct qdpi_error *error)
{
    return qdpi_cpu_state_read_host_address(text, answer, error);
}

int qdpi_cpu_paging(struct qdpi_bridge *bridge, unsigned cpu, struct qdpi_paging *paging,
                    unsigned timeout_ms)
{
    return ask(bridge, cpu, "info registers", timeout_ms, read_paging, paging);
}

int qdpi_cpu_translate(struct qdpi_bridge *bridge, unsigned cpu, uint64_t gva, uint64_t *gpa,
                       unsigned timeout_ms)
{
    char command_line[COMMAND_MAX];

    (void)snprintf(command_line, sizeof command_line, "gva2gpa 0x%" PRIx64, gva);
    return ask(bridge, cpu, command_line, timeout_ms, read_gpa, gpa);
}

int qdpi_host_address(struct qdpi_bridge *bridge, uint64_t gpa, uint64_t *address,
                      unsigned timeout_ms)
{
    char command_line[COMMAND_MAX];

    (void)snprintf(command_line, sizeof command_line, "gpa2hva 0x%" PRIx64, gpa);
    return ask(bridge, 0, command_line, timeout_ms, read_host_address, address);
}
