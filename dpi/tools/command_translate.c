// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi translate: from addresses of the guest's software to GPAs, files and QEMU's process.

#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attachment.h"
#include "command.h"
#include "json_output.h"
#include "map_snapshot.h"
#include "number.h"
#include "translation_report.h"

enum {
    OPTION_CR0 = 0x100,
    OPTION_CR3,
    OPTION_CR4,
    OPTION_EFER,
    OPTION_REAL,
    OPTION_STEPS,
    OPTION_VERIFY,
    OPTION_HOST,
    OPTION_JSON,
    REGISTERS = OPTION_EFER - OPTION_CR0 + 1,
    HEXADECIMAL = 16,
    SEGMENT_SHIFT = 4,
    SEGMENT_MAX = 0xffff,
    LONGEST_WORD = 128,
    FIRST_CAPACITY = 64,
};

// What Linux has on a 64-bit CPU with 4 levels: the guess where no CPU can be asked.
static const struct qdpi_paging usual_paging = {.cr0 = 0x80050033, .cr4 = 0x6f0, .efer = 0xd01};

struct options {
    struct qdpi_attachment attachment;
    uint64_t *gvas;
    size_t count;
    size_t capacity;
    unsigned cpu;
    bool cpu_given;
    bool given[REGISTERS];
    uint64_t registers[REGISTERS];  // CR0, CR3, CR4, EFER
    unsigned access;
    bool real;
    bool steps;
    bool verify;
    bool host;
    bool json;
};

// ---- Arguments ---------------------------------------------------------------------------------

static void add_gva(struct argp_state *state, struct options *options, uint64_t gva)
{
    if (options->count == options->capacity) {
        options->capacity = options->capacity == 0 ? FIRST_CAPACITY : 2 * options->capacity;
        options->gvas = reallocarray(options->gvas, options->capacity, sizeof *options->gvas);
        if (options->gvas == NULL) {
            argp_failure(state, QDPI_EXIT_FILE, errno, "no memory for the addresses");
            options->capacity = 0;
            options->count = 0;
            return;
        }
    }
    options->gvas[options->count++] = gva;
}

static bool parse_segmented(const char *text, uint64_t *address)
{
    char *colon = NULL;
    char *end = NULL;
    const unsigned long segment = strtoul(text, &colon, HEXADECIMAL);
    if (colon == text || *colon != ':' || segment > SEGMENT_MAX) {
        return false;
    }
    const unsigned long offset = strtoul(colon + 1, &end, HEXADECIMAL);
    if (end == colon + 1 || *end != '\0' || offset > SEGMENT_MAX) {
        return false;
    }
    *address = ((uint64_t)segment << SEGMENT_SHIFT) + offset;
    return true;
}

static void parse_gva(struct argp_state *state, struct options *options, const char *text)
{
    uint64_t gva = 0;
    if (strchr(text, ':') == NULL) {
        gva = qdpi_parse_number(state, "GVA", text);
    } else if (!options->real) {
        argp_error(state, "'%s' is an address of real mode: give --real too", text);
    } else if (!parse_segmented(text, &gva)) {
        argp_error(state,
                   "'%s' is no address of real mode: give SEGMENT:OFFSET, both hexadecimal and at "
                   "most ffff, for instance f000:fff0",
                   text);
    }
    add_gva(state, options, gva);
}

static void parse_stdin(struct argp_state *state, struct options *options)
{
    char word[LONGEST_WORD];
    while (scanf("%127s", word) == 1) {
        parse_gva(state, options, word);
    }
    if (ferror(stdin)) {
        argp_failure(state, QDPI_EXIT_FILE, errno, "standard input cannot be read");
    }
}

static void parse_gvas(struct argp_state *state, struct options *options)
{
    for (int i = state->next; i < state->argc; i++) {
        if (strcmp(state->argv[i], "-") == 0) {
            parse_stdin(state, options);
        } else {
            parse_gva(state, options, state->argv[i]);
        }
    }
}

static unsigned parse_access(struct argp_state *state, const char *text)
{
    static const struct {
        char letter;
        unsigned access;
    } letters[] = {
        {'r', QDPI_ACCESS_READ},
        {'w', QDPI_ACCESS_WRITE},
        {'x', QDPI_ACCESS_EXECUTE},
        {'u', QDPI_ACCESS_USER},
    };
    const size_t letter_count = sizeof letters / sizeof letters[0];
    unsigned access = QDPI_ACCESS_ANY;
    for (const char *c = text; *c != '\0'; c++) {
        size_t i = 0;
        while (i < letter_count && letters[i].letter != *c) {
            i++;
        }
        if (i == letter_count) {
            argp_error(state, "'%s' is no access: give letters of r, w, x and u (as user code)",
                       text);
            return access;
        }
        access |= letters[i].access;
    }
    return access;
}

