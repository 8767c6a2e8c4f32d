// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * The LED device (rtl/qdpi_led.sv) as a GPIO controller: lines 0 to 7 are the LEDs, line 8 is the
 * button with its interrupt. On top of the lines stand the kernel's own leds-gpio and, if asked
 * for, gpio-keys.
 *
 * The device has posted writes only. So it cannot be detected, and the module loads without a
 * check; the state of the LEDs is what this driver wrote last; and the level of the button is not
 * known to anybody: reading that line is -EOPNOTSUPP, its rising edge comes as an interrupt.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
#include <linux/err.h>
#include <linux/gpio/consumer.h>
#include <linux/gpio/driver.h>
#include <linux/gpio/machine.h>
#include <linux/gpio_keys.h>
#include <linux/input-event-codes.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/leds.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/spinlock.h>

#include "qdpi_doorbell.h"

enum {
#include "qdpi_led_layout.inc"
};

#define QDPI_GPIO_NAME "qdpi-gpio"
#define QDPI_GPIO_LEDS 8
#define QDPI_GPIO_BUTTON QDPI_GPIO_LEDS
#define QDPI_GPIO_LINES (QDPI_GPIO_LEDS + 1)
#define QDPI_GPIO_LAST_DOORBELL 255	/* QEMU has at most 256 memory slots */
#define QDPI_GPIO_LAST_ISA_LINE 15

static unsigned int base = 32;
module_param(base, uint, 0444);
MODULE_PARM_DESC(base, "Doorbell index of the device's register 0 (default 32)");

static unsigned int line = 3;
module_param(line, uint, 0444);
MODULE_PARM_DESC(line, "ISA interrupt line, edge-triggered: 3, 6 or 7 (default 3)");

static bool leds = true;
module_param(leds, bool, 0444);
MODULE_PARM_DESC(leds, "Give lines 0 to 7 to the LED class (default Y); N leaves them free");

static bool keys;
module_param(keys, bool, 0444);
MODULE_PARM_DESC(keys, "Make the button an input device (default N: a GPIO line with events)");

/**
 * struct qdpi_gpio - the device
 * @chip: its lines
 * @pdev: what the lines belong to, parent of @leds_pdev and @keys_pdev
 * @leds_pdev: device of leds-gpio, or NULL
 * @keys_pdev: device of gpio-keys, or NULL
 * @own: lines that @leds_pdev and @keys_pdev use
 * @lock: guards the following, and keeps doorbells in the order of the changes
 * @output: what the LEDs show
 * @listening: somebody has requested the button's interrupt
 * @unanswered: the device waits for an acknowledgment before it interrupts again
 */
struct qdpi_gpio {
	struct gpio_chip chip;
	struct platform_device *pdev;
	struct platform_device *leds_pdev;
	struct platform_device *keys_pdev;
	struct gpio_desc *own[QDPI_GPIO_LINES];
	raw_spinlock_t lock;
	u8 output;
	bool listening;
	bool unanswered;
};

static const char * const qdpi_gpio_line_names[QDPI_GPIO_LINES] = {
	"led0", "led1", "led2", "led3", "led4", "led5", "led6", "led7", "button",
};

/* Device, no colour, function and number: what the LED class wants of a name. */
static struct gpio_led qdpi_gpio_leds[QDPI_GPIO_LEDS] = {
	{ .name = "qdpi::indicator-0" },
	{ .name = "qdpi::indicator-1" },
	{ .name = "qdpi::indicator-2" },
	{ .name = "qdpi::indicator-3" },
	{ .name = "qdpi::indicator-4" },
	{ .name = "qdpi::indicator-5" },
	{ .name = "qdpi::indicator-6" },
	{ .name = "qdpi::indicator-7" },
};

/*
 * No GPIO: gpio-keys would want both edges and the level. With an interrupt only, a press is key
 * down and key up.
 */
static struct gpio_keys_button qdpi_gpio_key = {
	.code = KEY_PROG1,
	.gpio = -1,
	.desc = "button",
	.type = EV_KEY,
};

static void qdpi_gpio_ring(u32 reg, u64 value)
{
	qdpi_doorbell_ring(base + reg, value);
}

/* Lines */

static int qdpi_gpio_get_direction(struct gpio_chip *chip, unsigned int offset)
{
	return offset == QDPI_GPIO_BUTTON ? GPIO_LINE_DIRECTION_IN : GPIO_LINE_DIRECTION_OUT;
}

