#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs one simulation and gives the verdict. It passed when three things hold at once: exit status 0,
# the line QDPI TEST PASSED, and no error line. One of them alone proves nothing: Verilator's exit
# status is 0 whatever was checked, and a testbench may end before it has checked anything.
#
# usage: run_sim.sh [--ram-file SIZE[:MACHINE]] [--timeout SECONDS] [--log FILE] [--must-fail]
#                   [--must-print TEXT]... [--quiet] -- COMMAND [ARGUMENT...]
#   --ram-file  make a RAM file of SIZE for the run and put +qemu=file:... behind the command
#   --timeout   end it after so long: 600; 0: never
#   --must-fail exit 0 if the simulation fails, 1 if it passes, or if nothing was run (status 125 to 127)
#   --must-print  not as wanted without this text in the output, whatever the verdict
#   --quiet     print the output only if the verdict is wrong
# A run that is not as wanted ends with the last lines of each who spoke in it: the guests ("NAME| "),
# QEMU ("qemu| ") and the simulator.
# exit status: 0 as wanted, 1 not, 2 wrong usage

set -u

usage() {
  sed -n '/^# usage:/,/^# exit status/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

ram_size=
ram_machine=flat
timeout_seconds=600
log=
must_fail=0
must_print=()
quiet=0
while [ $# -gt 0 ]; do
  case $1 in
    --ram-file) [ $# -ge 2 ] || usage; ram_size=${2%%:*}; case $2 in *:*) ram_machine=${2#*:} ;; esac; shift 2 ;;
    --timeout) [ $# -ge 2 ] || usage; timeout_seconds=$2; shift 2 ;;
    --log) [ $# -ge 2 ] || usage; log=$2; shift 2 ;;
    --must-fail) must_fail=1; shift ;;
    --must-print) [ $# -ge 2 ] || usage; must_print+=("$2"); shift 2 ;;
    --quiet) quiet=1; shift ;;
    --) shift; break ;;
    *) usage ;;
  esac
done
[ $# -gt 0 ] || usage
[[ $timeout_seconds =~ ^[0-9]+(\.[0-9]+)?$ ]] || usage

# From SIGTERM to SIGKILL. A launcher that is killed cannot end a simulator which ignores SIGTERM: that
# takes it its --grace, by default 10 s, and QEMU's end with it up to 20 s more. qemu/linux/launch.sh
# finds more of its options in $LAUNCH.
grace=10
read -ra more <<<"${LAUNCH:-}"
for word in "$@" ${more[@]+"${more[@]}"}; do
  if [[ $word =~ ^--grace=0*([0-9]+)$ ]] && [ "${BASH_REMATCH[1]}" -gt "$grace" ]; then
    grace=${BASH_REMATCH[1]}
  fi
done

work=$(mktemp -d "${TMPDIR:-/tmp}/qemu-dpi-sim.XXXXXX") || exit 2
ram_file=
child=
reader=

# Whether all output has been read. Who else holds the pipe gets 5 s, as does who reads ours.
reader_ends() {
  local tries
  for ((tries = 250; tries > 0; tries--)); do
    kill -0 "$reader" 2>/dev/null || return 0
    sleep 0.02
  done
  return 1
}

# The processes that the command has left running and that hold the pipe: "PID (NAME) ...".
holders() {
  local pid
  for pid in $(find /proc/[0-9]*/fd -lname "$(realpath "$work")/pipe" 2>/dev/null | cut -d / -f 3 | sort -nu); do
    [ "$pid" -eq "$reader" ] || printf ' %s (%s)' "$pid" "$(cat "/proc/$pid/comm" 2>/dev/null)"
  done
}

# shellcheck disable=SC2317 # called by the trap
clean_up() {
  # Once is enough: a second Ctrl-C would leave the files behind.
  trap '' INT TERM HUP
  if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null; wait "$child" 2>/dev/null; fi
  [ -z "$reader" ] || reader_ends || kill "$reader"
  [ -z "$ram_file" ] || rm -f "$ram_file"
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -n "$ram_size" ]; then
  ram_file=$(mktemp "/dev/shm/qemu-dpi-sim.XXXXXX") || exit 2
  truncate -s "$ram_size" "$ram_file" || exit 2
  set -- "$@" "+qemu=file:$ram_file?machine=$ram_machine"
fi

output=$work/output
mkfifo "$work/pipe" || exit 2
[ "$quiet" -eq 1 ] || printf '+ %s\n' "$*"
if [ "$quiet" -eq 1 ]; then
  cat "$work/pipe" >"$output" &
else
  tee "$output" <"$work/pipe" &
fi
reader=$!
# In the background, so that a signal to this script is acted on at once.
timeout --kill-after=$((grace + 35)) "$timeout_seconds" "$@" >"$work/pipe" 2>&1 </dev/null &
child=$!
wait "$child"
status=$?
child=
if ! reader_ends; then
  left=$(holders)
  if [ -n "$left" ]; then
    printf 'run_sim: still running, their output is not waited for:%s\n' "$left"
    kill "$reader"
  fi
  wait "$reader" 2>/dev/null
fi
reader=
[ -z "$log" ] || cp "$output" "$log"

reasons=
[ "$status" -eq 0 ] || reasons="exit status $status"
[ "$status" -ne 124 ] || reasons="no end within $timeout_seconds s"
grep -q '^QDPI TEST PASSED$' "$output" || reasons="$reasons${reasons:+, }no line QDPI TEST PASSED"
errors=$(grep -cE '(^|\] )%(Error|Fatal)|^\*\* (Error|Fatal)' "$output")
[ "$errors" -eq 0 ] || reasons="$reasons${reasons:+, }$errors error line(s)"

# What a launcher has put its prefix before.
launched='^[A-Za-z0-9._-]+\| '

# Indented, so that an error line does not count twice for whoever reads this output.
print_end() { # WHO: the last lines of standard input, if there are any
  local lines
  lines=$(tail -n 15 | sed 's/^/  /')
  [ -z "$lines" ] || printf 'run_sim: the end of what %s said:\n%s\n' "$1" "$lines"
}

wrong=0
if [ "$must_fail" -eq 1 ]; then
  verdict="failed, as it had to: $reasons"
  [ -n "$reasons" ] || { verdict='FAILED: it passed, but it had to fail'; wrong=1; }
  # The statuses of timeout, shells and launchers for what they could not run.
  case $status in 125 | 126 | 127) verdict="FAILED: exit status $status, as when nothing was run"; wrong=1 ;; esac
else
  verdict=passed
  [ -z "$reasons" ] || { verdict="FAILED: $reasons"; wrong=1; }
fi
for text in ${must_print[@]+"${must_print[@]}"}; do
  grep -qF -- "$text" "$output" && continue
  verdict="$verdict, and did not print $text"
  wrong=1
done
if [ "$quiet" -eq 1 ] && [ "$wrong" -eq 1 ]; then
  printf '+ %s\n' "$*"
  cat "$output"
fi
if [ "$wrong" -eq 1 ]; then
  grep -avE "$launched" "$output" | print_end 'the simulator'
  grep -aE '^qemu\| ' "$output" | print_end QEMU
  grep -aE "$launched" "$output" | grep -avE '^qemu\| ' | print_end "the guest's console"
fi
printf 'run_sim: %s\n' "$verdict"
exit "$wrong"
