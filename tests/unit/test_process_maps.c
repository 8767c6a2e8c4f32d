// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What a process has mapped: its own maps, with files that stay, go and are replaced.

#include "process_maps.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qdpi_cmocka.h"
#include "scratch.h"

#define SIZE ((size_t)8192)

struct place {
    struct qdpi_scratch scratch;
    char path[80];
    void *mapped;
};

static struct stat make_file(const struct place *place)
{
    struct stat status;
    const int fd = open(place->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)SIZE), 0);
    assert_int_equal(fstat(fd, &status), 0);
    (void)close(fd);
    return status;
}

static void map_file(struct place *place)
{
    const int fd = open(place->path, O_RDWR | O_CLOEXEC);

    place->mapped = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    assert_ptr_not_equal(place->mapped, MAP_FAILED);
}

static int start(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    if (place == NULL)
        return -1;
    // On tmpfs, where RAM files are: /tmp may be an overlayfs.
    if (qdpi_scratch_make("/dev/shm", &place->scratch) != 0)
        return -1;
    (void)snprintf(place->path, sizeof place->path, "%s/ram", place->scratch.path);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    if (place->mapped != NULL)
        (void)munmap(place->mapped, SIZE);
    qdpi_scratch_remove(&place->scratch);
    free(place);
    return 0;
}

/// A file that is not mapped is nothing to be certain of; one that is, is.
static void test_mapped(void **state)
{
    struct place *place = *state;
    struct stat now = make_file(place);

    assert_int_equal(qdpi_process_maps(getpid(), place->path, &now), QDPI_MAPPED_UNKNOWN);
    map_file(place);
    assert_int_equal(qdpi_process_maps(getpid(), place->path, &now), QDPI_MAPPED_YES);
    // By another name as well.
    assert_int_equal(qdpi_process_maps(getpid(), "/dev/shm/other", &now), QDPI_MAPPED_YES);
    // Where /proc shows another device than stat(), the name and the inode decide.
    now.st_dev++;
    assert_int_equal(qdpi_process_maps(getpid(), place->path, &now), QDPI_MAPPED_YES);
    assert_int_equal(qdpi_process_maps(getpid(), "/dev/shm/other", &now), QDPI_MAPPED_UNKNOWN);
    now.st_ino++;
    assert_int_equal(qdpi_process_maps(getpid(), place->path, &now), QDPI_MAPPED_UNKNOWN);
}

/// Removed and replaced: certain, until the process has mapped what stands there now.
static void test_removed_and_replaced(void **state)
{
    struct place *place = *state;
    struct stat now = make_file(place);
    void *first;

    map_file(place);
    first = place->mapped;
    assert_int_equal(unlink(place->path), 0);
    assert_int_equal(qdpi_process_maps(getpid(), place->path, NULL), QDPI_MAPPED_DELETED);
    assert_int_equal(qdpi_process_maps(getpid(), place->path, &now), QDPI_MAPPED_YES);
    now = make_file(place);
    assert_int_equal(qdpi_process_maps(getpid(), place->path, &now), QDPI_MAPPED_DELETED);
    // A path that only begins alike, or goes on, is another one.
    assert_int_equal(qdpi_process_maps(getpid(), place->scratch.path, &now), QDPI_MAPPED_UNKNOWN);
    map_file(place);
    assert_int_equal(qdpi_process_maps(getpid(), place->path, &now), QDPI_MAPPED_YES);
    assert_int_equal(munmap(first, SIZE), 0);
}

/// A process that does not exist, or does not show its maps, says nothing.
static void test_nobody(void **state)
{
    struct place *place = *state;
    const struct stat now = make_file(place);

    map_file(place);
    assert_int_equal(unlink(place->path), 0);
    assert_int_equal(qdpi_process_maps(0, place->path, &now), QDPI_MAPPED_UNKNOWN);
    assert_int_equal(qdpi_process_maps(0x7fffffff, place->path, &now), QDPI_MAPPED_UNKNOWN);
    assert_int_equal(qdpi_process_maps(getpid(), place->path, NULL), QDPI_MAPPED_DELETED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_mapped, start, tear_down),
        cmocka_unit_test_setup_teardown(test_removed_and_replaced, start, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody, start, tear_down),
    };
    return qdpi_run_group(tests);
}
