#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# What coverage_report.sh takes for enough functional coverage: test_coverage_report.sh COVERAGE_REPORT

set -u

report=$(realpath "${1:?"usage: test_coverage_report.sh COVERAGE_REPORT"}")
work=$(mktemp -d "${TMPDIR:-/tmp}/qdpi-test-coverage.XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0
checks=0
counts= # what Verilator has counted

gives() { # STATUS LAST_LINE DESCRIPTION LINE...: what the report makes of a run that says these lines
  local wanted=$1 last=$2 description=$3 status
  shift 3
  rm -rf "$work/coverage"
  mkdir "$work/coverage"
  [ $# -eq 0 ] || printf '%s\n' "# a remark" "$@" >"$work/coverage/row.1.csv"
  [ -z "$counts" ] || printf '%s\n' "$counts" >"$work/coverage/row.1.dat"
  "$report" "$work" >"$work/out" 2>&1
  status=$?
  checks=$((checks + 1))
  if [ "$status" -eq "$wanted" ] && tail -n 1 "$work/out" | grep -q -e "$last"; then
    echo "ok $checks - $description"
  else
    failures=$((failures + 1))
    echo "not ok $checks - $description"
    sed 's/^/    # /' "$work/out"
  fi
}

shape=shape,64,read,INCR,8,1,aligned,-,-
strobes=strobes,64,write,INCR,8,-,-,full,-
response=response,64,read,INCR,-,1,-,-,OKAY
gives 0 '^response .* 100.0' "all bins of all groups are enough" "$shape,1,1" "$strobes,2,1" "$response,3,1"
gives 0 '^response .* 100.0' "what is not reachable need not be hit" \
  "$shape,1,1" "$strobes,2,1" "$response,3,1" "${shape/INCR/WRAP},0,0"
gives 1 "^  $shape" "a hole is not" "$shape,0,1" "$strobes,2,1" "$response,3,1"
gives 1 'hit, and called unreachable' "nor what cannot be" \
  "$shape,1,1" "$strobes,2,1" "$response,3,1" "${shape/INCR/WRAP},1,0"
gives 1 '^response  *no bins' "nor a group that is missing" "$shape,1,1" "$strobes,2,1"
gives 2 'no coverage' "nothing at all is no report"
counts='# SystemC::Coverage-3'
gives 1 '^Sources with counts' "what Verilator counts does not stand in for it"

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
