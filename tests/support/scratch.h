// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Directories of tests. Whoever has one holds a lock on it that ends with his process, however that
// ends, and with those that he has forked: the next to make one removes what nobody holds any more.

#ifndef QDPI_TESTS_SUPPORT_SCRATCH_H_
#define QDPI_TESTS_SUPPORT_SCRATCH_H_

#define QDPI_SCRATCH_PATH_MAX 64

struct qdpi_scratch {
    char path[QDPI_SCRATCH_PATH_MAX];
    int lock;
};

/** Make one in `folder`, such as /dev/shm, with the number of this process between two hyphens of
 *  its name. @return 0, or -1 and `errno`. */
int qdpi_scratch_make(const char *folder, struct qdpi_scratch *scratch);

/** Remove it with all that is in it. Nothing if it is not there, or was never made: all zeros. */
void qdpi_scratch_remove(struct qdpi_scratch *scratch);

#endif  // QDPI_TESTS_SUPPORT_SCRATCH_H_
