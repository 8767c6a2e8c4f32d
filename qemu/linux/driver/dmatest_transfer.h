/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * The transfers of one thread of qdpi_dmatest: drawn, done, and looked at.
 */

#ifndef QDPI_DMATEST_TRANSFER_H
#define QDPI_DMATEST_TRANSFER_H

#include <linux/prandom.h>
#include <linux/types.h>

struct dma_chan;
struct dmatest_transfer;

/* Bytes before and behind each destination that nobody may change. */
#define DMATEST_GUARD		64
/* Transfers that a thread has in flight at most; each has its own buffers. */
#define DMATEST_SLOTS		4

/**
 * struct dmatest_work - what a thread transfers, and with what
 * @channel: of the engine; this and what follows up to @random is to be set before
 *           dmatest_work_init()
 * @number: of the thread, for messages
 * @seed: the same
 * @timeout_ms: longest time for one transfer
 * @most: bytes of the largest transfer
 * @noverify: do not look at the data
 * @random: where sizes, places and kinds come from
 * @slots: the transfers in flight
 * @buffer_bytes: of each buffer
 * @above_4g: buffers that reach beyond 4 GiB
 * @transfers: that were right
 * @bytes: of these
 * @stuck: a transfer has not ended, and may still write
 */
struct dmatest_work {
	struct dma_chan *channel;
	unsigned int number;
	unsigned long seed;
	unsigned int timeout_ms;
	size_t most;
	bool noverify;
	struct rnd_state random;
	struct dmatest_transfer *slots;
	size_t buffer_bytes;
	unsigned int above_4g;
	u64 transfers;
	u64 bytes;
	bool stuck;
};

int dmatest_work_init(struct dmatest_work *work, bool above);
void dmatest_work_free(struct dmatest_work *work);
int dmatest_run_round(struct dmatest_work *work, unsigned int count);

#endif
