// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * The doorbell ports: one owner for all drivers of RTL devices, and /dev/qdpi-doorbell.
 *
 * The ports are the ACPI memory hot-plug registers of stock QEMU. Three writes in a row are one
 * doorbell, so everybody who rings must come through here.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include "qdpi_doorbell.h"

#define QDPI_DOORBELL_PORTS	0xa00
#define QDPI_DOORBELL_COUNT	24
#define QDPI_DOORBELL_INDEX	(QDPI_DOORBELL_PORTS + 0)
#define QDPI_DOORBELL_LOW	(QDPI_DOORBELL_PORTS + 4)
#define QDPI_DOORBELL_HIGH	(QDPI_DOORBELL_PORTS + 8)

/* What one write(2) to /dev/qdpi-doorbell carries. */
struct qdpi_doorbell_message {
	u32 index;
	u32 reserved;
	u64 value;
};

static DEFINE_RAW_SPINLOCK(qdpi_doorbell_lock);

/**
 * qdpi_doorbell_ring - ring a doorbell of the RTL
 * @index: which one, below the number of QEMU's memory slots; QEMU ignores others
 * @value: what to say
 *
 * Posted: there is no answer. What this CPU wrote to memory before is visible to the RTL when the
 * doorbell arrives, and the doorbells of one CPU arrive in order. QEMU holds the CPU up for a while
 * when doorbells come faster than the RTL takes them.
 *
 * Context: any, hard interrupts included.
 */
void qdpi_doorbell_ring(u32 index, u64 value)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&qdpi_doorbell_lock, flags);
	outl(index, QDPI_DOORBELL_INDEX);
	outl(lower_32_bits(value), QDPI_DOORBELL_LOW);
	outl(upper_32_bits(value), QDPI_DOORBELL_HIGH);
	raw_spin_unlock_irqrestore(&qdpi_doorbell_lock, flags);
}
EXPORT_SYMBOL_GPL(qdpi_doorbell_ring);

static ssize_t qdpi_doorbell_write(struct file *file, const char __user *from, size_t count,
				   loff_t *position)
{
	struct qdpi_doorbell_message message;

	if (count != sizeof(message))
		return -EINVAL;
	if (copy_from_user(&message, from, sizeof(message)))
		return -EFAULT;
	if (message.reserved)
		return -EINVAL;
	qdpi_doorbell_ring(message.index, message.value);
	return sizeof(message);
}

static const struct file_operations qdpi_doorbell_operations = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.write = qdpi_doorbell_write,
	.llseek = no_llseek,
};

static struct miscdevice qdpi_doorbell_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "qdpi-doorbell",
	.fops = &qdpi_doorbell_operations,
	.mode = 0600,
};

static int __init qdpi_doorbell_init(void)
{
	int err;

	if (!request_region(QDPI_DOORBELL_PORTS, QDPI_DOORBELL_COUNT, KBUILD_MODNAME)) {
		pr_err("I/O ports 0x%x to 0x%x are in use, see /proc/ioports\n",
		       QDPI_DOORBELL_PORTS, QDPI_DOORBELL_PORTS + QDPI_DOORBELL_COUNT - 1);
		return -EBUSY;
	}
	/* Where nothing decodes the port the bus reads as all ones. */
	if (inl(QDPI_DOORBELL_INDEX) == U32_MAX) {
		pr_err("no memory hot-plug registers at I/O port 0x%x: start QEMU with -m SIZE,slots=N,maxmem=MORE\n",
		       QDPI_DOORBELL_PORTS);
		err = -ENODEV;
		goto err_release;
	}
	err = misc_register(&qdpi_doorbell_device);
	if (err) {
		pr_err("cannot register /dev/%s: error %d\n", qdpi_doorbell_device.name, err);
		goto err_release;
	}
	return 0;

err_release:
	release_region(QDPI_DOORBELL_PORTS, QDPI_DOORBELL_COUNT);
	return err;
}
module_init(qdpi_doorbell_init);

static void __exit qdpi_doorbell_exit(void)
{
	misc_deregister(&qdpi_doorbell_device);
	release_region(QDPI_DOORBELL_PORTS, QDPI_DOORBELL_COUNT);
}
module_exit(qdpi_doorbell_exit);

MODULE_AUTHOR("The qemu-dpi authors");
MODULE_DESCRIPTION("Doorbells from a guest of QEMU to RTL in a simulator");
MODULE_LICENSE("GPL");
