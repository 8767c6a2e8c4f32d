#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# qemu-dpi translate, with a guest in PAE paging (guest_memory: its first 4 MiB one to one) and with a RAM
# file: test_command_translate.sh QEMU_DPI QDPI_LAUNCH GUEST_MEMORY_ELF

set -u

usage="usage: test_command_translate.sh QEMU_DPI QDPI_LAUNCH GUEST_MEMORY_ELF"
tool=$(realpath "${1:?"$usage"}")
launch=$(realpath "${2:?"$usage"}")
guest=$(realpath "${3:?"$usage"}")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/launches.sh"

dpi() { # ARGUMENT...: translate to its end; leaves status, $work/out and $work/err
  timeout --kill-after=5 60 "$tool" translate "$@" >"$work/out" 2>"$work/err" </dev/null
  status=$?
}

from() { # TEXT ARGUMENT...: the same with TEXT on standard input
  local text=$1
  shift
  printf '%s' "$text" | timeout --kill-after=5 60 "$tool" translate "$@" >"$work/out" 2>"$work/err"
  status=$?
}

prints() { grep -qE -- "$1" "$work/out"; }
lines() { [ "$(wc -l <"$work/out")" -eq "$1" ]; }
json() { [ "$(python3 -c "import json, sys; d = json.load(sys.stdin); print(*($1))" <"$work/out")" = "$2" ]; }

refuses() { # PATTERN ARGUMENT...: wrong usage, which says why and how to go on
  local pattern=$1
  shift
  dpi "$@"
  check "refuses: $*" is "$status" 2
  check "... and says: $pattern" says "$pattern"
  check "... and where help is" says "Try .qemu-dpi.*--help"
}

# ---- Arguments ----

refuses "which address" -e file:x
refuses "is no GVA" -e file:x 12x
refuses "GVA" -e file:x ''
refuses "give --real too" -e file:x f000:fff0
refuses "no address of real mode" -e file:x --real f000:10000
refuses "no address of real mode" -e file:x --real :10
refuses "no address of real mode" -e file:x --real 10000:0
refuses "leave --cr0" -e file:x --real --cr3=0 0
refuses "knows the registers of its CPUs only" -e file:x --verify --cr3=0 0
refuses "knows the registers of its CPUs only" -e file:x --verify --real 0
refuses "is no access" -e file:x --access=rq 0
refuses "no CPU" -e file:x --cpu=99999999999 0
refuses "CR3" -e file:x --cr3=none 0
dpi -e "file:$work/missing" --cr3=0 0
check "a guest that is not there" is "$status" 3

# ---- A file: page tables made here ----

# entry GPA VALUE: 8 bytes, little endian
entry() {
  local value=$2 bytes=
  for _ in 1 2 3 4 5 6 7 8; do
    bytes+=$(printf '\\x%02x' $((value & 255)))
    value=$((value >> 8))
  done
  # shellcheck disable=SC2059 # the bytes are the format
  printf "$bytes" | dd of="$work/ram" bs=1 seek=$(($1)) conv=notrunc status=none
}

