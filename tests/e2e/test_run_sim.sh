#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# What run_sim.sh prints of a run, what it takes for passed, and how it ends one: test_run_sim.sh RUN_SIM
# QDPI_LAUNCH
#
# A shell speaks for simulator, QEMU and guests; in sim/ a testbench does.

set -u

usage='usage: test_run_sim.sh RUN_SIM QDPI_LAUNCH'
run_sim=$(realpath "${1:?"$usage"}")
launch=$(realpath "${2:?"$usage"}")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/launches.sh"

### A simulator that ignores SIGTERM: it takes its time, and the rest is checked meanwhile

# shellcheck disable=SC2016 # expanded by the simulator's shell
"$run_sim" -- "$launch" --name="$name" --grace=12 -- \
  sh -c 'trap "" TERM; echo $$ >"$1"; while :; do sleep 1; done' sh "$work/pid.stubborn" \
  >"$work/stubborn" 2>&1 &
stubborn=$!
wait_for 30 test -s "$work/pid.stubborn"
kill -TERM "$stubborn"

cat >"$work/everybody" <<'SCRIPT'
for i in $(seq 20); do
  echo "guest| booting $i"
  echo "qemu| warning $i"
  echo "[$i] clock edge $i"
done
echo "left.b-2| the other guest"
echo "a | b is no guest"
printf 'guest| not text: \377\n'
echo "$1"
SCRIPT

run() { # LAST_LINE RUN_SIM_OPTION...
  local last=$1
  shift
  "$run_sim" "$@" -- sh "$work/everybody" "$last" >"$work/out" 2>&1
  status=$?
}

heading="run_sim: the end of what"
summary() { sed -n "/^$heading/,\$p" "$work/out"; }
section() { summary | sed -n "/^$heading $1 said:/,/^run_sim/{/^run_sim/!p}"; }
no_summary() { ! grep -q "^$heading" "$work/out"; }

for option in --quiet "--must-print booting"; do
  read -ra more <<<"$option"
  run "QDPI TEST PASSED" "${more[@]}"
  check "$option: a run that passes has no summary" no_summary
  check "... and status 0" is "$status" 0
  run "%Error: wrong" --must-fail "${more[@]}"
  check "$option: a run that fails as it has to has no summary" no_summary
  check "... and status 0" is "$status" 0
  run "%Error: wrong" "${more[@]}"
  check "$option: a run that fails has status 1" is "$status" 1
  check "... a summary of all three" is "$(summary | grep -c "^$heading")" 3
  check "... 15 lines of the simulator, its last" is \
    "$(section 'the simulator' | sed -n '1p;$p')" $'  [8] clock edge 8\n  %Error: wrong'
  check "... nobody else's" is "$(section 'the simulator' | wc -l):$(section 'the simulator' |
    grep -c 'guest|')" 15:0
  check "... 15 lines of QEMU" is "$(section QEMU | sed -n '1p;$p')" \
    $'  qemu| warning 6\n  qemu| warning 20'
  check "... 15 lines of all guests" is "$(section "the guest's console" | wc -l)" 15
  check "... each with its name" is \
    "$(section "the guest's console" | sed -n '1p;14p')" $'  guest| booting 8\n  left.b-2| the other guest'
  check "... not only text" is "$(section "the guest's console" | tail -n 1)" \
    $'  guest| not text: \377'
  check "... and the verdict behind all" is "$(tail -n 1 "$work/out")" \
    "run_sim: FAILED: no line QDPI TEST PASSED, 1 error line(s)"
  check "... the error line itself stands there once" is "$(grep -c '^%Error' "$work/out")" 1
done

run "QDPI TEST PASSED" --must-print "QDPI TEST" --must-print "TEST PASSED"
check "all texts that must be printed" is "$status:$(tail -n 1 "$work/out")" "0:run_sim: passed"
run "QDPI TEST PASSED" --must-print "never said" --must-print "QDPI TEST"
check "... and each counts" is "$(tail -n 1 "$work/out")" \
  "run_sim: passed, and did not print never said"
run "QDPI TEST PASSED" --must-print "never said"
check "a missing text has a summary too" is "$status:$(summary | grep -c "^$heading")" 1:3
run "QDPI TEST PASSED" --must-fail
check "... and a run that passes against the plan" is "$status:$(summary | grep -c "^$heading")" 1:3
"$run_sim" -- sh -c 'echo alone; exit 1' >"$work/out" 2>&1
check "who said nothing has no heading" is "$(grep -c "^$heading" "$work/out")" 1
"$run_sim" -- false >"$work/out" 2>&1
check "... nor does silence" no_summary

