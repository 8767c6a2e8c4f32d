/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * /dev/qdpi-dma: the DMA engine for user space.
 *
 * Open the device, ask for a buffer, mmap it, submit batches of jobs whose addresses are offsets
 * in that buffer, wait for each batch. Each open file has its own buffer and its own batches;
 * threads may share one file. Opcodes and statuses are those of the engine: QDPI_DMA_OP_* and
 * QDPI_DMA_COMPLETION_* of qdpi_dma_layout.inc.
 */

#ifndef _UAPI_QDPI_DMA_H
#define _UAPI_QDPI_DMA_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define QDPI_DMA_MAX_BATCH 1024		/* jobs in one batch */

/* A status of the driver, beside the engine's own: the job was not carried out, or nobody knows. */
#define QDPI_DMA_STATUS_ABANDONED 0x80000000u

struct qdpi_dma_info {
	__u32 data_bytes;	/* width of the engine's data bus */
	__u32 entries;		/* descriptors in the ring that all files share */
	__u64 buffer_bytes;	/* of this file's buffer, 0: none yet */
	__u64 buffer_address;	/* its bus address, to be printed, not to be used */
};

struct qdpi_dma_job {
	__u32 opcode;		/* QDPI_DMA_OP_* */
	__u32 length;		/* bytes, not 0 */
	__u64 source;		/* offset in the buffer; unused by FILL */
	__u64 destination;	/* offset in the buffer; unused by CRC32C */
	__u64 operand;		/* FILL: pattern; CRC32C: CRC so far */
};

struct qdpi_dma_result {
	__u32 status;		/* QDPI_DMA_COMPLETION_*, or QDPI_DMA_STATUS_ABANDONED */
	__u32 crc;		/* CRC32C only */
	__u64 nanoseconds;	/* from the submission to the completion, as the driver saw it */
};

struct qdpi_dma_submit {
	__u64 jobs;		/* address of struct qdpi_dma_job[count] */
	__u32 count;		/* 1 to QDPI_DMA_MAX_BATCH */
	__u32 batch;		/* out: the number to wait for; never 0 */
};

struct qdpi_dma_wait {
	__u64 results;		/* address of struct qdpi_dma_result[count] */
	__u32 count;		/* as submitted */
	__u32 batch;
	__u32 timeout_ms;
	__u32 reserved;		/* 0 */
};

/* What this file has. */
#define QDPI_DMA_IOC_INFO _IOR('q', 1, struct qdpi_dma_info)
/*
 * Ask for a buffer of so many bytes (rounded up to pages); then mmap offset 0 of the file.
 * EBUSY: there is one; ENOMEM: no such piece of contiguous memory (4 MiB is the usual limit);
 * EINVAL: 0 bytes; ENOSPC: with windows=1, no window is left for it (there are 64).
 */
#define QDPI_DMA_IOC_BUFFER _IOW('q', 2, __u64)
/*
 * Hand over a batch; returns at once. The engine carries the jobs of one file out in order.
 * EINVAL: a job is outside the buffer, overlaps itself, has no length or no such opcode, or there
 * is no buffer (nothing was started); ENODEV: the engine is gone; EAGAIN: 65536 jobs wait already.
 */
#define QDPI_DMA_IOC_SUBMIT _IOWR('q', 3, struct qdpi_dma_submit)
/*
 * Wait until all jobs of a batch are completed, and take the results; the batch is over then.
 * ETIMEDOUT: not yet, wait again; EINVAL: no such batch, or another count; EINTR.
 */
#define QDPI_DMA_IOC_WAIT _IOW('q', 4, struct qdpi_dma_wait)

/* poll(): POLLIN while a completed batch of this file has not been taken. */

#endif
