// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Symbolic links: which are followed, and that each path leads where open() would lead.

#include "guarded_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ownership.h"
#include "qdpi_cmocka.h"
#include "scratch.h"

/** In the folder: `file`, `sub/file`, and what a test adds. */
struct place {
    struct qdpi_scratch scratch;
};

static char *in(const struct place *place, const char *name, char path[PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "%s/%s", place->scratch.path, name);
    return path;
}

static void make_file(const struct place *place, const char *name)
{
    char path[PATH_MAX];
    const int fd = open(in(place, name, path), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    (void)close(fd);
}

static void make_link(const struct place *place, const char *target, const char *name)
{
    char path[PATH_MAX];

    assert_int_equal(symlink(target, in(place, name, path)), 0);
}

static int start(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    char path[PATH_MAX];

    if (place == NULL)
        return -1;
    if (qdpi_scratch_make("/tmp", &place->scratch) != 0 || mkdir(in(place, "sub", path), 0700) != 0)
        return -1;
    make_file(place, "file");
    make_file(place, "sub/file");
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    qdpi_scratch_remove(&place->scratch);
    free(place);
    return 0;
}

/** What was opened is what open() opens. */
static void expect_same(const char *path)
{
    const int plain = open(path, O_RDWR | O_CLOEXEC);
    const int guarded = qdpi_guarded_open(path, O_RDWR, NULL);
    struct stat expected;
    struct stat got;

    if (plain < 0 || guarded < 0)
        fail_msg("%s: %d, %d", path, plain, guarded);
    assert_int_equal(fstat(plain, &expected), 0);
    assert_int_equal(fstat(guarded, &got), 0);
    assert_int_equal(got.st_ino, expected.st_ino);
    assert_int_equal(got.st_dev, expected.st_dev);
    assert_int_equal(fcntl(guarded, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(guarded, F_GETFL) & O_ACCMODE, O_RDWR);
    (void)close(plain);
    (void)close(guarded);
}

static void expect_same_error(const char *path, int flags)
{
    struct qdpi_guarded_link link;
    const int plain = open(path, flags | O_CLOEXEC);
    const int reason = errno;

    assert_true(plain < 0);
    assert_int_equal(qdpi_guarded_open(path, flags, &link), -reason);
    assert_string_equal(link.path, "");
}

static void expect_refused(const char *path, int flags, const char *which)
{
    struct qdpi_guarded_link link;
    const int result = qdpi_guarded_open(path, flags, &link);

    if (result != -ELOOP || strstr(link.path, which) == NULL)
        fail_msg("%s: %d, \"%s\"", path, result, link.path);
}

/// Every way to write a path, with links in private folders, absolute and relative ones.
static void test_leads_where_open_leads(void **state)
{
    struct place *place = *state;
    char path[PATH_MAX];
    char before[PATH_MAX];

    expect_same(in(place, "file", path));
    expect_same(in(place, "sub/../file", path));
    expect_same(in(place, ".//sub///file", path));
    make_link(place, "file", "link");
    make_link(place, place->scratch.path, "sub/link");
    make_link(place, in(place, "sub/link/sub/file", path), "other");
    make_link(place, "./sub/link/../../link", "chain");
    expect_same(in(place, "link", path));
    expect_same(in(place, "sub/link/link", path));
    expect_same(in(place, "other", path));
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(place->scratch.path), 0);
    expect_same("file");
    expect_same("./link");
    expect_same("sub/link/sub/link/other");
    assert_int_equal(chdir(before), 0);
}

/// What fails, fails as it does with open(), and is no refused link.
static void test_fails_as_open_fails(void **state)
{
    struct place *place = *state;
    char path[PATH_MAX];
    char longest[NAME_MAX + 3];

    expect_same_error(in(place, "none", path), O_RDWR);
    expect_same_error(in(place, "none/file", path), O_RDWR);
    expect_same_error(in(place, "file/file", path), O_RDWR);
    expect_same_error(in(place, "file/", path), O_RDWR);
    expect_same_error(in(place, "sub", path), O_RDWR);
    expect_same_error("/", O_RDWR);
    expect_same_error("", O_RDWR);
    make_link(place, "none", "link");
    expect_same_error(in(place, "link", path), O_RDWR);
    make_link(place, "loop", "loop");
    expect_same_error(in(place, "loop", path), O_RDWR);
    expect_same_error(in(place, "loop/file", path), O_RDWR);
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    expect_same_error(longest, O_RDWR);
    expect_same_error(in(place, longest, path), O_RDWR);
}

/// In a folder that the group or others can write, no link is followed, sticky or not; what is no
/// link is opened all the same.
static void test_links_in_shared_folders(void **state)
{
    static const mode_t modes[] = {0770, 0777, 01777, 0703};
    struct place *place = *state;
    char path[PATH_MAX];

    make_link(place, "../file", "sub/link");
    make_link(place, "sub/link", "chain");
    make_link(place, ".", "other");
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(chmod(in(place, "sub", path), modes[i]), 0);
        expect_refused(in(place, "sub/link", path), O_RDWR, "/sub/link");
        expect_refused(in(place, "sub/link", path), O_PATH, "/sub/link");
        // A link of one's own may lead to one of others.
        expect_refused(in(place, "chain", path), O_RDWR, "sub/link");
        expect_same(in(place, "sub/file", path));
        expect_same(in(place, "other/sub/file", path));
    }
    // A link on the way, too.
    assert_int_equal(chmod(place->scratch.path, 01777), 0);
    expect_refused(in(place, "other/file", path), O_RDWR, "/other");
    assert_int_equal(chmod(place->scratch.path, 0755), 0);
    expect_same(in(place, "other/file", path));
    assert_int_equal(chmod(in(place, "sub", path), 0755), 0);
    expect_same(in(place, "sub/link", path));
}

