// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Files that a subcommand writes: whole in their place, or not there at all.

#include "output_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "qdpi_cmocka.h"
#include "scratch.h"

struct place {
    struct qdpi_scratch scratch;
    char file[128];
};

static int set_up(void **state)
{
    struct place *const place = calloc(1, sizeof *place);
    assert_non_null(place);
    assert_int_equal(qdpi_scratch_make("/tmp", &place->scratch), 0);
    snprintf(place->file, sizeof place->file, "%s/file", place->scratch.path);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *const place = *state;
    (void)unlink(place->file);
    // Fails when a test has left anything else.
    const int result = rmdir(place->scratch.path);
    qdpi_scratch_remove(&place->scratch);
    free(place);
    return result;
}

static int count_entries(const char *folder)
{
    DIR *const directory = opendir(folder);
    int count = -2;  // "." and ".."
    assert_non_null(directory);
    while (readdir(directory) != NULL) {
        count++;
    }
    (void)closedir(directory);
    return count;
}

static void assert_content(const char *path, const char *expected)
{
    char content[64] = "";
    FILE *const stream = fopen(path, "r");
    assert_non_null(stream);
    content[fread(content, 1, sizeof content - 1, stream)] = '\0';
    (void)fclose(stream);
    assert_string_equal(content, expected);
}

