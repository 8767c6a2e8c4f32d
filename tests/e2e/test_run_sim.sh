#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# What run_sim.sh prints of a run: test_run_sim.sh RUN_SIM
#
# Its verdicts are tested with a testbench, in sim/. Here a shell speaks for simulator, QEMU and guests.

set -u

run_sim=$(realpath "${1:?"usage: test_run_sim.sh RUN_SIM"}")
work=$(mktemp -d "${TMPDIR:-/tmp}/qdpi-test-run-sim.XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0
checks=0

check() { # DESCRIPTION COMMAND...: the command's success is the result
  local description=$1
  shift
  checks=$((checks + 1))
  if "$@"; then
    echo "ok $checks - $description"
  else
    failures=$((failures + 1))
    echo "not ok $checks - $description"
    sed 's/^/    # /' "$work/out"
  fi
}

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
is() { [ "$1" = "$2" ]; }
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

run "QDPI TEST PASSED" --must-print "never said"
check "a missing text has a summary too" is "$status:$(summary | grep -c "^$heading")" 1:3
run "QDPI TEST PASSED" --must-fail
check "... and a run that passes against the plan" is "$status:$(summary | grep -c "^$heading")" 1:3
"$run_sim" -- sh -c 'echo alone; exit 1' >"$work/out" 2>&1
check "who said nothing has no heading" is "$(grep -c "^$heading" "$work/out")" 1
"$run_sim" -- false >"$work/out" 2>&1
check "... nor does silence" no_summary

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

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
