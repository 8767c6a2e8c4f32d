#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Fuzzes: builds the targets of tests/fuzz with libFuzzer, AddressSanitizer and UBSan, runs each, and
# ends with a table. A run begins with the corpus in the tree and goes on with what earlier runs have
# found, which stays in build/fuzz/corpus.
#
# usage: fuzz.sh [--seconds CPU_SECONDS] [--jobs N] [--merge] [NOUN...]
#   --seconds  CPU time of each target, user and system; default 60, and 0 only builds
#   --jobs     how many targets run at a time; default 1
#   --merge    afterwards, copy into tests/fuzz/corpus what covers something new, small inputs first
#   NOUN       tests/fuzz/fuzz_NOUN.c; default all
# The input of a finding stays in build/fuzz/findings/NOUN, what was said about it in
# build/fuzz/findings/NOUN.log. Such a target runs no further.
# exit status: 0 nothing found, 1 a finding or a failure, 2 wrong usage

set -u
cd "$(dirname "$0")/.." || exit 2

usage() {
  sed -n '/^# usage:/,/^# exit status/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

seconds=60
jobs=1
merge=0
nouns=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) [ $# -ge 2 ] || usage; seconds=$2; shift 2 ;;
    --jobs) [ $# -ge 2 ] || usage; jobs=$2; shift 2 ;;
    --merge) merge=1; shift ;;
    -*) usage ;;
    *) nouns+=("$1"); shift ;;
  esac
done
case $seconds$jobs in *[!0-9]*) usage ;; esac
[ "$jobs" -gt 0 ] || usage

