// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * /dev/qdpi-dma: files, their buffers, and the ioctls of qdpi_dma.h.
 *
 * A mapping of the buffer holds its file, so the buffer, which is freed with the file, outlives all
 * mappings, those of forked processes too.
 */

#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dma_batch.h"
#include "dma_cdev.h"
#include "dma_engine.h"
#include "dma_memory.h"
#include "qdpi_dma.h"

/* More is not asked of the page allocator: the length of a job has 32 bits. */
#define QDPI_CDEV_MAX_BUFFER SZ_1G

/**
 * struct qdpi_cdev - the device
 * @misc: the kernel's part
 * @engine: the engine
 */
struct qdpi_cdev {
	struct miscdevice misc;
	struct qdpi_engine *engine;
};

/**
 * struct qdpi_file - one open file
 * @engine: the engine
 * @batches: its batches
 * @lock: for the creation of the buffer
 * @buffer: the buffer, or NULL
 * @buffer_bytes: its length; set last, 0: no buffer yet
 * @window: of the buffer
 */
struct qdpi_file {
	struct qdpi_engine *engine;
	struct qdpi_batches batches;
	struct mutex lock;	/* for the creation of the buffer */
	struct qdpi_memory *buffer;
	size_t buffer_bytes;
	struct qdpi_window window;
};

static int qdpi_cdev_open(struct inode *inode, struct file *file)
{
	struct qdpi_cdev *cdev = container_of(file->private_data, struct qdpi_cdev, misc);
	struct qdpi_file *mine = kzalloc(sizeof(*mine), GFP_KERNEL_ACCOUNT);

	if (!mine)
		return -ENOMEM;
	mine->engine = cdev->engine;
	mutex_init(&mine->lock);
	qdpi_batches_init(&mine->batches, cdev->engine);
	file->private_data = mine;
	return nonseekable_open(inode, file);
}

static int qdpi_cdev_release(struct inode *inode, struct file *file)
{
	struct qdpi_file *mine = file->private_data;
	bool abandoned = qdpi_batches_drain(&mine->batches);

	if (mine->buffer) {
		qdpi_windows_close(mine->engine, &mine->window);
		qdpi_memory_free(mine->engine, mine->buffer, abandoned);
	}
	mutex_destroy(&mine->lock);
	kfree(mine);
	return 0;
}

static size_t qdpi_cdev_buffer_bytes(struct qdpi_file *mine)
{
	/* Pairs with the release in qdpi_cdev_create_buffer(): the rest stays as it is then. */
	return smp_load_acquire(&mine->buffer_bytes);
}

static long qdpi_cdev_info(struct qdpi_file *mine, struct qdpi_dma_info __user *user)
{
	size_t bytes = qdpi_cdev_buffer_bytes(mine);
	const struct qdpi_dma_info info = {
		.data_bytes = READ_ONCE(mine->engine->data_bytes),
		.entries = mine->engine->config.entries,
		.buffer_bytes = bytes,
		.buffer_address = bytes ? mine->buffer->address : 0,
	};

	return copy_to_user(user, &info, sizeof(info)) ? -EFAULT : 0;
}

static int qdpi_cdev_create_buffer(struct qdpi_file *mine, size_t bytes)
{
	struct qdpi_memory *buffer;
	int err;

	if (mine->buffer)
		return -EBUSY;
	buffer = qdpi_memory_allocate(mine->engine, bytes);
	if (!buffer)
		return -ENOMEM;
	err = qdpi_windows_open(mine->engine, &mine->window, buffer->address, bytes,
				QDPI_WINDOW_COMMAND_READ | QDPI_WINDOW_COMMAND_WRITE);
	if (err) {
		qdpi_memory_free(mine->engine, buffer, false);
		return err;
	}
	mine->buffer = buffer;
	/* Pairs with the acquire in qdpi_cdev_buffer_bytes(). */
	smp_store_release(&mine->buffer_bytes, bytes);
	return 0;
}

