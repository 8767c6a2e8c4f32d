// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi crc: a check value of a range, to compare without a copy.

#include <argp.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "attachment.h"
#include "command.h"
#include "cyclic_redundancy.h"
#include "json_output.h"
#include "memory_stream.h"
#include "number.h"
#include "secure_hash.h"

enum {
    ARGUMENTS = 2,
    OPTION_JSON = 0x100,
    TEXT_ROOM = 2 * QDPI_SHA256_BYTES + 1,
};

enum algorithm {
    ALGORITHM_CRC32,
    ALGORITHM_CRC32C,
    ALGORITHM_SHA256,
};

static const char *const algorithm_names[] = {
    [ALGORITHM_CRC32] = "crc32",
    [ALGORITHM_CRC32C] = "crc32c",
    [ALGORITHM_SHA256] = "sha256",
};

struct options {
    struct qdpi_attachment attachment;
    const char *arguments[ARGUMENTS];  // GPA, length
    uint64_t gpa;
    uint64_t length;
    enum algorithm algorithm;
    bool json;
};

static enum algorithm parse_algorithm(struct argp_state *state, const char *text)
{
    for (size_t i = 0; i < sizeof algorithm_names / sizeof algorithm_names[0]; i++) {
        if (strcmp(algorithm_names[i], text) == 0) {
            return (enum algorithm)i;
        }
    }
    argp_error(state, "'%s' is no algorithm: give crc32, crc32c or sha256", text);
    return ALGORITHM_CRC32;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->attachment;
        return 0;
    case 'a':
        options->algorithm = parse_algorithm(state, argument);
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num >= ARGUMENTS) {
            return ARGP_ERR_UNKNOWN;
        }
        options->arguments[state->arg_num] = argument;
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < ARGUMENTS) {
            argp_error(state, "of what? Give a GPA and a length in bytes");
            return 0;
        }
        options->gpa = qdpi_parse_number(state, "GPA", options->arguments[0]);
        options->length = qdpi_parse_number(state, "length", options->arguments[1]);
        qdpi_require_range(state, options->gpa, options->length);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int take_for_crc(void *context, uint64_t gpa, const unsigned char *data, size_t size)
{
    (void)gpa;
    qdpi_crc_add(context, data, size);
    return QDPI_EXIT_OK;
}

static int take_for_hash(void *context, uint64_t gpa, const unsigned char *data, size_t size)
{
    (void)gpa;
    qdpi_sha256_add(context, data, size);
    return QDPI_EXIT_OK;
}

static int compute_hash(struct qdpi_bridge *bridge, const struct options *options,
                        char text[TEXT_ROOM])
{
    struct qdpi_sha256 hash;
    unsigned char digest[QDPI_SHA256_BYTES];
    qdpi_sha256_begin(&hash);
    const int status =
        qdpi_stream_read(bridge, options->gpa, options->length, take_for_hash, &hash);
    qdpi_sha256_finish(&hash, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(text + 2 * i, TEXT_ROOM - 2 * i, "%02x", digest[i]);
    }
    return status;
}

static int compute_crc(struct qdpi_bridge *bridge, const struct options *options,
                       char text[TEXT_ROOM])
{
    struct qdpi_crc crc;
    qdpi_crc_begin(&crc, options->algorithm == ALGORITHM_CRC32C ? QDPI_CRC32_CASTAGNOLI
                                                                : QDPI_CRC32_IEEE);
    const int status = qdpi_stream_read(bridge, options->gpa, options->length, take_for_crc, &crc);
    snprintf(text, TEXT_ROOM, "%08" PRIx32, qdpi_crc_value(&crc));
    return status;
}

static int show(struct qdpi_bridge *bridge, const struct options *options)
{
    char text[TEXT_ROOM];
    const int status = options->algorithm == ALGORITHM_SHA256 ? compute_hash(bridge, options, text)
                                                              : compute_crc(bridge, options, text);
    if (status != QDPI_EXIT_OK) {
        return status;
    }
    if (options->json) {
        return qdpi_json_print(json_pack("{s:o, s:I, s:s, s:s}", "gpa",
                                         qdpi_json_address(options->gpa), "length",
                                         (json_int_t)options->length, "algorithm",
                                         algorithm_names[options->algorithm], "value", text));
    }
    puts(text);
    return QDPI_EXIT_OK;
}

static int act(struct qdpi_bridge *bridge, void *context)
{
    return show(bridge, context);
}

static int run(int argc, char **argv)
{
    static const struct argp_option table[] = {
        {.name = "algorithm",
         .key = 'a',
         .arg = "crc32|crc32c|sha256",
         .doc = "crc32: IEEE 802.3, as zlib has it; crc32c: Castagnoli; sha256: as sha256sum "
                "prints it; default: crc32"},
        {.name = "json", .key = OPTION_JSON, .doc = "Print JSON"},
        {0},
    };
    static const struct argp_child children[] = {{.argp = &qdpi_attachment_argp}, {0}};
    static const struct argp argp = {
        .options = table,
        .parser = parse_option,
        .args_doc = "GPA LENGTH",
        .doc = "A check value of LENGTH bytes from the guest-physical address GPA on, in "
               "hexadecimal."
               "\vNumbers are decimal, 0x or 0b, with K, M, G or T, and sums such as 3G+0x40. A "
               "running guest may write meanwhile: stop it first for one moment's value.",
        .children = children,
    };
    struct options options = {.algorithm = ALGORITHM_CRC32};
    return qdpi_run_attached(&argp, argc, argv, &options, act);
}

const struct qdpi_command qdpi_command_crc = {
    .name = "crc",
    .summary = "A check value of a range",
    .run = run,
};