static int qdpi_gpio_direction_input(struct gpio_chip *chip, unsigned int offset)
{
	return offset == QDPI_GPIO_BUTTON ? 0 : -EINVAL;
}

static int qdpi_gpio_get(struct gpio_chip *chip, unsigned int offset)
{
	struct qdpi_gpio *gpio = gpiochip_get_data(chip);

	if (offset == QDPI_GPIO_BUTTON)
		return -EOPNOTSUPP;
	return !!(READ_ONCE(gpio->output) & BIT(offset));
}

static void qdpi_gpio_set_multiple(struct gpio_chip *chip, unsigned long *mask,
				   unsigned long *bits)
{
	struct qdpi_gpio *gpio = gpiochip_get_data(chip);
	unsigned long flags;

	/*
	 * Ring even if nothing changes: the doorbell before may have come too early for the
	 * simulator.
	 */
	raw_spin_lock_irqsave(&gpio->lock, flags);
	WRITE_ONCE(gpio->output, (gpio->output & ~*mask) | (*bits & *mask));
	qdpi_gpio_ring(QDPI_LED_REG_OUTPUT, gpio->output);
	raw_spin_unlock_irqrestore(&gpio->lock, flags);
}

static void qdpi_gpio_set(struct gpio_chip *chip, unsigned int offset, int value)
{
	unsigned long mask = BIT(offset);
	unsigned long bits = value ? mask : 0;

	qdpi_gpio_set_multiple(chip, &mask, &bits);
}

static int qdpi_gpio_direction_output(struct gpio_chip *chip, unsigned int offset, int value)
{
	if (offset == QDPI_GPIO_BUTTON)
		return -EINVAL;
	qdpi_gpio_set(chip, offset, value);
	return 0;
}

/* The button's interrupt */

/*
 * After an interrupt the device is silent until it is acknowledged, and forgets a press that comes
 * before that. So the acknowledgment says "ready for the next press": it is withheld while the
 * interrupt is masked, which the level flow does until the handlers have run, threads included. A
 * press after an acknowledgment is then an event of its own, however late a thread is scheduled.
 */
static void qdpi_gpio_acknowledge(struct qdpi_gpio *gpio)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gpio->lock, flags);
	if (gpio->unanswered) {
		gpio->unanswered = false;
		qdpi_gpio_ring(QDPI_LED_REG_ACKNOWLEDGE, 0);
	}
	raw_spin_unlock_irqrestore(&gpio->lock, flags);
}

static void qdpi_gpio_listen(struct qdpi_gpio *gpio, bool listening)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gpio->lock, flags);
	gpio->listening = listening;
	raw_spin_unlock_irqrestore(&gpio->lock, flags);
}

static void qdpi_gpio_irq_mask(struct irq_data *data)
{
	gpiochip_disable_irq(irq_data_get_irq_chip_data(data), irqd_to_hwirq(data));
}

static void qdpi_gpio_irq_unmask(struct irq_data *data)
{
	struct gpio_chip *chip = irq_data_get_irq_chip_data(data);

	gpiochip_enable_irq(chip, irqd_to_hwirq(data));
	qdpi_gpio_acknowledge(gpiochip_get_data(chip));
}

static unsigned int qdpi_gpio_irq_startup(struct irq_data *data)
{
	qdpi_gpio_listen(gpiochip_get_data(irq_data_get_irq_chip_data(data)), true);
	qdpi_gpio_irq_unmask(data);
	return 0;
}

static void qdpi_gpio_irq_shutdown(struct irq_data *data)
{
	struct qdpi_gpio *gpio = gpiochip_get_data(irq_data_get_irq_chip_data(data));

	qdpi_gpio_irq_mask(data);
	qdpi_gpio_listen(gpio, false);
	qdpi_gpio_acknowledge(gpio);
}

static int qdpi_gpio_irq_set_type(struct irq_data *data, unsigned int type)
{
	return type == IRQ_TYPE_EDGE_RISING ? 0 : -EINVAL;
}

/*
 * Unlike gpiolib's own, these take no reference to the module: whoever requested the line has one,
 * and the module's gpio-keys device must not keep the module from being unloaded.
 */
static int qdpi_gpio_irq_request_resources(struct irq_data *data)
{
	return gpiochip_lock_as_irq(irq_data_get_irq_chip_data(data), irqd_to_hwirq(data));
}

