// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * The DMA engine for the kernel's dmaengine framework: several channels over the one queue.
 *
 * A transfer that is in the ring cannot be called back. Terminated ones are carried out without a
 * callback; qdpi_channel_synchronize() waits for them.
 */

#include <linux/dmaengine.h>
#include <linux/limits.h>
#include <linux/slab.h>

#include "dma_channel.h"
#include "dma_engine.h"

/* The pattern of a fill has eight bytes; a dmaengine client gives one. */
#define QDPI_CHANNEL_EVERY_BYTE 0x0101010101010101ULL

/* Ranges of failed transfers that are remembered for clients that ask instead of being told. */
#define QDPI_CHANNEL_FAILED 64

/**
 * struct qdpi_cookies - transfers that have failed one after the other
 * @first: cookie of the first; 0: there are none
 * @last: of the last
 */
struct qdpi_cookies {
	dma_cookie_t first;
	dma_cookie_t last;
};

/**
 * struct qdpi_channel - one channel
 * @chan: the framework's part
 * @engine: the engine
 * @lock: protects all that follows, and cookies
 * @prepared: transfers that were not submitted
 * @submitted: transfers that were not issued
 * @issued: transfers that are the engine's
 * @newest_issued: cookie of the transfer that was issued last
 * @issued_count: how many, and those whose callback is being called
 * @idle: woken when that becomes 0
 * @failed: transfers that failed last
 * @latest: the latest of @failed
 * @forgotten: the last that failed and is not in @failed any more; 0: there is none
 */
struct qdpi_channel {
	struct dma_chan chan;
	struct qdpi_engine *engine;
	spinlock_t lock;	/* protects all that follows */
	struct list_head prepared;
	struct list_head submitted;
	struct list_head issued;
	dma_cookie_t newest_issued;
	unsigned int issued_count;
	wait_queue_head_t idle;
	struct qdpi_cookies failed[QDPI_CHANNEL_FAILED];
	unsigned int latest;
	dma_cookie_t forgotten;
};

/**
 * struct qdpi_transfer - one transfer
 * @tx: the framework's part
 * @node: in one of the channel's lists
 * @request: the engine's part
 * @terminated: nobody wants to hear of it
 */
struct qdpi_transfer {
	struct dma_async_tx_descriptor tx;
	struct list_head node;
	struct qdpi_request request;
	bool terminated;
};

/**
 * struct qdpi_provider - the engine as the framework sees it
 * @device: the framework's part
 * @channels: the channels
 */
struct qdpi_provider {
	struct dma_device device;
	struct qdpi_channel channels[];
};

static struct qdpi_channel *qdpi_channel_of(struct dma_chan *chan)
{
	return container_of(chan, struct qdpi_channel, chan);
}

static struct qdpi_transfer *qdpi_transfer_of(struct dma_async_tx_descriptor *tx)
{
	return container_of(tx, struct qdpi_transfer, tx);
}

static void qdpi_channel_free_list(struct list_head *transfers)
{
	struct qdpi_transfer *transfer, *next;

	list_for_each_entry_safe(transfer, next, transfers, node) {
		list_del(&transfer->node);
		dma_descriptor_unmap(&transfer->tx);
		kfree(transfer);
	}
}

static enum dmaengine_tx_result qdpi_channel_result(u32 status)
{
	switch (status) {
	case QDPI_DMA_COMPLETION_OK:
		return DMA_TRANS_NOERROR;
	case QDPI_DMA_COMPLETION_READ_SLVERR:
	case QDPI_DMA_COMPLETION_READ_DECERR:
		return DMA_TRANS_READ_FAILED;
	case QDPI_DMA_COMPLETION_WRITE_SLVERR:
	case QDPI_DMA_COMPLETION_WRITE_DECERR:
		return DMA_TRANS_WRITE_FAILED;
	default:
		return DMA_TRANS_ABORTED;
	}
}

static void qdpi_channel_call_back(const struct qdpi_transfer *transfer)
{
	const struct dma_async_tx_descriptor *tx = &transfer->tx;
	const struct qdpi_request *request = &transfer->request;
	const struct dmaengine_result result = {
		.result = qdpi_channel_result(request->status),
		.residue = request->status == QDPI_DMA_COMPLETION_OK ? 0 : request->length,
	};

	if (tx->callback_result)
		tx->callback_result(tx->callback_param, &result);
	else if (tx->callback)
		tx->callback(tx->callback_param);
}