static void check_options(struct argp_state *state, const struct options *options)
{
    bool any_register = false;
    for (int i = 0; i < REGISTERS; i++) {
        any_register |= options->given[i];
    }
    if (options->real && any_register) {
        argp_error(state, "--real has paging off: leave --cr0, --cr3, --cr4 and --efer out");
    }
    if (options->verify && (options->real || any_register)) {
        argp_error(state, "--verify asks QEMU, which knows the registers of its CPUs only: leave "
                          "--real, --cr0, --cr3, --cr4 and --efer out");
    }
    if (options->count == 0) {
        argp_error(state, "which address? Give one or more GVAs, or - to read them from standard "
                          "input");
    }
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    static const char *const names[REGISTERS] = {"CR0", "CR3", "CR4", "EFER"};
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->attachment;
        return 0;
    case 'c': {
        const uint64_t cpu = qdpi_parse_number(state, "CPU", argument);
        if (cpu > INT32_MAX) {
            argp_error(state, "there is no CPU %s", argument);
        }
        options->cpu = (unsigned)cpu;
        options->cpu_given = true;
        return 0;
    }
    case 'a':
        options->access = parse_access(state, argument);
        return 0;
    case OPTION_CR0:
    case OPTION_CR3:
    case OPTION_CR4:
    case OPTION_EFER:
        options->registers[key - OPTION_CR0] =
            qdpi_parse_number(state, names[key - OPTION_CR0], argument);
        options->given[key - OPTION_CR0] = true;
        return 0;
    case OPTION_REAL:
        options->real = true;
        return 0;
    case OPTION_STEPS:
        options->steps = true;
        return 0;
    case OPTION_VERIFY:
        options->verify = true;
        return 0;
    case OPTION_HOST:
        options->host = true;
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    case ARGP_KEY_ARGS:
        parse_gvas(state, options);
        return 0;
    case ARGP_KEY_END:
        check_options(state, options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// ---- The address space -------------------------------------------------------------------------

static int find_paging(struct qdpi_bridge *bridge, const struct options *options,
                       struct qdpi_paging *paging)
{
    uint64_t *const registers[REGISTERS] = {&paging->cr0, &paging->cr3, &paging->cr4,
                                            &paging->efer};
    const bool cr3_given = options->given[OPTION_CR3 - OPTION_CR0];
    *paging = usual_paging;
    const bool can_ask = qdpi_require(bridge, QDPI_FEATURE_CONTROL) == 0;
    if (can_ask || options->cpu_given || (!options->real && !cr3_given)) {
        qdpi_last_error(bridge);
        const int result =
            qdpi_cpu_paging(bridge, options->cpu, paging, options->attachment.timeout_ms);
        if (result < 0) {
            return qdpi_tell_failure(bridge, result, "registers of CPU %u%s", options->cpu,
                                     can_ask ? "" : " (or give --cr3)");
        }
    }
    qdpi_last_error(bridge);
    for (int i = 0; i < REGISTERS; i++) {
        if (options->given[i]) {
            *registers[i] = options->registers[i];
        }
    }
    if (options->real) {
        *paging = (struct qdpi_paging){.a20_masked = paging->a20_masked};
    }
    return QDPI_EXIT_OK;
}

// ---- One address after the other ---------------------------------------------------------------

static int verify(struct qdpi_bridge *bridge, const struct options *options,
                  struct qdpi_translation_report *report)
{
    const int result = qdpi_cpu_translate(bridge, options->cpu, report->gva, &report->qemu_gpa,
                                          options->attachment.timeout_ms);
    if (result < 0) {
        return qdpi_tell_failure(bridge, result, "what QEMU says");
    }
    report->qemu_has_gpa = result == 1;
    // That the rights are not enough is no matter of where the page is.
    const bool has_gpa = report->result == 0 || report->translation.fault == QDPI_FAULT_RIGHTS;
    if (report->translation.fault == QDPI_FAULT_RESERVED) {
        report->verification = QDPI_NOT_COMPARABLE;
    } else if (has_gpa == report->qemu_has_gpa &&
               (!has_gpa || report->translation.gpa == report->qemu_gpa)) {
        report->verification = QDPI_QEMU_AGREES;
    } else {
        report->verification = QDPI_QEMU_DIFFERS;
    }
    return QDPI_EXIT_OK;
}

static int find_host(struct qdpi_bridge *bridge, const struct options *options,
                     struct qdpi_translation_report *report)
{
    const int result = qdpi_host_address(bridge, report->translation.gpa, &report->host,
                                         options->attachment.timeout_ms);
    if (result < 0) {
        return qdpi_tell_failure(bridge, result, "address in QEMU");
    }
    report->has_host = result == 1;
    return QDPI_EXIT_OK;
}

// Fills `report`. @return the exit status: QDPI_EXIT_NO where there is no translation, or another.
static int translate(struct qdpi_bridge *bridge, const struct options *options,
                     const struct qdpi_paging *paging, const struct qdpi_map_snapshot *map,
                     struct qdpi_translation_report *report)
{
    int status = QDPI_EXIT_OK;
    report->result =
        qdpi_translate(bridge, paging, report->gva, options->access, &report->translation);
    if (report->result < 0 && report->translation.fault == QDPI_FAULT_NONE) {
        return qdpi_tell_failure(bridge, report->result, "translation");
    }
    report->sentence = report->result < 0 ? qdpi_last_error(bridge) : "";
    if (report->result == 0) {
        report->range = qdpi_map_snapshot_find(map, report->translation.gpa);
    }
    if (options->verify) {
        status = verify(bridge, options, report);
    }
    if (status == QDPI_EXIT_OK && options->host && report->result == 0) {
        status = find_host(bridge, options, report);
    }
    if (status == QDPI_EXIT_OK &&
        (report->result != 0 || report->verification == QDPI_QEMU_DIFFERS)) {
        status = QDPI_EXIT_NO;
    }
    return status;
}

static int translate_all(struct qdpi_bridge *bridge, const struct options *options,
                         const struct qdpi_paging *paging, const struct qdpi_map_snapshot *map)
{
    json_t *const translations = json_array();
    int status = QDPI_EXIT_OK;
    // That a file has no QEMU to ask for its map is no failure of a translation.
    qdpi_last_error(bridge);
    for (size_t i = 0; i < options->count; i++) {
        struct qdpi_translation_report report = {.gva = options->gvas[i]};
        int one = translate(bridge, options, paging, map, &report);
        if (one != QDPI_EXIT_OK && one != QDPI_EXIT_NO) {
            json_decref(translations);
            return one;
        }
        // With --verify the question is whether QEMU says the same, be it that nothing is mapped.
        if (options->verify) {
            one = report.verification == QDPI_QEMU_DIFFERS ? QDPI_EXIT_NO : QDPI_EXIT_OK;
        }
        status = one != QDPI_EXIT_OK ? one : status;
        if (options->json) {
            json_array_append_new(translations, qdpi_translation_report_json(&report));
        } else {
            qdpi_translation_report_print(&report, options->steps);
        }
    }
    if (!options->json) {
        json_decref(translations);
        return status;
    }
    const int printed = qdpi_json_print(
        json_pack("{s:o, s:o, s:o, s:o, s:o}", "cr0", qdpi_json_address(paging->cr0), "cr3",
                  qdpi_json_address(paging->cr3), "cr4", qdpi_json_address(paging->cr4), "efer",
                  qdpi_json_address(paging->efer), "translations", translations));
    return printed != QDPI_EXIT_OK ? printed : status;
}

static int act(struct qdpi_bridge *bridge, void *context)
{
    struct options *options = context;
    struct qdpi_map_snapshot map = {0};
    struct qdpi_paging paging;
    int status = find_paging(bridge, options, &paging);
    if (status == QDPI_EXIT_OK) {
        status = qdpi_map_snapshot_take(bridge, &map);
    }
    if (status == QDPI_EXIT_OK) {
        status = translate_all(bridge, options, &paging, &map);
    }
    qdpi_map_snapshot_free(&map);
    return status;
}

static int run(int argc, char **argv)
{
    static const struct argp_option table[] = {
        {.name = "cpu",
         .key = 'c',
         .arg = "N",
         .doc = "In the address space that CPU N has now; default: 0"},
        {.name = "cr3",
         .key = OPTION_CR3,
         .arg = "X",
         .doc = "In that of the page tables at X; the other registers are the CPU's, or with an "
                "endpoint without QMP those of 4 levels"},
        {.name = "cr0", .key = OPTION_CR0, .arg = "X", .doc = "With X in CR0"},
        {.name = "cr4", .key = OPTION_CR4, .arg = "X", .doc = "With X in CR4"},
        {.name = "efer", .key = OPTION_EFER, .arg = "X", .doc = "With X in EFER"},
        {.name = "real",
         .key = OPTION_REAL,
         .doc = "With paging off; GVAs may be SEGMENT:OFFSET, both hexadecimal"},
        {.name = "access",
         .key = 'a',
         .arg = "RIGHTS",
         .doc = "Whether the page allows it: letters of r, w, x, u (as user code)"},
        {.name = "steps", .key = OPTION_STEPS, .doc = "Print each entry of the page tables"},
        {.name = "verify",
         .key = OPTION_VERIFY,
         .doc =
             "Compare with QEMU's own gva2gpa; exit status 1: one differs. Of a guest that runs, "
             "the page tables may change in between: stop it first"},
        {.name = "host", .key = OPTION_HOST, .doc = "Print the address in QEMU's process too"},
        {.name = "json", .key = OPTION_JSON, .doc = "Print JSON"},
        {0},
    };
    static const struct argp_child children[] = {{.argp = &qdpi_attachment_argp}, {0}};
    static const struct argp argp = {
        .options = table,
        .parser = parse_option,
        .args_doc = "GVA...",
        .doc =
            "From addresses of the guest's software (GVAs) to guest-physical addresses, and on to "
            "the file and offset behind them, by the page tables in guest memory. \"-\" reads "
            "GVAs from standard input. Exit status 1: one has no translation.",
        .children = children,
    };
    struct options options = {0};
    const int status = qdpi_run_attached(&argp, argc, argv, &options, act);
    free(options.gvas);
    return status;
}

const struct qdpi_command qdpi_command_translate = {
    .name = "translate",
    .summary = "Where an address of the guest's software is: GPA, file, QEMU's process",
    .run = run,
};