static void qdpi_gpio_irq_release_resources(struct irq_data *data)
{
	gpiochip_unlock_as_irq(irq_data_get_irq_chip_data(data), irqd_to_hwirq(data));
}

static const struct irq_chip qdpi_gpio_irq_chip = {
	.name = QDPI_GPIO_NAME,
	.irq_startup = qdpi_gpio_irq_startup,
	.irq_shutdown = qdpi_gpio_irq_shutdown,
	.irq_mask = qdpi_gpio_irq_mask,
	.irq_unmask = qdpi_gpio_irq_unmask,
	.irq_set_type = qdpi_gpio_irq_set_type,
	.irq_request_resources = qdpi_gpio_irq_request_resources,
	.irq_release_resources = qdpi_gpio_irq_release_resources,
	.flags = IRQCHIP_IMMUTABLE,
};

static void qdpi_gpio_irq_valid_mask(struct gpio_chip *chip, unsigned long *valid_mask,
				     unsigned int lines)
{
	*valid_mask = BIT(QDPI_GPIO_BUTTON);
}

static irqreturn_t qdpi_gpio_interrupt(int irq, void *context)
{
	struct qdpi_gpio *gpio = context;
	bool forward;

	raw_spin_lock(&gpio->lock);
	gpio->unanswered = true;
	forward = gpio->listening;
	raw_spin_unlock(&gpio->lock);

	/*
	 * A press that nobody asked for is dropped here: the core would keep it for the next one
	 * who requests the interrupt.
	 */
	if (!forward || generic_handle_domain_irq(gpio->chip.irq.domain, QDPI_GPIO_BUTTON))
		qdpi_gpio_acknowledge(gpio);
	return IRQ_HANDLED;
}

/* Devices on top of the lines */

/*
 * Lines that the module itself requests count no reference to it, so it can be unloaded while its
 * own LEDs and key use them, and only then.
 */
static int qdpi_gpio_own_line(struct qdpi_gpio *gpio, unsigned int offset, const char *consumer,
			      enum gpiod_flags flags)
{
	struct gpio_desc *desc;

	desc = gpiochip_request_own_desc(&gpio->chip, offset, consumer, GPIO_ACTIVE_HIGH, flags);
	if (IS_ERR(desc))
		return PTR_ERR(desc);
	gpio->own[offset] = desc;
	return 0;
}

static int qdpi_gpio_add_leds(struct qdpi_gpio *gpio)
{
	const struct gpio_led_platform_data data = {
		.num_leds = ARRAY_SIZE(qdpi_gpio_leds),
		.leds = qdpi_gpio_leds,
	};
	struct platform_device *pdev;
	unsigned int i;
	int ret;

	for (i = 0; i < QDPI_GPIO_LEDS; i++) {
		ret = qdpi_gpio_own_line(gpio, i, qdpi_gpio_leds[i].name, GPIOD_OUT_LOW);
		if (ret)
			return ret;
		qdpi_gpio_leds[i].gpiod = gpio->own[i];
		qdpi_gpio_leds[i].default_state = LEDS_GPIO_DEFSTATE_OFF;
	}
	pdev = platform_device_register_data(&gpio->pdev->dev, "leds-gpio", base, &data,
					     sizeof(data));
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	gpio->leds_pdev = pdev;
	return 0;
}

static int qdpi_gpio_add_key(struct qdpi_gpio *gpio)
{
	const struct gpio_keys_platform_data data = {
		.buttons = &qdpi_gpio_key,
		.nbuttons = 1,
		.name = QDPI_GPIO_NAME,
	};
	struct platform_device *pdev;
	int ret;

	ret = qdpi_gpio_own_line(gpio, QDPI_GPIO_BUTTON, "gpio-keys", GPIOD_IN);
	if (ret)
		return ret;
	ret = gpiod_to_irq(gpio->own[QDPI_GPIO_BUTTON]);
	if (ret < 0)
		return ret;
	qdpi_gpio_key.irq = ret;
	pdev = platform_device_register_data(&gpio->pdev->dev, "gpio-keys", base, &data,
					     sizeof(data));
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	gpio->keys_pdev = pdev;
	return 0;
}

static void qdpi_gpio_remove_consumers(struct qdpi_gpio *gpio)
{
	unsigned int i;

	platform_device_unregister(gpio->keys_pdev);
	platform_device_unregister(gpio->leds_pdev);
	for (i = 0; i < QDPI_GPIO_LINES; i++) {
		if (gpio->own[i])
			gpiochip_free_own_desc(gpio->own[i]);
	}
}

