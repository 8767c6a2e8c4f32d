#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Starts the Linux guest with one of its tests (qemu/linux/image/tests) through qdpi-launch.
#
# usage: launch.sh LAUNCHER GUEST TEST [OPTION...] [-- COMMAND...]
#   LAUNCHER  qdpi-launch
#   GUEST     the folder that the target linux-guest has filled
#   TEST      work, reload, soak, outages, broken, corners, bench, shell
#   OPTION    for qdpi-launch; several --append=TEXT are put together
# environment:
#   KERNEL, INITRD  other files than those of GUEST
#   APPEND          more words for the kernel's command line
#   LAUNCH          more options for qdpi-launch, such as --gdb

set -eu

if [ $# -lt 3 ]; then
  sed -n '/^# usage:/,/^$/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
launcher=$1
guest=$2
words="console=ttyS0 quiet panic=-1 oops=panic panic_on_warn=1 qdpi.test=$3"
shift 3
options=()
while [ $# -gt 0 ]; do
  case $1 in
    --) break ;;
    --append=*) words="$words ${1#--append=}" ;;
    *) options+=("$1") ;;
  esac
  shift
done
read -ra more <<<"${LAUNCH:-}"
exec "$launcher" --cpus=2 --kernel="${KERNEL:-$guest/kernel/boot/vmlinuz}" \
  --initrd="${INITRD:-$guest/initrd.gz}" --qemu-arg=-device --qemu-arg=pvpanic \
  "${options[@]}" "${more[@]}" --append="$words${APPEND:+ $APPEND}" "$@"