truncate -s 16M "$work/ram"
entry 0x1000 0x2007
entry 0x2000 0x3007
entry 0x3000 0x4007
entry 0x3008 0x8000000000400183
entry 0x4000 0x5067
entry 0x4008 0x6005
entry 0x4010 0x40000007
file="file:$work/ram"
dpi -e "$file" --cr3=0x1000 0x123 0x200456
check "two addresses in a file" is "$status" 0
check "... a page of 4K" prints '^0x123: GPA 0x5123, page of 4K, user, rwx, accessed, dirty; RAM, .*/ram at offset 0x5123$'
check "... a page of 2M" prints '^0x200456: GPA 0x400456, page of 2M, kernel, rw-, global; RAM, .*/ram at offset 0x400456$'
dpi -e "$file" --cr3=0x1000 --steps 0x123
check "four steps" lines 5
check "... the last one" prints '^  level 1: 0x0000000000005067 at GPA 0x4000$'
dpi -e "$file" --cr3=0x1000 0x3000 0x123
check "one that is not mapped" is "$status" 1
check "... and why" prints '^0x3000: no translation: .*level 1 entry at GPA 0x4018 is 0x0: not present$'
check "... and the other" prints '^0x123: GPA 0x5123'
dpi -e "$file" --cr3=0x1000 0x2010
check "a page where nothing stands" prints 'GPA 0x40000010, .*; nothing stands there$'
dpi -e "$file" --cr3=0x1000 --access=wu 0x1000
check "a page without the right" is "$status" 1
check "... and why" prints 'read-only'
dpi -e "$file" --cr3=0x1000 --access=ru 0x1000
check "a page with the right" is "$status" 0
dpi -e "$file" --cr3=0x1000 --efer=0x500 0x200000
check "NX without EFER.NXE" prints 'must be zero'
dpi -e "$file" --cr3=0x1000 --cr4=0 0x0
check "the same tables in 32-bit paging" prints '^0x0: GPA 0x3000'
dpi -e "$file" --cr3=0x1000 0x800000000000
check "an address that is not canonical" prints 'not canonical'
dpi -e "$file" --real f000:fff0 ffff:0010 0x10ffef
check "real mode" is "$status" 0
check "... without carry" prints '^0xffff0: GPA 0xffff0'
check "... above 1 MiB" prints '^0x100000: GPA 0x100000'
from $'0x123\n0x200456 0x1000\n' -e "$file" --cr3=0x1000 -
check "addresses from standard input" lines 3
from $'0x123\nnonsense\n' -e "$file" --cr3=0x1000 -
check "nonsense on standard input" is "$status" 2
dpi -e "$file" --cr3=0x1000 --json 0x123 0x3000
check "JSON" json 'd["cr3"], d["translations"][0]["gpa"], d["translations"][0]["page_size"],
  d["translations"][0]["writable"], len(d["translations"][0]["steps"]), d["translations"][1]["mapped"],
  d["translations"][1]["fault"]' '0x1000 0x5123 4096 True 4 False not present'
dpi -e "$file" 0
check "a file has no registers" is "$status" 4
check "... and says what to give" says 'give --cr3'
dpi -e "$file" --cr3=0x1000 --host 0x123
check "a file is in no QEMU" is "$status" 4

# ---- A guest ----

# shellcheck disable=SC2016 # expanded by the command's shell
start --ram=64M --kernel="$guest" -- sh -c 'echo "$QEMU_DPI" >"$1/endpoint.new" &&
  mv "$1/endpoint.new" "$1/endpoint" && exec sleep 600' sh "$work"
if ! wait_for 40 test -e "$work/endpoint"; then
  echo "the guest did not start"
  cat "$work/out" "$work/err"
  exit 1
fi
QEMU_DPI=$(cat "$work/endpoint")
export QEMU_DPI
paging() { dpi 0x300000 && prints 'page of 2M'; }
check "the guest comes to its paging" wait_for 30 paging
dpi --host --steps 0x100000 0x3ffff8
check "addresses of the guest" is "$status" 0
check "... in its file and in QEMU" prints '^0x3ffff8: GPA 0x3ffff8, page of 2M, .*; RAM, .* at offset 0x3ffff8; in QEMU at 0x[0-9a-f]+$'
check "... by two steps" lines 6
dpi --verify 0x0 0xfffff 0x100000 0x3fffff 0x400000 0x80000000 0xfffff000
check "QEMU agrees, also on what is not mapped" is "$status" 0
check "... and it is said of each" is "$(grep -c 'QEMU agrees' "$work/out")" 7
check "... of which three are not mapped" is "$(grep -c 'no translation' "$work/out")" 3
dpi --verify --json 0x100000 0x400000
check "JSON of it" json '[t["qemu_agrees"] for t in d["translations"]], d["translations"][1]["qemu_gpa"]' \
  '[True, True] None'
# Of another space QEMU knows nothing; here the first 4 MiB are the same with paging off.
dpi --cr0=0x11 0x80000000
check "with a register changed" prints '^0x80000000: GPA 0x80000000'
dpi --cpu=1 0x0
check "a CPU that is not there" is "$status" 4
check "... and says so" says 'CPU 1'
kill -TERM "$launcher"
finish

echo "$checks checks, $failures failures"
[ "$failures" -eq 0 ]