tree=tests/fuzz/corpus
build=build/fuzz
findings=$build/findings
if [ "${#nouns[@]}" -eq 0 ]; then
  for folder in "$tree"/*/; do nouns+=("$(basename "$folder")"); done
fi
for noun in "${nouns[@]}"; do
  [ -d "$tree/$noun" ] || { printf 'There is no corpus %s/%s\n' "$tree" "$noun" >&2; exit 2; }
done

scripts/packages.sh fuzz || exit 1
printf 'Building (log: build/fuzz-build.log)\n'
scripts/build.sh fuzz || exit 1
build=$PWD/$build
tree=$PWD/$tree
findings=$PWD/$findings

# What a target makes while it runs, and must not stay when it is ended.
TMPDIR=$(mktemp -d) || exit 1
export TMPDIR
running=()
cleanup() {
  [ "${#running[@]}" -eq 0 ] || kill "${running[@]}" 2>/dev/null
  wait
  rm -rf "$TMPDIR"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

program() {
  case $1 in
    dma_ring) printf '%s/sim/fuzz_dma_ring.model/fuzz_dma_ring' "$build" ;;
    *) printf '%s/tests/fuzz/fuzz_%s' "$build" "$1" ;;
  esac
}


# Fuzz one target until its CPU time is over. Writes NOUN.log, NOUN.cpu (hundredths) and the inputs of
# findings. @return 1: there is one.
fuzz_one() {
  local noun=$1 log=$findings/$1.log used=0 left before child status
  local child_pid=
  # shellcheck disable=SC2317
  stop() { [ -z "$child_pid" ] || kill "$child_pid" 2>/dev/null; exit 1; }
  trap stop INT TERM HUP
  mkdir -p "$build/corpus/$noun" "$findings/$noun"
  : >"$log"
  printf '0\n' >"$findings/$noun.cpu"
  while [ "$used" -lt $((seconds * 100)) ]; do
    left=$(((seconds * 100 - used + 99) / 100))
    before=$used
    child=$TMPDIR/$noun.times
    # A shell of its own, whose times are those of this one run.
    bash -c '"$@" & pid=$!; trap "kill $pid" TERM INT HUP; wait $pid; status=$?; times >"$0"; exit $status' \
      "$child" "$(program "$noun")" -max_total_time="$left" -print_final_stats=1 -timeout=60 \
      -rss_limit_mb=2048 -artifact_prefix="$findings/$noun/" "$build/corpus/$noun" "$tree/$noun" \
      >>"$log" 2>&1 &
    child_pid=$!
    wait "$child_pid"
    status=$?
    child_pid=
    # The second line of `times`: "0m1.234s 0m0.056s" of the children.
    used=$((used + $(sed -n '2s/[ms]/ /gp' "$child" |
      LC_ALL=C awk '{ printf "%d", ($1 * 60 + $2 + $3 * 60 + $4) * 100 }')))
    printf '%s\n' "$used" >"$findings/$noun.cpu"
    [ "$status" -eq 0 ] || return 1
    if [ "$used" -eq "$before" ]; then
      printf 'The target ends without having run\n' >>"$log"
      return 1
    fi
  done
}

# ---- run ----
rm -rf "$findings"
mkdir -p "$findings"
failed=0
# Wait for one of those that run. The failure of a target is counted from its status.
await_one() {
  local index pid
  wait -n -p pid "${running[@]}" || failed=$((failed + 1))
  for index in "${!running[@]}"; do
    [ "${running[index]}" != "$pid" ] || unset "running[$index]"
  done
}
if [ "$seconds" -gt 0 ]; then
  for noun in "${nouns[@]}"; do
    [ "${#running[@]}" -lt "$jobs" ] || await_one
    printf 'Fuzzing %s for %d s of CPU time\n' "$noun" "$seconds"
    fuzz_one "$noun" &
    running+=("$!")
  done
  while [ "${#running[@]}" -gt 0 ]; do await_one; done

  printf '\n%-14s %10s %13s %9s %7s %9s %7s %9s\n' \
    target 'CPU s' executions 'per CPU s' edges features inputs findings
  for noun in "${nouns[@]}"; do
    LC_ALL=C awk -v noun="$noun" -v cpu="$(cat "$findings/$noun.cpu")" \
      -v inputs="$(find "$build/corpus/$noun" -type f | wc -l)" \
      -v findings="$(find "$findings/$noun" -type f | wc -l)" '
      /^stat::number_of_executed_units:/ { executions += $2 }
      / cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") edges = $(i + 1); if ($i == "ft:") features = $(i + 1) } }
      END {
        printf "%-14s %10.1f %13d %9d %7d %9d %7d %9d\n", noun, cpu / 100, executions,
          (cpu > 0 ? executions * 100 / cpu : 0), edges, features, inputs, findings
      }' "$findings/$noun.log"
  done
  for noun in "${nouns[@]}"; do
    for input in "$findings/$noun"/*; do
      [ ! -e "$input" ] || printf 'Finding: %s\n  again: %s %s\n' "$input" "$(program "$noun")" "$input"
    done
  done
fi

# ---- merge ----
# What a corpus in the tree may come to: it is replayed in every run of the tests. What people have
# put there has a name and stays; what was found is called by its hash, and chosen anew each time. If
# there is no room for all, every so manieth is taken, from the smallest to the largest.
files_most=150
bytes_most=$((200 * 1024))
file_most=8192
hash_name='.*/[0-9a-f]{40}'
merge_one() {
  local noun=$1 merged=$TMPDIR/merged size input bytes room index=0 added=0 found=()
  mkdir -p "$build/corpus/$noun"
  find "$tree/$noun" -type f -regextype egrep -regex "$hash_name" -exec mv -t "$build/corpus/$noun" {} +
  rm -rf "$merged"
  cp -r "$tree/$noun" "$merged"
  if ! "$(program "$noun")" -merge=1 -timeout=60 -rss_limit_mb=2048 "$merged" "$build/corpus/$noun" \
    >"$findings/$noun-merge.log" 2>&1; then
    printf 'merging %s failed: %s\n' "$noun" "$findings/$noun-merge.log" >&2
    return 1
  fi
  room=$((files_most - $(find "$tree/$noun" -type f | wc -l)))
  bytes=$(find "$tree/$noun" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }')
  mapfile -t found < <(find "$merged" -type f -regextype egrep -regex "$hash_name" \
    -size "-$((file_most + 1))c" -printf '%s %f\n' | sort -n)
  [ "$room" -lt "${#found[@]}" ] || room=${#found[@]}
  for ((; index < room; index++)); do
    read -r size input <<<"${found[index * ${#found[@]} / room]}"
    if [ $((bytes + size)) -le "$bytes_most" ]; then
      cp "$merged/$input" "$tree/$noun/$input"
      bytes=$((bytes + size))
      added=$((added + 1))
    fi
  done
  printf '%s: %d of %d inputs found are in the tree, %d bytes with those by hand\n' "$noun" "$added" \
    "${#found[@]}" "$bytes"
}
if [ "$merge" -eq 1 ]; then
  for noun in "${nouns[@]}"; do
    [ -d "$build/corpus/$noun" ] || continue
    merge_one "$noun" || failed=$((failed + 1))
  done
fi
[ "$failed" -eq 0 ]
