// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads back what it writes to a RAM file through the installed library, and is no simulator: an
// array is refused with a sentence. Compiled as C and as C++.

#include <qemu_dpi.h>
#include <stdio.h>
#include <string.h>

// As a simulator knows it, which has svdpi.h.
#ifdef __cplusplus
extern "C" {
#endif
int dpi_mem_read(void *bridge, unsigned long long gpa, void *array);
#ifdef __cplusplus
}
#endif

int main(int argc, char **argv)
{
    struct qdpi_bridge *bridge;
    uint64_t data = 0;
    int result;

    if (argc != 2)
        return 2;
    result = qdpi_open(argv[1], 0, &bridge);
    if (result == 0)
        result = qdpi_mem_write64(bridge, 0x1000, UINT64_C(0x0123456789abcdef));
    if (result == 0)
        result = qdpi_mem_read64(bridge, 0x1000, &data);
    if (result == 0 && (dpi_mem_read(bridge, 0x1000, &data) != QDPI_ERR_INVALID ||
                        strstr(qdpi_last_error(bridge), "svGetArrayPtr") == NULL))
        result = 1;
    if (result != 0)
        fprintf(stderr, "%s\n", qdpi_last_error(bridge));
    qdpi_close(bridge);
    return result == 0 && data == UINT64_C(0x0123456789abcdef) ? 0 : 1;
}
