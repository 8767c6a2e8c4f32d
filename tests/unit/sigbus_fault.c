// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What a test of the SIGBUS guard provokes it with.

#include "sigbus_fault.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qdpi_cmocka.h"
#include "shm_atomic.h"

struct sigbus_file sigbus_file_map(size_t pages)
{
    struct sigbus_file file = {.size = pages * SIGBUS_PAGE};
    char name[] = "/dev/shm/qdpi-test-XXXXXX";

    file.fd = mkstemp(name);
    assert_true(file.fd >= 0);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(ftruncate(file.fd, (off_t)file.size), 0);
    file.start = mmap(NULL, file.size, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, 0);
    assert_true(file.start != MAP_FAILED);
    memset(file.start, 0x5a, file.size);
    return file;
}

void sigbus_file_truncate(const struct sigbus_file *file, size_t pages)
{
    assert_int_equal(ftruncate(file->fd, (off_t)(pages * SIGBUS_PAGE)), 0);
}

void sigbus_file_unmap(const struct sigbus_file *file)
{
    assert_int_equal(munmap(file->start, file->size), 0);
    assert_int_equal(close(file->fd), 0);
}

// The accesses are volatile so that each takes place. The fences keep what a handler reads and
// writes on its side of the access.
unsigned sigbus_load(const volatile unsigned char *address)
{
    unsigned value;

    qdpi_signal_fence();
    value = *address;
    qdpi_signal_fence();
    return value;
}

void sigbus_store(volatile unsigned char *address, unsigned char value)
{
    qdpi_signal_fence();
    *address = value;
    qdpi_signal_fence();
}

struct sigaction sigbus_action(void)
{
    struct sigaction action;

    assert_int_equal(sigaction(SIGBUS, NULL, &action), 0);
    return action;
}
