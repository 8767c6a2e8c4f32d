// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What QEMU says of a CPU and of addresses.

#include "cpu_state.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** How much of a text that is not understood stands in the sentence about it. */
#define QUOTE_MAX 120

/** A number of up to 64 bits in base 16 from `text` on, which ends where a word does. */
static bool read_number(const char *text, uint64_t *value)
{
    char *end;

    // strtoull() would take a sign and a prefix too.
    if (!isxdigit((unsigned char)text[0]) || text[1] == 'x' || text[1] == 'X')
        return false;
    errno = 0;
    *value = strtoull(text, &end, 16);
    return errno == 0 && (*end == '\0' || isspace((unsigned char)*end));
}

/** The value of "NAME=" in the text. */
static bool find_register(const char *text, const char *name, uint64_t *value)
{
    const size_t length = strlen(name);

    for (const char *at = strstr(text, name); at != NULL; at = strstr(at + 1, name)) {
        // Not the end of a longer name.
        if (at != text && !isspace((unsigned char)at[-1]))
            continue;
        if (at[length] == '=')
            return read_number(at + length + 1, value);
    }
    return false;
}

int qdpi_cpu_state_read_paging(const char *text, struct qdpi_paging *paging,
                               struct qdpi_error *error)
{
    uint64_t a20;
    uint64_t smm;
    const struct {
        const char *name;
        uint64_t *value;
    } registers[] = {
        {"CR0", &paging->cr0},   {"CR3", &paging->cr3}, {"CR4", &paging->cr4},
        {"EFER", &paging->efer}, {"A20", &a20},         {"SMM", &smm},
    };

    for (size_t i = 0; i < sizeof registers / sizeof registers[0]; i++) {
        if (!find_register(text, registers[i].name, registers[i].value))
            return qdpi_fail(error, -EPROTO,
                             "registers of a CPU: QEMU's \"info registers\" shows no %s that can "
                             "be read; is this an x86 guest? It begins: %.*s",
                             registers[i].name, QUOTE_MAX, text);
    }
    // A CPU in system management mode has all address lines.
    paging->a20_masked = a20 == 0 && smm == 0;
    return 0;
}

int qdpi_cpu_state_read_gpa(const char *text, uint64_t *gpa, struct qdpi_error *error)
{
    static const char mapped[] = "gpa: 0x";

    if (strncmp(text, "Unmapped", strlen("Unmapped")) == 0)
        return 0;
    // Of 0, QEMU's "%#x" prints no "0x".
    if (strncmp(text, mapped, strlen(mapped)) == 0 && read_number(text + strlen(mapped), gpa))
        return 1;
    if (strncmp(text, "gpa: 0", strlen("gpa: 0")) == 0 && read_number(text + strlen("gpa: "), gpa))
        return 1;
    return qdpi_fail(error, -EPROTO, "gva2gpa: QEMU's answer is not understood: %.*s", QUOTE_MAX,
                     text);
}

int qdpi_cpu_state_read_host_address(const char *text, uint64_t *address, struct qdpi_error *error)
{
    static const char is[] = ") is 0x";
    const char *at = strncmp(text, "Host virtual address", strlen("Host virtual address")) == 0
                         ? strstr(text, is)
                         : NULL;

    if (at != NULL && read_number(at + strlen(is), address))
        return 1;
    if (strncmp(text, "No memory is mapped", strlen("No memory is mapped")) == 0 ||
        (strncmp(text, "Memory at address", strlen("Memory at address")) == 0 &&
         strstr(text, "is not RAM") != NULL))
        return 0;
    return qdpi_fail(error, -EPROTO, "gpa2hva: QEMU's answer is not understood: %.*s", QUOTE_MAX,
                     text);
}

int qdpi_cpu_state_ask(struct qdpi_qmp_client *client, unsigned cpu, const char *command_line,
                       const struct timespec *deadline, char **output, struct qdpi_error *error)
{
    json_t *answer = NULL;
    json_t *arguments =
        json_pack("{s:s, s:I}", "command-line", command_line, "cpu-index", (json_int_t)cpu);
    int result;

    if (arguments == NULL)
        return qdpi_fail(error, -ENOMEM, "%s: out of memory", command_line);
    result = qdpi_qmp_execute(client, "human-monitor-command", arguments, deadline, &answer, error);
    if (result != 0)
        return result;
    *output = json_is_string(answer) ? strdup(json_string_value(answer)) : NULL;
    if (*output == NULL)
        result = json_is_string(answer)
                     ? qdpi_fail(error, -ENOMEM, "%s: out of memory", command_line)
                     : qdpi_fail(error, -EPROTO, "%s: QEMU's answer is no text", command_line);
    json_decref(answer);
    return result;
}
