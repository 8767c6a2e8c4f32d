#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# The benchmarks: installs what is missing, builds, runs each suite with all that it is compared with
# in turn, and ends with a table of medians and ratios. Run it on a machine that does nothing else.
#
# usage: bench.sh [--list] [--preset NAME] [--docs] [SUITE...]
#   SUITE     such as memory; default all of them
#   --list    only say which there are
#   --preset  of CMakePresets.json, default dev
#   --docs    also take table, figures and plots to docs/performance
# Leaves build/PRESET/bench: table.txt, results.json, results.tsv, samples.txt, the log of each
# command, plots as SVG.
# exit status: 0 the goals in tests/bench/goals.txt are met, 1 not, or a benchmark failed, 2 wrong usage

set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 2

usage() {
  sed -n '/^# usage:/,/^# exit status/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

preset=dev
docs=0
list=0
suites=()
while [ $# -gt 0 ]; do
  case $1 in
    --preset) [ $# -ge 2 ] || usage; preset=$2; shift 2 ;;
    --docs) docs=1; shift ;;
    --list) list=1; shift ;;
    -*) usage ;;
    *) suites+=("$1"); shift ;;
  esac
done

scripts/packages.sh bench || exit
build=build/$preset
scripts/build.sh --configure "$preset" || exit 1
rows=$build/bench.list
[ -f "$rows" ] || { printf 'bench: preset %s has no benchmarks\n' "$preset" >&2; exit 2; }
mapfile -t known < <(sed -n 's/^suite \([^ ]*\) .*/\1/p' "$rows" | awk '!seen[$0]++')
if [ "$list" -eq 1 ]; then
  printf '%s\n' "${known[@]}"
  exit 0
fi
for suite in ${suites[@]+"${suites[@]}"}; do
  case " ${known[*]} " in
    *" $suite "*) ;;
    *) printf 'bench: there is no suite "%s"; there are: %s\n' "$suite" "${known[*]}" >&2; exit 2 ;;
  esac
done
[ "${#suites[@]}" -gt 0 ] || suites=("${known[@]}")
printf 'bench: building (log: build/%s-build.log)\n' "$preset"
scripts/build.sh "$preset" "${suites[@]/#/bench-}" || exit 1

folder=$build/bench
rm -rf "$folder"
mkdir -p "$folder"
samples=$folder/samples.txt
: >"$samples"
child=
trap '[ -z "$child" ] || { kill -- "-$child" 2>/dev/null; wait "$child"; }' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

bad=0
rows_run=0  # a suite may have several
run_one() { # log word...
  local log=$1 status
  shift
  # A process group of its own, so that all of it ends with this script.
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  child=$!
  set +m
  wait "$child"
  status=$?
  child=
  if [ "$status" -ne 0 ] || ! grep -q '^sample: ' "$log"; then
    printf 'bench: %s FAILED, exit status %d: %s\n' "$1" "$status" "$log"
    bad=$((bad + 1))
    return 1
  fi
  grep '^sample: ' "$log" >>"$samples"
}

# Run the commands of one row of the list, in turn.
run_row() { # suite rounds; words, with "command" before each
  local suite=$1 rounds=$2 round number word command
  shift 2
  printf 'bench: %s, %s round(s)\n' "$suite" "$rounds"
  rows_run=$((rows_run + 1))
  for ((round = 0; round < rounds; round++)); do
    number=0
    command=()
    for word in "$@" command; do
      if [ "$word" != command ]; then
        command+=("${word#argument }")
      elif [ "${#command[@]}" -gt 0 ]; then
        number=$((number + 1))
        run_one "$folder/$suite-$rows_run-$number.log" "${command[@]}" || return
        command=()
      fi
    done
  done
}

wanted() { # suite
  case " ${suites[*]} " in *" $1 "*) ;; *) return 1 ;; esac
}

row=()
while IFS= read -r line; do
  case $line in
    "suite "* | end)
      if [ "${#row[@]}" -gt 0 ]; then
        read -r _ suite rounds <<<"${row[0]}"
        wanted "$suite" && run_row "$suite" "$rounds" "${row[@]:1}"
      fi
      row=("$line")
      ;;
    *) row+=("$line") ;;
  esac
done < <(cat "$rows"; echo end)

about=(
  --about="processor=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)"
  --about="processors=$(nproc)"
  --about="kernel=$(uname -sr | cut -d- -f1)"
  --about="compiler=$(gcc --version | head -n 1)"
  --about="verilator=$(verilator --version)"
  --about="qemu=$(qemu-system-x86_64 --version | head -n 1)"
  --about="commit=$(git rev-parse --short HEAD 2>/dev/null)"
)
"$build/tests/bench/bench_report" --goals=tests/bench/goals.txt --json="$folder/results.json" \
  --data="$folder/results.tsv" "${about[@]}" <"$samples" | tee "$folder/table.txt"
status=${PIPESTATUS[0]}
[ "$status" -le 2 ] || bad=$((bad + 1))
scripts/bench_plots.sh "$folder/results.tsv" "$folder" || bad=$((bad + 1))
if [ "$docs" -eq 1 ] && [ "$bad" -eq 0 ]; then
  mkdir -p docs/performance
  cp "$folder"/table.txt "$folder"/results.json "$folder"/*.svg docs/performance/
fi
[ "$bad" -eq 0 ] && [ "$status" -eq 0 ]
