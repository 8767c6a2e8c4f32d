// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// QMP requests on their way into the socket. It knows no thread; its owner sees to it that one at a
// time is at it.

#ifndef QDPI_QMP_OUTPUT_H_
#define QDPI_QMP_OUTPUT_H_

#include <stdbool.h>
#include <stddef.h>

#include "request_queue.h"

struct qdpi_qmp_output {
    char *bytes;
    size_t capacity;
    size_t length;
    size_t sent; /**< of `length` */
};

void qdpi_qmp_output_free(struct qdpi_qmp_output *output);

/** Whether there are requests that may be sent now: QEMU is given only a few ahead of the one that
 *  it executes. */
bool qdpi_qmp_output_can_take(const struct qdpi_request_queue *requests);

/** Append those, and count them as sent. @return 0 or -ENOMEM. */
int qdpi_qmp_output_take(struct qdpi_qmp_output *output, struct qdpi_request_queue *requests);

/** Send what the socket takes, without waiting. @return 0 or -errno of the socket. */
int qdpi_qmp_output_send(struct qdpi_qmp_output *output, int fd);

/** Whether bytes are left that the socket would not take. */
bool qdpi_qmp_output_is_held_up(const struct qdpi_qmp_output *output);

#endif  // QDPI_QMP_OUTPUT_H_