/* The module */

static struct qdpi_gpio qdpi_gpio = {
	.chip = {
		.label = QDPI_GPIO_NAME,
		.owner = THIS_MODULE,
		.base = -1,
		.ngpio = QDPI_GPIO_LINES,
		.names = qdpi_gpio_line_names,
		.get_direction = qdpi_gpio_get_direction,
		.direction_input = qdpi_gpio_direction_input,
		.direction_output = qdpi_gpio_direction_output,
		.get = qdpi_gpio_get,
		.set = qdpi_gpio_set,
		.set_multiple = qdpi_gpio_set_multiple,
	},
	.lock = __RAW_SPIN_LOCK_UNLOCKED(qdpi_gpio.lock),
};

static int __init qdpi_gpio_check_parameters(void)
{
	struct irq_data *data;

	if (base > QDPI_GPIO_LAST_DOORBELL - QDPI_LED_REG_ACKNOWLEDGE) {
		pr_err("base=%u: not room for %u doorbells up to the last, %u\n", base,
		       QDPI_LED_REG_ACKNOWLEDGE + 1, QDPI_GPIO_LAST_DOORBELL);
		return -EINVAL;
	}
	data = line <= QDPI_GPIO_LAST_ISA_LINE ? irq_get_irq_data(line) : NULL;
	if (!data) {
		pr_err("line=%u: not an ISA interrupt line, give 3, 6 or 7\n", line);
		return -EINVAL;
	}
	/* A pulse on such a line may be over before anybody looks. */
	if (irqd_is_level_type(data)) {
		pr_err("line=%u: level-triggered in this machine, give 3, 6 or 7\n", line);
		return -EINVAL;
	}
	return 0;
}

static int __init qdpi_gpio_init(void)
{
	struct qdpi_gpio *gpio = &qdpi_gpio;
	struct gpio_irq_chip *irq = &gpio->chip.irq;
	int ret;

	ret = qdpi_gpio_check_parameters();
	if (ret)
		return ret;

	gpio->pdev = platform_device_register_simple(QDPI_GPIO_NAME, PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(gpio->pdev))
		return PTR_ERR(gpio->pdev);

	ret = request_irq(line, qdpi_gpio_interrupt, IRQF_NO_THREAD, QDPI_GPIO_NAME, gpio);
	if (ret) {
		dev_err(&gpio->pdev->dev, "line=%u cannot be requested: %d\n", line, ret);
		goto err_device;
	}

	/* All LEDs off; and the device may wait for the answer to a press of long ago. */
	qdpi_gpio_ring(QDPI_LED_REG_OUTPUT, 0);
	qdpi_gpio_ring(QDPI_LED_REG_ACKNOWLEDGE, 0);

	gpio->chip.parent = &gpio->pdev->dev;
	gpio_irq_chip_set_chip(irq, &qdpi_gpio_irq_chip);
	irq->handler = handle_level_irq;
	irq->default_type = IRQ_TYPE_NONE;
	irq->init_valid_mask = qdpi_gpio_irq_valid_mask;
	ret = gpiochip_add_data(&gpio->chip, gpio);
	if (ret)
		goto err_irq;

	if (leds)
		ret = qdpi_gpio_add_leds(gpio);
	if (!ret && keys)
		ret = qdpi_gpio_add_key(gpio);
	if (ret)
		goto err_chip;
	return 0;

err_chip:
	qdpi_gpio_remove_consumers(gpio);
	gpiochip_remove(&gpio->chip);
err_irq:
	free_irq(line, gpio);
err_device:
	platform_device_unregister(gpio->pdev);
	return ret;
}
module_init(qdpi_gpio_init);

static void __exit qdpi_gpio_exit(void)
{
	struct qdpi_gpio *gpio = &qdpi_gpio;

	qdpi_gpio_remove_consumers(gpio);
	gpiochip_remove(&gpio->chip);
	free_irq(line, gpio);
	qdpi_gpio_ring(QDPI_LED_REG_OUTPUT, 0);
	platform_device_unregister(gpio->pdev);
}
module_exit(qdpi_gpio_exit);

MODULE_DESCRIPTION("LEDs and button behind the QEMU doorbells");
MODULE_AUTHOR("The qemu-dpi authors");
MODULE_LICENSE("GPL");
MODULE_SOFTDEP("post: leds-gpio");
