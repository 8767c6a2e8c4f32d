#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# How much of the library's C code (dpi/src) its tests reach: installs what is missing, builds the
# preset `coverage`, runs the unit, fuzz-replay, end-to-end and fault suites, and prints lines and
# branches file by file with what is not reached. (What simulations reach of the ports: regress.sh
# --coverage.)
#
# usage: c_coverage.sh [--report] [CTEST OPTION...]
#   --report  of the runs since the last build, without running anything
# Leaves build/coverage/c_coverage.txt and build/coverage/c_coverage/index.html.
# Not counted: branches of assert() and those that the compiler makes. Nothing is inlined, or a branch
# would count again for each place where it is.
# exit status: 0 enough; 1 less than 95 % of the lines or 90 % of the branches, or a test failed;
#              3 packages are missing, and only root installs them

set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 2
build=build/coverage
least_lines=95
least_branches=90
verdict=0
run=1
if [ "${1:-}" = --report ]; then
  run=0
  shift
fi

if [ "$run" -eq 1 ]; then
  scripts/packages.sh coverage || exit
  printf 'c_coverage: building (log: build/coverage-build.log)\n'
  scripts/build.sh coverage || exit 1
  find "$build" -name '*.gcda' -delete
  # Not the litmus tests with two guest CPUs: the library's side is so slow here that it hardly meets
  # the guest's; e2e.litmus reaches the same code.
  ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$(nproc)" \
    -L '^(unit|fuzz|e2e|fault)$' -E '^fault\.litmus_two_cpus$' "$@" || verdict=1
fi

options=(--root . --object-directory "$build" --filter 'dpi/src/' --gcov-executable gcov
  --exclude-unreachable-branches --exclude-throw-branches
  --exclude-branches-by-pattern '.*\bassert\(.*')
mkdir -p "$build/c_coverage"
gcovr "${options[@]}" --txt --fail-under-line "$least_lines" --fail-under-branch "$least_branches" \
  --print-summary --html-details "$build/c_coverage/index.html" --json "$build/c_coverage.json" \
  --output "$build/c_coverage.txt" "$build" >"$build/c_coverage-summary.txt" || verdict=1
gcovr "${options[@]}" --branches --txt --add-tracefile "$build/c_coverage.json" \
  >"$build/c_coverage-branches.txt"
cat "$build/c_coverage.txt" "$build/c_coverage-branches.txt" "$build/c_coverage-summary.txt"
[ "$verdict" -eq 0 ] || printf 'c_coverage: a test failed, or less than %s %% of the lines or %s %% of the branches\n' \
  "$least_lines" "$least_branches" >&2
exit "$verdict"
