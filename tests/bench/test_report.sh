#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Medians, ratios of rounds, goals and what is refused.
#
# usage: test_report.sh BENCH_REPORT

set -u
shopt -s lastpipe  # or a check behind a pipe would count in a process of its own
report=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/qemu-dpi-report.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
failures=0

# Run with samples on standard input: "what is checked" STATUS "pattern of a line, or nothing" option...
check() {
  local what=$1 status=$2 pattern=$3
  shift 3
  "$report" "$@" >"$work/out" 2>"$work/err"
  local got=$?
  if [ "$got" -ne "$status" ] || ! cat "$work/out" "$work/err" | grep -qE -- "$pattern"; then
    printf 'FAILED: %s: status %d, not %d, or no line "%s"\n' "$what" "$got" "$status" "$pattern"
    cat "$work/out" "$work/err"
    failures=$((failures + 1))
  fi
}

# Slow and fast rounds: both take ten times as long in the second. Ratios 2, 2 and 4.
samples() {
  printf 'sample: s c ours ns %s\nsample: s c floor ns %s\nnoise\n' 2 1 20 10 12 3
}
goals() { printf '# a comment\n\n%s\n' "$1" >"$work/goals"; }

samples | check "the median of contestants" 0 '^  ours +12 ns +7 to 16 +3$'
samples | check "the median of ratios, round by round" 0 '^  ours/floor +2 ratio +2 to 3 +3$'
goals 's c ours/floor <= 2'
samples | check "a goal that is met" 0 'goal <= 2: met' --goals="$work/goals"
goals 's * ours/floor <= 1.9'
samples | check "a goal that is missed, by a pattern" 2 'goal <= 1.9: MISSED' --goals="$work/goals"
goals 's c floor/ours >= 0.5'
samples | check "a goal about another pair" 0 '^  floor/ours .*goal >= 0.5: met' --goals="$work/goals"
goals 's d ours <= 2'
samples | check "a goal without a figure" 2 'goal without a figure: s d ours' --goals="$work/goals"
goals 't d ours <= 2'
samples | check "a goal of a suite that did not run" 0 '^0 goals missed, 0 without' --goals="$work/goals"
goals 's d ours = 2'
samples | check "a goal that is none" 1 'not a goal' --goals="$work/goals"
echo 'sample: s c ours ns' | check "a sample without a value" 1 'not `sample:'
echo 'sample: s c ours ns nan' | check "a sample that is no number" 1 'not `sample:'
check "no sample" 1 'there was no sample' </dev/null
samples | check "a folder that is not there" 1 'cannot write' --json="$work/no/json"
samples | check "JSON" 0 '' --json="$work/json" --about=a=b --data="$work/data"
for words in '"a": "b"' '"subject": "ours/floor"' '"median": 2.0'; do
  grep -qF "$words" "$work/json" || { printf 'FAILED: no %s in the JSON\n' "$words"; failures=$((failures + 1)); }
done
grep -q "^s	c	ours	ns	12	7	16$" "$work/data" || { echo 'FAILED: the data'; failures=$((failures + 1)); }
[ "$failures" -eq 0 ]
