// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The floor of the calls: what a DPI import costs that only copies between an array of the
// simulator and a mapped file, or does nothing. A copy asks the simulator what it must to be right
// for arrays of any size, where the elements are and how many, and nothing else.

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "svdpi.h"

int bench_floor_open(const char *path);
void bench_floor_close(void);
int bench_floor_read(void *bridge, unsigned long long gpa, const svOpenArrayHandle data);
int bench_floor_write(void *bridge, unsigned long long gpa, const svOpenArrayHandle data);
int bench_floor_read_words(void *bridge, unsigned long long gpa, unsigned int count,
                           const svOpenArrayHandle words);
int bench_floor_write_words(void *bridge, unsigned long long gpa, unsigned int count,
                            const svOpenArrayHandle words, const svOpenArrayHandle strobes);
int bench_floor_write_strobed(void *bridge, unsigned long long gpa, const svOpenArrayHandle data,
                              const svOpenArrayHandle strobes);
int bench_floor_read32(void *bridge, unsigned long long gpa, unsigned int *data);
int bench_floor_read64(void *bridge, unsigned long long gpa, unsigned long long *data);
int bench_floor_write32(void *bridge, unsigned long long gpa, unsigned int data);
int bench_floor_write64(void *bridge, unsigned long long gpa, unsigned long long data);
int bench_floor_poll(void *bridge, int *kind, unsigned int *index, unsigned long long *value);
int bench_floor_pulse(void *bridge, unsigned int line);

static unsigned char *ram;
static size_t ram_size;

int bench_floor_open(const char *path)
{
    struct stat status;
    void *mapping = MAP_FAILED;
    int file = open(path, O_RDWR | O_CLOEXEC);

    if (file < 0)
        return -1;
    if (fstat(file, &status) == 0)
        mapping = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    (void)close(file);
    if (mapping == MAP_FAILED)
        return -1;
    ram = mapping;
    ram_size = (size_t)status.st_size;
    return 0;
}

void bench_floor_close(void)
{
    (void)munmap(ram, ram_size);
}

int bench_floor_read(void *bridge, unsigned long long gpa, const svOpenArrayHandle data)
{
    (void)bridge;
    memcpy(svGetArrayPtr(data), ram + gpa, (size_t)svSize(data, 1));
    return 0;
}

int bench_floor_write(void *bridge, unsigned long long gpa, const svOpenArrayHandle data)
{
    (void)bridge;
    memcpy(ram + gpa, svGetArrayPtr(data), (size_t)svSize(data, 1));
    return 0;
}

int bench_floor_read_words(void *bridge, unsigned long long gpa, unsigned int count,
                           const svOpenArrayHandle words)
{
    (void)bridge;
    memcpy(svGetArrayPtr(words), ram + gpa, count * sizeof(uint64_t));
    return 0;
}

int bench_floor_write_words(void *bridge, unsigned long long gpa, unsigned int count,
                            const svOpenArrayHandle words, const svOpenArrayHandle strobes)
{
    (void)bridge;
    (void)strobes;
    memcpy(ram + gpa, svGetArrayPtr(words), count * sizeof(uint64_t));
    return 0;
}

int bench_floor_write_strobed(void *bridge, unsigned long long gpa, const svOpenArrayHandle data,
                              const svOpenArrayHandle strobes)
{
    const unsigned char *const from = svGetArrayPtr(data);
    const unsigned char *const bits = svGetArrayPtr(strobes);
    const size_t size = (size_t)svSize(data, 1);

    (void)bridge;
    for (size_t i = 0; i < size; i++) {
        if ((bits[i / 8] >> (i % 8) & 1) != 0)
            ram[gpa + i] = from[i];
    }
    return 0;
}

int bench_floor_read32(void *bridge, unsigned long long gpa, unsigned int *data)
{
    (void)bridge;
    memcpy(data, ram + gpa, sizeof *data);
    return 0;
}

int bench_floor_read64(void *bridge, unsigned long long gpa, unsigned long long *data)
{
    (void)bridge;
    memcpy(data, ram + gpa, sizeof *data);
    return 0;
}

int bench_floor_write32(void *bridge, unsigned long long gpa, unsigned int data)
{
    (void)bridge;
    memcpy(ram + gpa, &data, sizeof data);
    return 0;
}

int bench_floor_write64(void *bridge, unsigned long long gpa, unsigned long long data)
{
    (void)bridge;
    memcpy(ram + gpa, &data, sizeof data);
    return 0;
}

int bench_floor_poll(void *bridge, int *kind, unsigned int *index, unsigned long long *value)
{
    (void)bridge;
    (void)kind;
    (void)index;
    (void)value;
    return 0;
}

int bench_floor_pulse(void *bridge, unsigned int line)
{
    (void)bridge;
    (void)line;
    return 0;
}
