#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs a command with its output in a log, and shows the log only if the command fails.
#
# usage: quietly.sh LOG COMMAND [ARGUMENT...]

set -u
[ $# -ge 2 ] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
log=$1
shift
mkdir -p "$(dirname "$log")"
"$@" >"$log" 2>&1 </dev/null
status=$?
if [ "$status" -ne 0 ]; then
  printf '+ %s\n' "$*" >&2
  cat "$log" >&2
fi
exit "$status"