/// A folder of somebody else's is his to put links into.
static void test_links_in_foreign_folders(void **state)
{
    struct place *place = *state;
    char path[PATH_MAX];

    if (geteuid() != 0)
        skip();
    make_link(place, "../file", "sub/link");
    assert_int_equal(chown(in(place, "sub", path), 65534, 65534), 0);
    expect_refused(in(place, "sub/link", path), O_RDWR, "/sub/link");
    expect_same(in(place, "sub/file", path));
}

/// /proc/self/fd/N is the file that is open, though it has no path any more.
static void test_open_descriptors(void **state)
{
    char path[64];
    const int memory = memfd_create("ram", MFD_CLOEXEC);

    (void)state;
    assert_true(memory >= 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
    expect_same(path);
    (void)snprintf(path, sizeof path, "/dev/fd/%d", memory);
    expect_same(path);
    (void)close(memory);
}

/// A file of this user's is opened, a refused link and a foreign file have a sentence with a
/// remedy.
static void test_ownership_open(void **state)
{
    struct place *place = *state;
    struct qdpi_error error = {.text = ""};
    struct stat status;
    char path[PATH_MAX];
    int fd = qdpi_ownership_open("open RAM file", in(place, "file", path), O_RDWR, false, &status,
                                 &error);

    assert_true(fd >= 0);
    assert_int_equal(status.st_uid, geteuid());
    (void)close(fd);
    assert_int_equal(qdpi_ownership_open("open RAM file", in(place, "none", path), O_RDWR, false,
                                         &status, &error),
                     -ENOENT);
    assert_string_equal(error.text, "");
    make_link(place, "../file", "sub/link");
    assert_int_equal(chmod(in(place, "sub", path), 0777), 0);
    for (int any = 0; any < 2; any++) {
        error.text[0] = '\0';
        assert_int_equal(qdpi_ownership_open("open RAM file", in(place, "sub/link", path), O_RDWR,
                                             any != 0, &status, &error),
                         -EACCES);
        assert_non_null(strstr(error.text, "is a symbolic link in a folder that others can write"));
        assert_non_null(strstr(error.text, "name what it leads to"));
    }
    if (geteuid() != 0)
        return;
    error.text[0] = '\0';
    assert_int_equal(chown(in(place, "file", path), 65534, 65534), 0);
    assert_int_equal(qdpi_ownership_open("open RAM file", path, O_RDWR, false, &status, &error),
                     -EACCES);
    assert_non_null(strstr(error.text, "it belongs to user 65534, and this process is user 0"));
    assert_non_null(strstr(error.text, "add owner=any to the endpoint"));
    fd = qdpi_ownership_open("open RAM file", path, O_RDWR, true, &status, NULL);
    assert_true(fd >= 0);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_leads_where_open_leads, start, tear_down),
        cmocka_unit_test_setup_teardown(test_fails_as_open_fails, start, tear_down),
        cmocka_unit_test_setup_teardown(test_links_in_shared_folders, start, tear_down),
        cmocka_unit_test_setup_teardown(test_links_in_foreign_folders, start, tear_down),
        cmocka_unit_test(test_open_descriptors),
        cmocka_unit_test_setup_teardown(test_ownership_open, start, tear_down),
    };
    return qdpi_run_group(tests);
}
