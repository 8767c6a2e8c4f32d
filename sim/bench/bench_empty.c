// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// DPI imports that do nothing.

int bench_empty_poll(void *bridge, int *kind, unsigned int *index, unsigned long long *value);
int bench_empty_pulse(void *bridge, unsigned int line);

int bench_empty_poll(void *bridge, int *kind, unsigned int *index, unsigned long long *value)
{
    (void)bridge;
    (void)kind;
    (void)index;
    (void)value;
    return 0;
}

int bench_empty_pulse(void *bridge, unsigned int line)
{
    (void)bridge;
    (void)line;
    return 0;
}
