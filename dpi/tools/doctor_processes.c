// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Processes of this machine, as /proc shows them.

#include "doctor_processes.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor_command_line.h"

enum {
    PROC_PATH_MAX = 64,
    LINK_MAX = 4096,
};

/// All of a file of /proc, which has no size of its own. @return to free(), or NULL.
static char *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t room = 0;
    *size = 0;
    if (file == NULL) {
        return NULL;
    }
    do {
        room = room * 2 + 4096;
        char *larger = realloc(text, room);
        if (larger == NULL) {
            break;
        }
        text = larger;
        *size += fread(text + *size, 1, room - *size - 1, file);
        text[*size] = '\0';
    } while (*size == room - 1);
    fclose(file);
    return text;
}

static int split_words(struct qdpi_process *process, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        count += process->text[i] == '\0' ? 1 : 0;
    }
    process->words = calloc(count + 2, sizeof *process->words);
    if (process->words == NULL) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < size; i += strlen(process->text + i) + 1) {
        process->words[process->count++] = process->text + i;
    }
    return 0;
}

int qdpi_process_read(pid_t pid, struct qdpi_process *process)
{
    char path[PROC_PATH_MAX];
    char directory[LINK_MAX];
    size_t size;

    *process = (struct qdpi_process){.pid = pid};
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    process->text = read_whole(path, &size);
    if (process->text == NULL) {
        return errno == EACCES ? -EACCES : -ESRCH;
    }
    if (size == 0) {
        return -ESRCH;
    }
    snprintf(path, sizeof path, "/proc/%d/cwd", (int)pid);
    const ssize_t length = readlink(path, directory, sizeof directory - 1);
    if (length > 0) {
        process->directory = strndup(directory, (size_t)length);
    }
    return split_words(process, size);
}

void qdpi_process_release(struct qdpi_process *process)
{
    free(process->words);
    free(process->text);
    free(process->directory);
    *process = (struct qdpi_process){0};
}

/// By the program's file too: a wrapper may have given it another name.
bool qdpi_process_is_qemu(const struct qdpi_process *process)
{
    char path[PROC_PATH_MAX];
    char program[LINK_MAX];
    if (process->count > 0 && qdpi_command_line_is_qemu(process->words[0])) {
        return true;
    }
    snprintf(path, sizeof path, "/proc/%d/exe", (int)process->pid);
    const ssize_t length = readlink(path, program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    return qdpi_command_line_is_qemu(program);
}

static bool is_number(const char *name)
{
    return isdigit((unsigned char)name[0]) != 0;
}

int qdpi_processes_find(pid_t found[QDPI_PROCESSES_MAX])
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    int count = 0;
    if (processes == NULL) {
        return -errno;
    }
    while (count < QDPI_PROCESSES_MAX && (entry = readdir(processes)) != NULL) {
        struct qdpi_process process;
        struct stat about;
        if (!is_number(entry->d_name) || fstatat(dirfd(processes), entry->d_name, &about, 0) != 0 ||
            about.st_uid != geteuid()) {
            continue;
        }
        const pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (qdpi_process_read(pid, &process) == 0 && qdpi_process_is_qemu(&process)) {
            found[count++] = pid;
        }
        qdpi_process_release(&process);
    }
    closedir(processes);
    return count;
}

void qdpi_process_name(pid_t pid, char name[QDPI_PROCESS_NAME_MAX])
{
    char path[PROC_PATH_MAX];
    size_t size;
    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    char *text = read_whole(path, &size);
    snprintf(name, QDPI_PROCESS_NAME_MAX, "%.*s", (int)strcspn(text != NULL ? text : "?", "\n"),
             text != NULL ? text : "?");
    free(text);
}