static dma_cookie_t qdpi_channel_next_cookie(dma_cookie_t cookie)
{
	return cookie == INT_MAX ? DMA_MIN_COOKIE : cookie + 1;
}

/* How many cookies were given since this one; they begin anew after INT_MAX. */
static u32 qdpi_channel_age(const struct qdpi_channel *channel, dma_cookie_t cookie)
{
	u32 age = channel->chan.cookie - cookie;

	return cookie <= channel->chan.cookie ? age : age + INT_MAX;
}

/* The lock is held. */
static void qdpi_channel_remember_failed(struct qdpi_channel *channel, dma_cookie_t cookie)
{
	struct qdpi_cookies *failed = &channel->failed[channel->latest];

	if (failed->first && cookie == qdpi_channel_next_cookie(failed->last)) {
		failed->last = cookie;
		return;
	}
	channel->latest = (channel->latest + 1) % QDPI_CHANNEL_FAILED;
	failed = &channel->failed[channel->latest];
	if (failed->first && (!channel->forgotten ||
			      qdpi_channel_age(channel, failed->last) <
			      qdpi_channel_age(channel, channel->forgotten)))
		channel->forgotten = failed->last;
	*failed = (struct qdpi_cookies){ .first = cookie, .last = cookie };
}

/*
 * The lock is held. Of what is older than the last that was forgotten nobody knows: it may have
 * failed.
 */
static bool qdpi_channel_has_failed(const struct qdpi_channel *channel, dma_cookie_t cookie)
{
	u32 age = qdpi_channel_age(channel, cookie);
	const struct qdpi_cookies *failed;

	if (channel->forgotten && age >= qdpi_channel_age(channel, channel->forgotten))
		return true;
	for (failed = channel->failed; failed < channel->failed + QDPI_CHANNEL_FAILED; failed++) {
		if (failed->first && age <= qdpi_channel_age(channel, failed->first) &&
		    age >= qdpi_channel_age(channel, failed->last))
			return true;
	}
	return false;
}

/* The lock is held. A cookie that is given once more says nothing of the transfer that had it. */
static void qdpi_channel_reuse_cookie(struct qdpi_channel *channel, dma_cookie_t cookie)
{
	struct qdpi_cookies *failed;

	if (channel->forgotten == cookie)
		channel->forgotten = 0;
	for (failed = channel->failed; failed < channel->failed + QDPI_CHANNEL_FAILED; failed++) {
		if (failed->first == cookie)
			failed->first = 0;
	}
}

static void qdpi_channel_done(struct qdpi_request *request)
{
	struct qdpi_transfer *transfer = container_of(request, struct qdpi_transfer, request);
	struct qdpi_channel *channel = qdpi_channel_of(transfer->tx.chan);
	bool is_oldest, terminated;
	unsigned long flags;

	spin_lock_irqsave(&channel->lock, flags);
	/* Those that are withdrawn end before older ones, which the cookie must not cover. */
	is_oldest = list_is_first(&transfer->node, &channel->issued);
	list_del(&transfer->node);
	if (list_empty(&channel->issued))
		channel->chan.completed_cookie = channel->newest_issued;
	else if (is_oldest)
		channel->chan.completed_cookie = transfer->tx.cookie;
	if (request->status != QDPI_DMA_COMPLETION_OK)
		qdpi_channel_remember_failed(channel, transfer->tx.cookie);
	terminated = transfer->terminated;
	spin_unlock_irqrestore(&channel->lock, flags);

	dma_descriptor_unmap(&transfer->tx);
	if (!terminated)
		qdpi_channel_call_back(transfer);
	kfree(transfer);

	/* Woken under the lock: who waits may free the channel's memory next. */
	spin_lock_irqsave(&channel->lock, flags);
	channel->issued_count--;
	if (!channel->issued_count)
		wake_up(&channel->idle);
	spin_unlock_irqrestore(&channel->lock, flags);
}

static dma_cookie_t qdpi_channel_submit(struct dma_async_tx_descriptor *tx)
{
	struct qdpi_channel *channel = qdpi_channel_of(tx->chan);
	dma_cookie_t cookie;
	unsigned long flags;

	spin_lock_irqsave(&channel->lock, flags);
	cookie = qdpi_channel_next_cookie(channel->chan.cookie);
	qdpi_channel_reuse_cookie(channel, cookie);
	channel->chan.cookie = cookie;
	tx->cookie = cookie;
	list_move_tail(&qdpi_transfer_of(tx)->node, &channel->submitted);
	spin_unlock_irqrestore(&channel->lock, flags);
	return cookie;
}