### The verdict

fails_with() { # SCRIPT REASON
  "$run_sim" -- sh -c "$1" >"$work/out" 2>&1
  is "$?:$(tail -n 1 "$work/out")" "1:run_sim: FAILED: $2"
}
check "an exit status is not outweighed by the line" fails_with \
  'echo QDPI TEST PASSED; exit 3' "exit status 3"
check "the line is a whole line" fails_with \
  'echo "x QDPI TEST PASSED"; echo "QDPI TEST PASSED x"' "no line QDPI TEST PASSED"
for error in '** Error: x' '** Fatal: x' '%Error: x' '%Fatal: x' '[5] %Error: x.sv:3: x'; do
  check "an error line is not outweighed by it: $error" fails_with \
    "echo '$error'; echo QDPI TEST PASSED" "1 error line(s)"
done

### What is no run, and no option

echo "no program" >"$work/text"
for command in "$work/nowhere" "$work/text" "exit 125"; do
  "$run_sim" --must-fail -- sh -c "$command" >"$work/out" 2>&1
  check "$command: nothing was run, and so it has not failed as it had to" is "$?" 1
done
for seconds in soon 1s -1 ''; do
  "$run_sim" --must-fail --timeout "$seconds" -- false >"$work/out" 2>&1
  check "--timeout '$seconds' is refused" is "$?" 2
done
"$run_sim" --must-fail --timeout 0.1 -- sleep 60 >"$work/out" 2>&1
check "--timeout 0.1 is a time-out" is "$?:$(tail -n 1 "$work/out")" \
  "0:run_sim: failed, as it had to: no end within 0.1 s, no line QDPI TEST PASSED"

### How long it takes

# shellcheck disable=SC2016 # expanded by the simulator's shell
timeout 30 "$run_sim" -- sh -c 'setsid sleep 60 & echo $! >"$1"; echo QDPI TEST PASSED' sh "$work/pid.helper" \
  >"$work/out" 2>&1
check "what a simulator leaves running does not hold up the verdict" is "$?" 0
check "... and is named" prints "^run_sim: still running, .*: $(cat "$work/pid.helper") (sleep)$"
kill "$(cat "$work/pid.helper")"

mkdir "$work/tmp"
# shellcheck disable=SC2016 # expanded by the simulator's shell
TMPDIR=$work/tmp "$run_sim" --ram-file 1M -- sh -c '
  trap "touch $0/told; until [ -e $0/go ]; do sleep 0.02; done; exit" TERM
  echo "$1" >"$0/endpoint"
  while :; do sleep 0.02; done' "$work" >"$work/out" 2>&1 &
launcher=$!
wait_for 10 test -s "$work/endpoint"
ram_file=$(sed 's/^+qemu=file:\(.*\)?machine=.*/\1/' "$work/endpoint")
check "the RAM file is there while the simulator is" test -f "$ram_file"
kill -TERM "$launcher"
wait_for 10 test -e "$work/told"
kill -TERM "$launcher"
touch "$work/go"
finish
check "SIGTERM gives 143" is "$status" 143
check "... and a second one leaves no RAM file behind" test ! -e "$ram_file"
check "... nor anything else" is "$(ls -A "$work/tmp")" ""

mkdir "$work/bin"
# shellcheck disable=SC2016 # expanded when it runs
printf '#!/bin/sh\necho "$1"\n' >"$work/bin/timeout"
chmod +x "$work/bin/timeout"
time_to_end() { PATH=$work/bin:$PATH "$run_sim" "$@" | sed -n 's/^--kill-after=//p'; }
check "a launcher gets its default --grace and the time to end by force" is "$(time_to_end -- launch)" 45
check "... more with a longer --grace" is \
  "$(time_to_end -- launch --grace=60 -- launch --grace=20 -- sim --grace=x)" 95
check "... also one from the environment" is "$(LAUNCH='--gdb --grace=100' time_to_end -- launch)" 135

launcher=$stubborn
finish
check "a simulator that ignores SIGTERM does not outlive the launcher" gone "$(cat "$work/pid.stubborn")"
check "... nor does anything else" nothing_left
check "... and run_sim ends" is "$status" 143

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
