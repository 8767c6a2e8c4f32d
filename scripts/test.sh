#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is missing, builds, and passes all tests: lint, units, boundary, simulations, guests
# on real QEMU, and the same under the sanitizers. Ends with a line that counts the tests.
#
# usage: test.sh [PRESET...]    presets of CMakePresets.json; default dev asan tsan

set -u
cd "$(dirname "$0")/.." || exit 2
presets=("$@")
[ "${#presets[@]}" -gt 0 ] || presets=(dev asan tsan)

scripts/packages.sh test || exit
scripts/python_tools.sh || exit

passed=0
failed=0
# One more than there are processors: tests that wait for a deadline leave theirs to others.
jobs=$(($(nproc) + 1))

build() { # preset [nice value]
  [ $# -eq 1 ] || renice -n "$2" "$BASHPID" >/dev/null
  printf '== %s: configure and build (log: build/%s-build.log)\n' "$1" "$1"
  scripts/build.sh "$1"
}

run_tests() { # preset
  ctest --test-dir "build/$1" --output-on-failure --no-tests=error -j "$jobs" 2>&1 </dev/null |
    tee "build/$1-test.log"
}

# A process group of its own, so that all of it ends with this script.
behind() { # command word...; leaves its process number in child
  set -m
  "$@" &
  child=$!
  set +m
}

# shellcheck disable=SC2317 # called by the trap
end_children() {
  local group
  for group in $builder $tester; do
    kill -- "-$group" 2>/dev/null
    wait "$group" 2>/dev/null
  done
}

mkdir -p build
builder=
tester=
trap end_children EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
behind build "${presets[0]}"
builder=$child
for ((i = 0; i < ${#presets[@]}; i++)); do
  preset=${presets[i]}
  wait "$builder"
  built=$?
  builder=
  # Tests leave the processors idle now and then: the next preset is built in what they leave.
  if [ "$((i + 1))" -lt "${#presets[@]}" ]; then
    behind build "${presets[i + 1]}" 19
    builder=$child
  fi
  if [ "$built" -ne 0 ]; then
    printf '%s does not build\n' "$preset"
    failed=$((failed + 1))
    continue
  fi
  behind run_tests "$preset"
  tester=$child
  wait "$tester"
  tester=
  log=build/$preset-test.log
  # ctest's own counts: "97% tests passed, 1 tests failed out of 38"
  total=$(sed -n 's/.*tests failed out of \([0-9]*\).*/\1/p' "$log")
  bad=$(sed -n 's/.* \([0-9]*\) tests failed out of .*/\1/p' "$log")
  # A test that was skipped was not passed.
  skipped=$(grep -cE '\*\*\*(Skipped|Not Run)' "$log")
  if [ -z "$total" ]; then
    failed=$((failed + 1))
  else
    bad=$((bad + skipped))
    passed=$((passed + total - bad))
    failed=$((failed + bad))
  fi
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
