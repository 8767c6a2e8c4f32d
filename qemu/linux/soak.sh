#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# The Linux guest works without end and is reset again and again at random moments; the memory of
# QEMU and of the simulator is watched. Fails on what any run fails on, and on memory that grows.
#
# usage: soak.sh LAUNCHER GUEST MODEL FOLDER
#   FOLDER  for the log, the consoles and memory.csv
# environment:
#   DURATION  seconds, default 1800
#   RESET     seconds of work between resets of the guest, on average, default 60
#   SEED      of their moments, default 1
#   MACHINE, RAM   of the guest, default pc and 1G

set -u

if [ $# -ne 4 ]; then
  sed -n '/^# usage:/,/^$/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
root=$(cd "$(dirname "$0")/../.." && pwd)
launcher=$1
guest=$2
model=$3
folder=$4
duration=${DURATION:-1800}
table=$folder/memory.csv
sample_seconds=10

mkdir -p "$folder"
# QEMU's memory for translated code is bounded, and so is what belongs to it: it would go on filling
# up over half an hour.
"$root/scripts/run_sim.sh" --quiet --timeout $((duration + 600)) --log "$folder/soak.log" -- \
  "$root/qemu/linux/launch.sh" "$launcher" "$guest" soak --machine="${MACHINE:-pc}" \
  --ram="${RAM:-1G}" --accel=tcg,tb-size=64 --keep-log="$folder" --append="slub_debug=FZPU" -- \
  "$model" "+soak_s=$duration" "+reset_every_s=${RESET:-60}" "+verilator+seed+${SEED:-1}" &
run=$!
trap 'kill "$run" 2>/dev/null; wait "$run"' EXIT

# The process below ROOT that has the name: "pid" or nothing.
descendant() { # root name
  ps -e -o pid=,ppid=,comm= | awk -v root="$1" -v name="$2" '
    { parent[$1] = $2; command[$1] = $3 }
    END {
      for (pid in command) {
        if (index(command[pid], name) != 1) continue
        for (up = pid; up > 1; up = parent[up]) if (up == root) { print pid; exit }
      }
    }'
}

# Its private memory in KiB: not guest RAM, which both have mapped, and not translated code, which
# grows for as long as the guest comes to code that it has not run before.
private_memory() { # pid
  awk '
    /^[0-9a-f]+-[0-9a-f]+ / { code = $2 ~ /x/ && $5 == 0 && NF == 5 }
    code && $1 == "Rss:" { translated += $2 }
    FILENAME ~ /status$/ && $1 == "RssAnon:" { anonymous = $2 }
    END { if (anonymous != "") print anonymous - translated }' \
    "/proc/$1/smaps" "/proc/$1/status" 2>/dev/null
}

printf 'seconds,qemu_kib,simulator_kib\n' >"$table"
start=$SECONDS
while kill -0 "$run" 2>/dev/null; do
  sleep "$sample_seconds"
  qemu=$(descendant "$run" qemu-system)
  simulator=$(descendant "$run" "$(basename "$model" | cut -c1-15)")
  if [ -n "$qemu" ] && [ -n "$simulator" ]; then
    printf '%d,%s,%s\n' $((SECONDS - start)) "$(private_memory "$qemu")" \
      "$(private_memory "$simulator")" >>"$table"
  fi
  printf '\r%d of %d s' $((SECONDS - start)) "$duration"
done
printf '\n'
wait "$run"
status=$?
trap - EXIT
[ "$status" -eq 0 ] && grep -vE '^[A-Za-z0-9._-]+\| ' "$folder/soak.log" | tail -n 40

# The last quarter against the second one: the first is warming up.
awk -F, -v minimum=12 '
  NR > 1 && NF == 3 && $2 != "" && $3 != "" { n++; at[n] = $1; value[1, n] = $2; value[2, n] = $3 }
  function middle(column, from, to,    i, j, sorted, swap) {
    for (i = from; i <= to; i++) sorted[i - from + 1] = value[column, i]
    n_sorted = to - from + 1
    for (i = 2; i <= n_sorted; i++)
      for (j = i; j > 1 && sorted[j - 1] > sorted[j]; j--) {
        swap = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = swap
      }
    return sorted[int((n_sorted + 1) / 2)]
  }
  END {
    if (n < minimum) { print "memory: too few samples to judge"; exit }
    name[1] = "QEMU"; name[2] = "simulator"
    for (column = 1; column <= 2; column++) {
      early = middle(column, int(n / 4) + 1, int(n / 2))
      late = middle(column, int(3 * n / 4) + 1, n)
      grows = late > early * 1.05 + 2048
      printf "memory: %s %d KiB in the second quarter, %d KiB in the last: %s\n", name[column], early,
        late, grows ? "GROWS" : "flat"
      if (grows) bad = 1
    }
    exit bad
  }' "$table" || status=1
exit "$status"