static struct dma_async_tx_descriptor *
qdpi_channel_prepare(struct dma_chan *chan, const struct qdpi_request *request,
		     size_t length, unsigned long tx_flags)
{
	struct qdpi_channel *channel = qdpi_channel_of(chan);
	struct qdpi_transfer *transfer;
	unsigned long flags;

	if (!length || length > U32_MAX)
		return NULL;
	transfer = kzalloc(sizeof(*transfer), GFP_NOWAIT | __GFP_NOWARN);
	if (!transfer)
		return NULL;
	transfer->request = *request;
	transfer->request.length = length;
	transfer->request.user = channel;
	transfer->request.done = qdpi_channel_done;
	dma_async_tx_descriptor_init(&transfer->tx, chan);
	transfer->tx.flags = tx_flags;
	transfer->tx.tx_submit = qdpi_channel_submit;

	spin_lock_irqsave(&channel->lock, flags);
	list_add_tail(&transfer->node, &channel->prepared);
	spin_unlock_irqrestore(&channel->lock, flags);
	return &transfer->tx;
}

static struct dma_async_tx_descriptor *
qdpi_channel_prepare_copy(struct dma_chan *chan, dma_addr_t destination, dma_addr_t source,
			  size_t length, unsigned long flags)
{
	const struct qdpi_request request = {
		.opcode = QDPI_DMA_OP_COPY,
		.source = source,
		.destination = destination,
	};

	return qdpi_channel_prepare(chan, &request, length, flags);
}

static struct dma_async_tx_descriptor *
qdpi_channel_prepare_fill(struct dma_chan *chan, dma_addr_t destination, int value, size_t length,
			  unsigned long flags)
{
	const struct qdpi_request request = {
		.opcode = QDPI_DMA_OP_FILL,
		.destination = destination,
		.operand = (u8)value * QDPI_CHANNEL_EVERY_BYTE,
	};

	return qdpi_channel_prepare(chan, &request, length, flags);
}

static void qdpi_channel_issue_pending(struct dma_chan *chan)
{
	struct qdpi_channel *channel = qdpi_channel_of(chan);
	struct qdpi_transfer *transfer;
	unsigned long flags;
	LIST_HEAD(requests);

	/* Held over the submission, so that two callers keep the order of their cookies. */
	spin_lock_irqsave(&channel->lock, flags);
	list_for_each_entry(transfer, &channel->submitted, node) {
		list_add_tail(&transfer->request.list, &requests);
		channel->newest_issued = transfer->tx.cookie;
		channel->issued_count++;
	}
	list_splice_tail_init(&channel->submitted, &channel->issued);
	if (!list_empty(&requests) && qdpi_engine_submit(channel->engine, &requests))
		qdpi_engine_abandon(channel->engine, &requests);
	spin_unlock_irqrestore(&channel->lock, flags);
}

static u32 qdpi_channel_residue(struct qdpi_channel *channel, dma_cookie_t cookie)
{
	struct qdpi_transfer *transfer;

	list_for_each_entry(transfer, &channel->submitted, node) {
		if (transfer->tx.cookie == cookie)
			return transfer->request.length;
	}
	list_for_each_entry(transfer, &channel->issued, node) {
		if (transfer->tx.cookie == cookie)
			return transfer->request.length;
	}
	return 0;
}

static enum dma_status qdpi_channel_status(struct dma_chan *chan, dma_cookie_t cookie,
					   struct dma_tx_state *state)
{
	struct qdpi_channel *channel = qdpi_channel_of(chan);
	enum dma_status status;
	unsigned long flags;

	spin_lock_irqsave(&channel->lock, flags);
	status = dma_async_is_complete(cookie, chan->completed_cookie, chan->cookie);
	if (state) {
		state->last = chan->completed_cookie;
		state->used = chan->cookie;
		state->residue = status == DMA_COMPLETE ? 0 : qdpi_channel_residue(channel, cookie);
		state->in_flight_bytes = 0;
	}
	if (status == DMA_COMPLETE && qdpi_channel_has_failed(channel, cookie))
		status = DMA_ERROR;
	spin_unlock_irqrestore(&channel->lock, flags);
	return status;
}

static int qdpi_channel_terminate_all(struct dma_chan *chan)
{
	struct qdpi_channel *channel = qdpi_channel_of(chan);
	struct qdpi_transfer *transfer;
	unsigned long flags;
	LIST_HEAD(unused);

	spin_lock_irqsave(&channel->lock, flags);
	list_splice_tail_init(&channel->prepared, &unused);
	list_splice_tail_init(&channel->submitted, &unused);
	list_for_each_entry(transfer, &channel->issued, node)
		transfer->terminated = true;
	spin_unlock_irqrestore(&channel->lock, flags);
	qdpi_channel_free_list(&unused);
	qdpi_engine_withdraw(channel->engine, channel);
	return 0;
}

