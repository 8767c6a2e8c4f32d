// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Fuzz target: any text as an endpoint. What is accepted must keep what the header promises, and
// must be laid out as a memory map.

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "endpoint.h"
#include "machine_layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_accepted(const struct qdpi_endpoint *endpoint)
{
    struct qdpi_map_range ranges[QDPI_MACHINE_LAYOUT_RANGES_MAX];
    size_t length = strlen(endpoint->path);

    if (length == 0 || length >= sizeof endpoint->path || endpoint->size % 4096 != 0 ||
        endpoint->size > UINT64_C(1) << 62) {
        abort();
    }
    if (endpoint->kind == QDPI_ENDPOINT_QMP &&
        length >= sizeof((struct sockaddr_un *)NULL)->sun_path) {
        abort();
    }
    size_t count = qdpi_machine_layout(endpoint->machine, endpoint->size, ranges);
    struct qdpi_memory_map *map = qdpi_memory_map_build(ranges, count);
    if (map == NULL || map->count != count) {
        abort();
    }
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += ranges[i].last - ranges[i].first + 1;
    }
    if (bytes > endpoint->size || endpoint->size - bytes > 0x20000) {
        abort();
    }
    free(map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct qdpi_error error = {.text = ""};
    struct qdpi_endpoint endpoint;
    char *text = malloc(size + 1);

    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    int result = qdpi_endpoint_parse(text, &endpoint, &error);
    if (result == 0) {
        check_accepted(&endpoint);
    } else if (result != -EINVAL || error.text[0] == '\0') {
        abort();
    }
    free(text);
    return 0;
}
