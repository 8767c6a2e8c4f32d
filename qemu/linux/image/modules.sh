#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds the kernel modules against the packaged headers, with all warnings, and looks at them with
# sparse when asked to. Kbuild writes beside the sources: it gets a copy.
#
# usage: modules.sh [--sparse] TREE FOLDER
#   TREE    what kernel.sh has unpacked
#   FOLDER  for the copy; the modules come to lie in it

set -eu

sparse=()
if [ "${1:-}" = --sparse ]; then
  sparse=(C=2 CHECK=sparse CF=-Werror)
  shift
fi
if [ $# -ne 2 ]; then
  sed -n '/^# usage:/,/^$/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
root=$(cd "$(dirname "$0")/../../.." && pwd)
tree=$(realpath "$1")
folder=$(realpath -m "$2")

mkdir -p "$folder"
cp -u "$root"/qemu/linux/driver/* "$folder"
# Not the shell's settings for another build.
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$tree/usr/src/headers" M="$folder" W=1 KCFLAGS=-Werror \
  QDPI_INCLUDE="$root/rtl/include $root/dpi/include $root/qemu $root/qemu/linux/uapi" "${sparse[@]}" modules
