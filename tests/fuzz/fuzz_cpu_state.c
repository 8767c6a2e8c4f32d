// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Fuzz target: any text as what QEMU's human monitor says of a CPU and of addresses. What is read
// must be what a text made of it says again.

#include "cpu_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_refusal(int result, const struct qdpi_error *error)
{
    if ((result < 0) != (error->text[0] != '\0') || (result < 0 && result != -EPROTO)) {
        abort();
    }
}

static void check_paging(const char *text)
{
    struct qdpi_error error = {.text = ""};
    struct qdpi_paging paging = {0};
    struct qdpi_paging again = {0};
    char copy[256];
    int result = qdpi_cpu_state_read_paging(text, &paging, &error);

    check_refusal(result, &error);
    if (result != 0) {
        return;
    }
    (void)snprintf(copy, sizeof copy,
                   "XCR0=7 A20=%d SMM=0\nCR0=%08" PRIx64 " CR3=%016" PRIx64 "\r\nCR4=%" PRIx64
                   " EFER=%" PRIx64,
                   paging.a20_masked ? 0 : 1, paging.cr0, paging.cr3, paging.cr4, paging.efer);
    if (qdpi_cpu_state_read_paging(copy, &again, &error) != 0 || again.cr0 != paging.cr0 ||
        again.cr3 != paging.cr3 || again.cr4 != paging.cr4 || again.efer != paging.efer ||
        again.a20_masked != paging.a20_masked) {
        abort();
    }
}

static void check_gpa(const char *text)
{
    struct qdpi_error error = {.text = ""};
    uint64_t gpa = 0;
    uint64_t again = 0;
    char copy[64];
    int result = qdpi_cpu_state_read_gpa(text, &gpa, &error);

    check_refusal(result, &error);
    (void)snprintf(copy, sizeof copy, "gpa: %#" PRIx64 "\r\n", gpa);
    if (result == 1 && (qdpi_cpu_state_read_gpa(copy, &again, &error) != 1 || again != gpa)) {
        abort();
    }
}

static void check_host_address(const char *text)
{
    struct qdpi_error error = {.text = ""};
    uint64_t address = 0;
    uint64_t again = 0;
    char copy[96];
    int result = qdpi_cpu_state_read_host_address(text, &address, &error);

    check_refusal(result, &error);
    (void)snprintf(copy, sizeof copy, "Host virtual address for 0x1000 (mem) is 0x%" PRIx64,
                   address);
    if (result == 1 &&
        (qdpi_cpu_state_read_host_address(copy, &again, &error) != 1 || again != address)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    check_paging(text);
    check_gpa(text);
    check_host_address(text);
    free(text);
    return 0;
}