static long qdpi_cdev_buffer(struct qdpi_file *mine, const __u64 __user *user)
{
	u64 bytes;
	int err;

	if (copy_from_user(&bytes, user, sizeof(bytes)))
		return -EFAULT;
	if (!bytes)
		return -EINVAL;
	if (bytes > QDPI_CDEV_MAX_BUFFER)
		return -ENOMEM;
	mutex_lock(&mine->lock);
	err = qdpi_cdev_create_buffer(mine, PAGE_ALIGN(bytes));
	mutex_unlock(&mine->lock);
	return err;
}

static long qdpi_cdev_submit(struct qdpi_file *mine, struct qdpi_dma_submit __user *user)
{
	size_t bytes = qdpi_cdev_buffer_bytes(mine);

	return qdpi_batches_submit(&mine->batches, user, bytes ? mine->buffer->address : 0, bytes);
}

static long qdpi_cdev_wait(struct qdpi_file *mine, const struct qdpi_dma_wait __user *user)
{
	struct qdpi_dma_wait wait;

	if (copy_from_user(&wait, user, sizeof(wait)))
		return -EFAULT;
	return qdpi_batches_wait(&mine->batches, &wait);
}

static long qdpi_cdev_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct qdpi_file *mine = file->private_data;
	void __user *user = (void __user *)argument;

	switch (command) {
	case QDPI_DMA_IOC_INFO:
		return qdpi_cdev_info(mine, user);
	case QDPI_DMA_IOC_BUFFER:
		return qdpi_cdev_buffer(mine, user);
	case QDPI_DMA_IOC_SUBMIT:
		return qdpi_cdev_submit(mine, user);
	case QDPI_DMA_IOC_WAIT:
		return qdpi_cdev_wait(mine, user);
	default:
		return -ENOTTY;
	}
}

static int qdpi_cdev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct qdpi_file *mine = file->private_data;
	size_t bytes = qdpi_cdev_buffer_bytes(mine);

	/* Offset and length are checked against the buffer by what is called here. */
	if (!bytes)
		return -EINVAL;
	return dma_mmap_coherent(mine->engine->dev, vma, mine->buffer->start,
				 mine->buffer->address, bytes);
}

static __poll_t qdpi_cdev_poll(struct file *file, poll_table *table)
{
	struct qdpi_file *mine = file->private_data;

	poll_wait(file, &mine->batches.wait, table);
	return qdpi_batches_any_complete(&mine->batches) ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations qdpi_cdev_operations = {
	.owner = THIS_MODULE,
	.open = qdpi_cdev_open,
	.release = qdpi_cdev_release,
	.unlocked_ioctl = qdpi_cdev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = qdpi_cdev_mmap,
	.poll = qdpi_cdev_poll,
	.llseek = no_llseek,
};

/**
 * qdpi_cdev_register - make /dev/qdpi-dma
 * @engine: the engine, running
 *
 * Return: what to give to qdpi_cdev_unregister(), or an error pointer.
 */
struct qdpi_cdev *qdpi_cdev_register(struct qdpi_engine *engine)
{
	struct qdpi_cdev *cdev = devm_kzalloc(engine->dev, sizeof(*cdev), GFP_KERNEL);
	int err;

	if (!cdev)
		return ERR_PTR(-ENOMEM);
	cdev->engine = engine;
	cdev->misc.minor = MISC_DYNAMIC_MINOR;
	cdev->misc.name = "qdpi-dma";
	cdev->misc.fops = &qdpi_cdev_operations;
	cdev->misc.parent = engine->dev;
	cdev->misc.mode = 0600;
	err = misc_register(&cdev->misc);
	if (err) {
		dev_err(engine->dev, "cannot register /dev/%s: error %d\n", cdev->misc.name, err);
		return ERR_PTR(err);
	}
	return cdev;
}

/**
 * qdpi_cdev_unregister - remove /dev/qdpi-dma
 * @cdev: what qdpi_cdev_register() returned; no file is open
 */
void qdpi_cdev_unregister(struct qdpi_cdev *cdev)
{
	misc_deregister(&cdev->misc);
}