static bool qdpi_channel_is_idle(struct qdpi_channel *channel)
{
	unsigned long flags;
	bool idle;

	spin_lock_irqsave(&channel->lock, flags);
	idle = !channel->issued_count;
	spin_unlock_irqrestore(&channel->lock, flags);
	return idle;
}

/*
 * Ends in any case: the watchdog gives up an engine that does not get on. A ring full of long
 * transfers may take minutes in a simulator, which is no hung task.
 */
static void qdpi_channel_synchronize(struct dma_chan *chan)
{
	struct qdpi_channel *channel = qdpi_channel_of(chan);

	wait_event_idle(channel->idle, qdpi_channel_is_idle(channel));
}

static int qdpi_channel_alloc(struct dma_chan *chan)
{
	struct qdpi_channel *channel = qdpi_channel_of(chan);

	chan->cookie = DMA_MIN_COOKIE;
	chan->completed_cookie = DMA_MIN_COOKIE;
	/* Cookies begin anew. */
	memset(channel->failed, 0, sizeof(channel->failed));
	channel->forgotten = 0;
	return 0;
}

static void qdpi_channel_free(struct dma_chan *chan)
{
	qdpi_channel_terminate_all(chan);
	qdpi_channel_synchronize(chan);
}

static void qdpi_channel_init(struct qdpi_channel *channel, struct qdpi_engine *engine,
			      struct dma_device *device)
{
	channel->engine = engine;
	spin_lock_init(&channel->lock);
	INIT_LIST_HEAD(&channel->prepared);
	INIT_LIST_HEAD(&channel->submitted);
	INIT_LIST_HEAD(&channel->issued);
	init_waitqueue_head(&channel->idle);
	channel->chan.device = device;
	qdpi_channel_alloc(&channel->chan);
	list_add_tail(&channel->chan.device_node, &device->channels);
}

/**
 * qdpi_provider_register - offer the engine to the dmaengine framework
 * @engine: the engine, running
 * @channels: as how many channels
 *
 * Return: what to give to qdpi_provider_unregister(), or an error pointer.
 */
struct qdpi_provider *qdpi_provider_register(struct qdpi_engine *engine, unsigned int channels)
{
	struct qdpi_provider *provider;
	struct dma_device *device;
	unsigned int index;
	int err;

	provider = devm_kzalloc(engine->dev, struct_size(provider, channels, channels), GFP_KERNEL);
	if (!provider)
		return ERR_PTR(-ENOMEM);
	device = &provider->device;
	device->dev = engine->dev;
	dma_cap_set(DMA_MEMCPY, device->cap_mask);
	dma_cap_set(DMA_MEMSET, device->cap_mask);
	dma_cap_set(DMA_PRIVATE, device->cap_mask);
	device->copy_align = DMAENGINE_ALIGN_1_BYTE;
	device->fill_align = DMAENGINE_ALIGN_1_BYTE;
	device->directions = BIT(DMA_MEM_TO_MEM);
	device->residue_granularity = DMA_RESIDUE_GRANULARITY_DESCRIPTOR;
	device->device_alloc_chan_resources = qdpi_channel_alloc;
	device->device_free_chan_resources = qdpi_channel_free;
	device->device_prep_dma_memcpy = qdpi_channel_prepare_copy;
	device->device_prep_dma_memset = qdpi_channel_prepare_fill;
	device->device_issue_pending = qdpi_channel_issue_pending;
	device->device_tx_status = qdpi_channel_status;
	device->device_terminate_all = qdpi_channel_terminate_all;
	device->device_synchronize = qdpi_channel_synchronize;
	INIT_LIST_HEAD(&device->channels);
	for (index = 0; index < channels; index++)
		qdpi_channel_init(&provider->channels[index], engine, device);
	err = dma_async_device_register(device);
	if (err) {
		dev_err(engine->dev, "cannot register with dmaengine: error %d\n", err);
		return ERR_PTR(err);
	}
	return provider;
}

/**
 * qdpi_provider_unregister - take the engine from the dmaengine framework
 * @provider: what qdpi_provider_register() returned; no client has a channel
 */
void qdpi_provider_unregister(struct qdpi_provider *provider)
{
	dma_async_device_unregister(&provider->device);
}
