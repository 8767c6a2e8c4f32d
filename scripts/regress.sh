#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# The regression: every row with many seeds, then every seeded bug, which has to be caught. Prints a
# table of each and, for what was not as it had to be, the command that runs it again.
#
# usage: regress.sh [--seeds N | --seed K] [--rows NAME[,NAME...]] [--jobs N] [--timeout SECONDS]
#                   [--coverage] LIST FOLDER
#   LIST        the rows: blocks of a line "row NAME", then any of "model FOLDER MODEL",
#               "ram-file SIZE[:MACHINE]", "argument PLUSARG", "bug NAME"
#   FOLDER      for runs/ (logs), coverage/ and junit.xml, which are made anew
#   --seeds     seeds 1 to N; default $SEEDS, or 5
#   --seed      seed K alone, also for the seeded bugs; default $SEED
#   --rows      these rows alone
#   --jobs      runs at a time; default one for each processor
#   --timeout   for one run; default 300
#   --coverage  with the models that count coverage, and without the seeded bugs
# exit status: 0 all as it had to be, 1 not, 2 wrong usage

set -u
export LC_ALL=C
run_sim=$(cd "$(dirname "$0")" && pwd)/run_sim.sh

usage() {
  sed -n '/^# usage:/,/^# exit status/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

refuse() {
  printf 'regress: %s\n' "$*" >&2
  exit 2
}

# A number from 1 on without a leading zero, which bash would take for octal.
must_be_number() { # name value
  [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || refuse "$1 is \"$2\": it has to be a number from 1 to 999999999"
}

seeds=${SEEDS:-5}
seed=${SEED:-}
rows=
jobs=$(nproc)
timeout_seconds=300
coverage=0
# A bug that only some data show is given a few chances.
bug_seeds=3
while [ $# -gt 0 ]; do
  case $1 in
    --seeds) [ $# -ge 2 ] || usage; seeds=$2; seed=; shift 2 ;;
    --seed) [ $# -ge 2 ] || usage; seed=$2; shift 2 ;;
    --rows) [ $# -ge 2 ] || usage; rows=$2; shift 2 ;;
    --jobs) [ $# -ge 2 ] || usage; jobs=$2; shift 2 ;;
    --timeout) [ $# -ge 2 ] || usage; timeout_seconds=$2; shift 2 ;;
    --coverage) coverage=1; shift ;;
    -*) usage ;;
    *) break ;;
  esac
done
[ $# -eq 2 ] || usage
list=$1
folder=$2
must_be_number SEEDS "$seeds"
must_be_number --jobs "$jobs"
must_be_number --timeout "$timeout_seconds"
if [ -n "$seed" ]; then
  must_be_number SEED "$seed"
  first=$seed
  last=$seed
else
  first=1
  last=$seeds
fi
[ -r "$list" ] || refuse "$list cannot be read: configure the build folder first"

names=()
declare -A model_of ram_of arguments_of bugs_of
name=
while read -r key value; do
  case $key in
    row) name=$value; names+=("$name"); arguments_of[$name]=; bugs_of[$name]=; ram_of[$name]= ;;
    model) model_of[$name]=$value ;;
    ram-file) ram_of[$name]=$value ;;
    argument) arguments_of[$name]+="$value"$'\n' ;;
    bug) bugs_of[$name]+="$value " ;;
    '') ;;
    *) refuse "$list: \"$key\" is none of row, model, ram-file, argument, bug" ;;
  esac
done <"$list"

