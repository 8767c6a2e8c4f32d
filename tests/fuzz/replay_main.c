// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A main() for a fuzz target without libFuzzer: gives it every file named on the command line, and
// every file in every directory named there. So the corpus is a test with any compiler.

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** @return 0, or -1 when the file cannot be read. */
static int replay_file(const char *path, const struct stat *status)
{
    size_t size = (size_t)status->st_size;
    uint8_t *data = malloc(size + 1);
    FILE *file = fopen(path, "rb");
    int result = -1;

    if (data != NULL && file != NULL && fread(data, 1, size, file) == size) {
        // Before the target runs: it ends the process when it finds something.
        (void)fprintf(stderr, "replay %s\n", path);
        (void)LLVMFuzzerTestOneInput(data, size);
        result = 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    free(data);
    return result;
}

/** Replay a file or what is in a directory. @return how many files, or -1. */
static int replay(const char *path)
{
    struct stat status;
    struct dirent **entries;
    int replayed = 0;

    if (stat(path, &status) != 0) {
        return -1;
    }
    if (!S_ISDIR(status.st_mode)) {
        return replay_file(path, &status) == 0 ? 1 : -1;
    }
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        return -1;
    }
    for (int i = 0; i < count; i++) {
        char child[4096];
        int length = snprintf(child, sizeof child, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && replayed >= 0) {
            int more = length < (int)sizeof child ? replay(child) : -1;
            replayed = more < 0 ? -1 : replayed + more;
        }
        free(entries[i]);
    }
    free(entries);
    return replayed;
}

int main(int argc, char **argv)
{
    int replayed = 0;

    for (int i = 1; i < argc; i++) {
        int more = replay(argv[i]);
        if (more < 0) {
            (void)fprintf(stderr, "%s: cannot be read\n", argv[i]);
            return 1;
        }
        replayed += more;
    }
    (void)printf("%d inputs replayed\n", replayed);
    // Nothing replayed is nothing tested: a wrong path must not pass.
    return replayed > 0 ? 0 : 1;
}