/// The file is there when it is finished and not before.
static void test_whole(void **state)
{
    const struct place *const place = *state;
    struct qdpi_output_file output;
    struct stat about;
    const mode_t mask = umask(027);
    assert_int_equal(qdpi_output_open(&output, place->file), QDPI_EXIT_OK);
    assert_int_equal(qdpi_output_write(&output, "first ", 6), QDPI_EXIT_OK);
    assert_int_equal(access(place->file, F_OK), -1);
    assert_int_equal(qdpi_output_write(&output, "second", 6), QDPI_EXIT_OK);
    assert_int_equal(qdpi_output_close(&output, QDPI_EXIT_OK), QDPI_EXIT_OK);
    assert_content(place->file, "first second");
    assert_int_equal(stat(place->file, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0640);
    assert_int_equal(count_entries(place->scratch.path), 1);
    umask(mask);
}

/// After an error nothing is there, or what was there before; the status is the error's.
static void test_given_up(void **state)
{
    const struct place *const place = *state;
    struct qdpi_output_file output;
    assert_int_equal(qdpi_output_open(&output, place->file), QDPI_EXIT_OK);
    assert_int_equal(qdpi_output_write(&output, "half", 4), QDPI_EXIT_OK);
    assert_int_equal(qdpi_output_close(&output, QDPI_EXIT_ACCESS), QDPI_EXIT_ACCESS);
    assert_int_equal(count_entries(place->scratch.path), 0);

    assert_int_equal(qdpi_output_open(&output, place->file), QDPI_EXIT_OK);
    assert_int_equal(qdpi_output_write(&output, "old", 3), QDPI_EXIT_OK);
    assert_int_equal(qdpi_output_close(&output, QDPI_EXIT_OK), QDPI_EXIT_OK);
    assert_int_equal(chmod(place->file, 0600), 0);
    assert_int_equal(qdpi_output_open(&output, place->file), QDPI_EXIT_OK);
    assert_int_equal(qdpi_output_write(&output, "new", 3), QDPI_EXIT_OK);
    assert_int_equal(qdpi_output_close(&output, QDPI_EXIT_TIMEOUT), QDPI_EXIT_TIMEOUT);
    assert_content(place->file, "old");
    assert_int_equal(count_entries(place->scratch.path), 1);
}

static void write_through(const char *path, const char *text, int expected)
{
    struct qdpi_output_file output;
    assert_int_equal(qdpi_output_open(&output, path), expected);
    if (expected == QDPI_EXIT_OK) {
        assert_int_equal(qdpi_output_write(&output, text, strlen(text)), QDPI_EXIT_OK);
        assert_int_equal(qdpi_output_close(&output, QDPI_EXIT_OK), QDPI_EXIT_OK);
    }
}

/// Through a link of one's own to its target; not through one that somebody else may have put
/// there.
static void test_symbolic_link(void **state)
{
    const struct place *const place = *state;
    char link[160];
    struct stat about;
    snprintf(link, sizeof link, "%s/link", place->scratch.path);
    assert_int_equal(symlink("file", link), 0);
    write_through(place->file, "old", QDPI_EXIT_OK);
    write_through(link, "new", QDPI_EXIT_OK);
    assert_content(place->file, "new");
    assert_int_equal(lstat(link, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    assert_int_equal(chmod(place->scratch.path, 01777), 0);
    write_through(link, "", QDPI_EXIT_FILE);
    assert_content(place->file, "new");
    assert_int_equal(unlink(link), 0);
    // To a device as well.
    assert_int_equal(symlink("/dev/null", link), 0);
    write_through(link, "", QDPI_EXIT_FILE);
    assert_int_equal(unlink(link), 0);
    write_through(place->file, "newer", QDPI_EXIT_OK);
    assert_content(place->file, "newer");
}

/// Nothing is written to a FIFO of somebody else's.
static void test_foreign_fifo(void **state)
{
    const struct place *const place = *state;
    int reader;
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(mkfifo(place->file, 0600), 0);
    reader = open(place->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    write_through(place->file, "mine", QDPI_EXIT_OK);
    assert_int_equal(chown(place->file, 65534, 65534), 0);
    write_through(place->file, "", QDPI_EXIT_FILE);
    close(reader);
}

static void test_no_place(void **state)
{
    struct qdpi_output_file output;
    (void)state;
    assert_int_equal(qdpi_output_open(&output, "/nowhere/file"), QDPI_EXIT_FILE);
    assert_int_equal(qdpi_output_open(&output, "/tmp"), QDPI_EXIT_FILE);
    assert_int_equal(qdpi_output_open(&output, "/dev/full"), QDPI_EXIT_OK);
    assert_int_equal(qdpi_output_write(&output, "x", 1), QDPI_EXIT_FILE);
    assert_int_equal(qdpi_output_close(&output, QDPI_EXIT_FILE), QDPI_EXIT_FILE);
}

// In a process of its own: writes, is told to end by `number`, writes on.
static int end_by(const char *file, int number, bool ignored)
{
    const pid_t child = fork();
    int how = 0;
    assert_true(child >= 0);
    if (child == 0) {
        struct qdpi_output_file output;
        const int silent = open("/dev/null", O_WRONLY | O_CLOEXEC);
        (void)dup2(silent, STDERR_FILENO);
        (void)signal(number, ignored ? SIG_IGN : SIG_DFL);
        int status = qdpi_output_open(&output, file);
        if (status == QDPI_EXIT_OK) {
            status = qdpi_output_write(&output, "half", 4);
        }
        (void)raise(number);
        if (status == QDPI_EXIT_OK) {
            status = qdpi_output_write(&output, "whole", 5);
        }
        _exit(qdpi_output_close(&output, status));
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    return how;
}

/// A signal ends the process as it always does, after the half file is gone.
static void test_signals(void **state)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
    const struct place *const place = *state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const int how = end_by(place->file, numbers[i], false);
        assert_true(WIFSIGNALED(how));
        assert_int_equal(WTERMSIG(how), numbers[i]);
        assert_int_equal(count_entries(place->scratch.path), 0);
    }
}

/// One that is ignored, as SIGHUP under nohup, stays so.
static void test_ignored_signal(void **state)
{
    const struct place *const place = *state;
    const int how = end_by(place->file, SIGHUP, true);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), QDPI_EXIT_OK);
    assert_content(place->file, "halfwhole");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_symbolic_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_foreign_fifo, set_up, tear_down),
        cmocka_unit_test(test_no_place),
        cmocka_unit_test_setup_teardown(test_signals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ignored_signal, set_up, tear_down),
    };
    return qdpi_run_group(tests);
}