if [ -n "$rows" ]; then
  chosen=()
  for name in ${rows//,/ }; do
    [ -n "${model_of[$name]+is}" ] || refuse "there is no row \"$name\"; there are: ${names[*]}"
    chosen+=("$name")
  done
  names=("${chosen[@]}")
fi
[ "${#names[@]}" -gt 0 ] || refuse "$list has no rows"

# Only what an earlier run left there, whatever folder was named.
mkdir -p "$folder" || exit 2
rm -rf "$folder/runs" "$folder/coverage" "$folder/junit.xml"
mkdir "$folder/runs" "$folder/coverage" || exit 2
folder=$(cd "$folder" && pwd)

executable() { # row kind
  local place model
  read -r place model <<<"${model_of[$1]}"
  printf '%s/%s.model/%s' "$place" "$model$2" "$model$2"
}

# The variant of the model that runs without a seeded bug.
plain=
[ "$coverage" -eq 0 ] || plain=-coverage
for name in "${names[@]}"; do
  [ -n "${model_of[$name]:-}" ] || refuse "$list: row $name has no model"
  for kind in "$plain" "${bugs_of[$name]:+-bugs}"; do
    [ "$kind$coverage" != -bugs1 ] || continue
    file=$(executable "$name" "$kind")
    [ -x "$file" ] || refuse "row $name needs $file, which is not there: build it first"
  done
done

# Puts the command of a run into the array `command`.
command=()
command_of_run() { # row seed bug
  local row=$1 kind=$plain argument
  [ -z "$3" ] || kind=-bugs
  command=("$run_sim" --timeout "$timeout_seconds")
  [ -z "${ram_of[$row]}" ] || command+=(--ram-file "${ram_of[$row]}")
  command+=(-- "$(executable "$row" "$kind")")
  while IFS= read -r argument; do
    [ -z "$argument" ] || command+=("$argument")
  done <<<"${arguments_of[$row]}"
  command+=("+seed=$2" "+qdpi.seed=$2")
  [ -z "$3" ] || command+=("+qdpi.bug=$3")
  if [ "$coverage" -eq 1 ]; then
    command+=("+coverage=$folder/coverage/$row.$2.dat"
      "+qdpi.coverage=$folder/coverage/$row.$2.csv")
  fi
}

# Leaves RUN.log, RUN.seconds and RUN.status.
run_once() { # run row seed bug
  local result=$folder/runs/$1 start=$EPOCHREALTIME end child
  command_of_run "$2" "$3" "$4"
  "${command[@]}" >"$result.log" 2>&1 &
  child=$!
  # shellcheck disable=SC2064 # this run's child, and now
  trap "kill -TERM $child 2>/dev/null; wait $child; exit 143" TERM
  wait "$child"
  printf '%d\n' $? >"$result.status"
  end=$EPOCHREALTIME
  awk -v start="$start" -v end="$end" 'BEGIN { printf "%.2f\n", end - start }' >"$result.seconds"
}

try_bug() { # row bug
  local s
  for s in $(seq "$first" $((first + (last - first < bug_seeds ? last - first : bug_seeds - 1)))); do
    run_once "$1.bug.$2.$s" "$1" "$s" "$2"
    caught "$1.bug.$2.$s" && return
  done
}

# What the failure of a run was, in one line: its first error, or run_sim's reason.
first_error() { # run
  grep -m 1 -E '(^|\] )%(Error|Fatal)|^\*\* (Error|Fatal)' "$folder/runs/$1.log" ||
    sed -n 's/^run_sim: FAILED: //p' "$folder/runs/$1.log"
}

# Whether a run began and then failed: a model that could not be run has caught nothing.
caught() { # run
  [ "$(cat "$folder/runs/$1.status")" -eq 1 ] &&
    ! grep -qE '^run_sim: FAILED: exit status 12[567]' "$folder/runs/$1.log"
}

# Passes a signal on to what runs.
# shellcheck disable=SC2317 # called by the trap
stop() {
  local children
  trap - INT TERM
  mapfile -t children < <(jobs -p)
  [ "${#children[@]}" -eq 0 ] || kill -TERM "${children[@]}" 2>/dev/null
  wait
  exit 130
}
trap stop INT TERM

running=0
in_parallel() {
  if [ "$running" -ge "$jobs" ]; then
    wait -n
    running=$((running - 1))
  fi
  "$@" &
  running=$((running + 1))
}

began=$SECONDS
printf 'regress: %d rows, seeds %d to %d, %d runs at a time\n' "${#names[@]}" "$first" "$last" "$jobs"
for name in "${names[@]}"; do
  for ((s = first; s <= last; s++)); do
    in_parallel run_once "$name.$s" "$name" "$s" ''
  done
  if [ "$coverage" -eq 0 ]; then
    for bug in ${bugs_of[$name]}; do
      in_parallel try_bug "$name" "$bug"
    done
  fi
done
wait

xml_escape() {
  tr -cd '\11\12\40-\176' | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e 's/"/\&quot;/g'
}

cases=$folder/runs/testcases
: >"$cases"
# Also into junit.xml.
testcase() { # class name seconds [failure log]
  printf '  <testcase classname="%s" name="%s" time="%s"' "$1" "$2" "$3"
  if [ $# -eq 3 ]; then
    printf '/>\n'
    return
  fi
  printf '>\n    <failure message="%s">\n' "$(xml_escape <<<"$4")"
  tail -n 60 "$5" | xml_escape
  printf '    </failure>\n  </testcase>\n'
}

runs=0
failed=0
again=$folder/runs/again
: >"$again"
to_run_again() { # row seed bug
  command_of_run "$1" "$2" "$3"
  printf '  %q' "${command[0]}"
  printf ' %q' "${command[@]:1}"
  printf '\n'
}

printf '\n%-32s %7s %7s %9s\n' row runs failed seconds
for name in "${names[@]}"; do
  bad=0
  total=0
  for ((s = first; s <= last; s++)); do
    run=$name.$s
    taken=$(cat "$folder/runs/$run.seconds")
    total=$(awk -v sum="$total" -v taken="$taken" 'BEGIN { print sum + taken }')
    if [ "$(cat "$folder/runs/$run.status")" -eq 0 ]; then
      testcase "$name" "seed $s" "$taken" >>"$cases"
    else
      bad=$((bad + 1))
      error=$(first_error "$run")
      testcase "$name" "seed $s" "$taken" "$error" "$folder/runs/$run.log" >>"$cases"
      { printf '%s, seed %d: %s\n' "$name" "$s" "$error"; to_run_again "$name" "$s" ''; } >>"$again"
    fi
  done
  printf '%-32s %7d %7d %9.1f\n' "$name" $((last - first + 1)) "$bad" "$total"
  runs=$((runs + last - first + 1))
  failed=$((failed + bad))
done

bugs=0
escaped=0
if [ "$coverage" -eq 0 ]; then
  for name in "${names[@]}"; do
    for bug in ${bugs_of[$name]}; do
      [ "$bugs" -gt 0 ] || printf '\n%-24s %-28s %6s  %s\n' row 'seeded bug' seed 'caught by'
      bugs=$((bugs + 1))
      verdict='NOT CAUGHT'
      at=-
      taken=0
      run=
      for ((s = first; s < first + bug_seeds; s++)); do
        [ -f "$folder/runs/$name.bug.$bug.$s.status" ] || break
        run=$name.bug.$bug.$s
        tried=$s
        taken=$(awk -v sum="$taken" -v more="$(cat "$folder/runs/$run.seconds")" 'BEGIN { print sum + more }')
        caught "$run" || continue
        # What fails without the bug as well says nothing about the bug.
        if [ "$(cat "$folder/runs/$name.$s.status")" -ne 0 ]; then
          verdict='NOT CAUGHT: the run fails without the bug as well'
        else
          verdict=$(first_error "$run")
          at=$s
        fi
      done
      printf '%-24s %-28s %6s  %.120s\n' "$name" "$bug" "$at" "$verdict"
      if [ "$at" = - ]; then
        escaped=$((escaped + 1))
        testcase "$name" "bug $bug" "$taken" "$verdict" "$folder/runs/$run.log" >>"$cases"
        { printf '%s, seeded bug %s: %s: %s\n' "$name" "$bug" "$verdict" "$(tail -n 1 "$folder/runs/$run.log")"
          to_run_again "$name" "$tried" "$bug"; } >>"$again"
      else
        testcase "$name" "bug $bug" "$taken" >>"$cases"
      fi
    done
  done
fi

{
  printf '<?xml version="1.0" encoding="UTF-8"?>\n'
  printf '<testsuite name="sim-regress" tests="%d" failures="%d" errors="0" skipped="0" time="%d">\n' \
    $((runs + bugs)) $((failed + escaped)) $((SECONDS - began))
  cat "$cases"
  printf '</testsuite>\n'
} >"$folder/junit.xml"

if [ -s "$again" ]; then
  printf '\nTo run again what was not as it had to be:\n'
  cat "$again"
fi
printf '\n%d rows, %d runs, %d passed, %d failed; %d seeded bugs, %d caught; %d s; %s\n' \
  "${#names[@]}" "$runs" $((runs - failed)) "$failed" "$bugs" $((bugs - escaped)) \
  $((SECONDS - began)) "$folder/junit.xml"
[ $((failed + escaped)) -eq 0 ]
