#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Packs the guest's root file system. The same input gives the same bytes: order, times, owners and
# numbers of the files do not depend on the machine. Needs no root.
#
# usage: initrd.sh TREE OUTPUT MODULES PROGRAM...
#   TREE     what kernel.sh has unpacked
#   OUTPUT   the initial RAM disk
#   MODULES  the folder that modules.sh has filled
#   PROGRAM  a static program for /bin

set -euo pipefail

if [ $# -lt 3 ]; then
  sed -n '/^# usage:/,/^$/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
image=$(cd "$(dirname "$0")" && pwd)
tree=$1
output=$(realpath -m "$2")
modules=$3
shift 3

# Modules of the packaged kernel that the drivers or the tests stand on.
packaged=(drivers/leds/leds-gpio.ko drivers/input/evdev.ko drivers/input/keyboard/gpio_keys.ko
  drivers/misc/pvpanic/pvpanic.ko drivers/misc/pvpanic/pvpanic-mmio.ko)

root=$(mktemp -d "${TMPDIR:-/tmp}/qemu-dpi-initrd.XXXXXX")
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,dev,lib/modules,proc,root,sys,tests,tmp}
install -m 755 "$tree/bin/busybox" "$@" "$root/bin"
ln -s busybox "$root/bin/sh"
install -m 755 "$image/init" "$root"
install -m 644 "$image/steps" "$root"
install -m 644 "$image"/tests/* "$root/tests"
for module in "${packaged[@]}"; do
  # Some are built into some kernels.
  file=$(echo "$tree"/lib/modules/*/kernel/"$module")
  [ ! -f "$file" ] || install -m 644 "$file" "$root/lib/modules"
done
install -m 644 "$modules"/*.ko "$root/lib/modules"
# The symbols stay outside, where the debugger reads them.
strip --strip-debug "$root"/lib/modules/*.ko

find "$root" -exec touch -h -d @0 {} +
mkdir -p "$(dirname "$output")"
(cd "$root" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
  cpio --null --create --format=newc --owner=0:0 --reproducible --quiet) | gzip -n -6 >"$output.new"
mv "$output.new" "$output"
