#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Counts the instructions of what is worth guarding, which is the same however busy the machine is, and
# compares with what is kept in the tree: something that has become slower is a failed check.
#
# usage: check_instructions.sh [--record] LIST RECORD
#   LIST      rows of "UNITS PROGRAM ARGUMENT...", made by add_qdpi_instruction_count() of CMake.
#             The program reads the clock (qdpi_clock_us) once before and once after the work that a
#             `sample:` line tells of, in that order, and at no other time; UNITS are the calls or clocks
#             in it. A program's last sample of a case counts.
#   RECORD    lines of "SUITE/CASE/CONTESTANT INSTRUCTIONS"
#   --record  write RECORD anew
# Counts are of one compiler and one Verilator, which RECORD names. With others, half as many again pass.
# exit status: 0 as recorded or less, 1 more, or a program failed, 2 wrong usage

set -u
export LC_ALL=C

usage() {
  sed -n '/^# usage:/,/^# exit status/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

record=0
if [ "${1:-}" = --record ]; then
  record=1
  shift
fi
if [ $# -ne 2 ] || [ ! -f "$1" ]; then usage; fi
list=$1
kept=$2

work=$(mktemp -d "${TMPDIR:-/tmp}/qemu-dpi-count.XXXXXX") || exit 2
child=
trap '[ -z "$child" ] || kill "$child" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
truncate -s 16M "$work/ram"

tools="gcc $(gcc -dumpfullversion), $(verilator --version | cut -d' ' -f1,2)"

count() { # units program argument...
  local units=$1 status part=2 name
  shift
  rm -f "$work"/profile*
  valgrind --quiet --tool=callgrind --callgrind-out-file="$work/profile" --dump-before=qdpi_clock_us \
    "$@" "+qemu=file:$work/ram?machine=pc" >"$work/output" 2>&1 </dev/null &
  child=$!
  wait "$child"
  status=$?
  child=
  if [ "$status" -ne 0 ] || ! grep -q '^sample: ' "$work/output" || grep -q '%Error' "$work/output"; then
    printf '%s: exit status %d\n' "$1" "$status" >&2
    tail -n 5 "$work/output" >&2
    return 1
  fi
  # Profiles are numbered as the calls of the clock: 1 is what came before the first.
  while read -r name; do
    awk -v name="$name" -v units="$units" '/^totals:/ { printf "%s %.2f\n", name, $2 / units }' \
      "$work/profile.$part" || return 1
    part=$((part + 2))
  done < <(sed -n 's/^sample: \([^ ]*\) \([^ ]*\) \([^ ]*\) .*/\1\/\2\/\3/p' "$work/output") |
    awk '{ last[$1] = $0; if (!($1 in place)) { place[$1] = ++n; order[n] = $1 } }
      END { for (i = 1; i <= n; i++) print last[order[i]] }'
}

bad=0
: >"$work/counts"
while read -r -a row; do
  count "${row[@]}" >>"$work/counts" || bad=1
done <"$list"
[ "$bad" -eq 0 ] || exit 1

if [ "$record" -eq 1 ]; then
  {
    sed -n '/^# SPDX/p' "$0"
    printf '#\n# Instructions of one call or one simulated clock, with %s.\n' "$tools"
    printf '# Written by check_instructions.sh --record.\n'
    cat "$work/counts"
  } >"$kept"
fi

awk -v tools="$tools" '
  FNR == NR && /^# Instructions/ { same = index($0, "with " tools ".") > 0; next }
  FNR == NR { if ($0 !~ /^#/) kept[$1] = $2; next }
  {
    seen[$1] = 1
    if (!($1 in kept)) { printf "%-40s %12.2f  not recorded\n", $1, $2; bad = 1; next }
    ratio = $2 / kept[$1]
    # What repeats exactly may still differ by how long the names of files are.
    slower = ratio > (same ? 1.02 : 1.5)
    printf "%-40s %12.2f  was %12.2f  %+6.2f %%%s\n", $1, $2, kept[$1], (ratio - 1) * 100,
      slower ? "  SLOWER" : ratio < 0.98 ? "  faster: record it" : ""
    bad = bad || slower
  }
  END {
    for (name in kept) if (!(name in seen)) { printf "%-40s was not counted\n", name; bad = 1 }
    exit bad
  }' "$kept" "$work/counts"
