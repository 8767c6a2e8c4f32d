#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# DMA with verification, under random faults, restarts and resets, for hours: installs what is
# missing, builds, and then takes turns between Linux at work, which is reset at random moments, and
# the programs of tests/fault, each time with another seed. Ends with a table of all that was done.
#
# usage: soak.sh [--seed N] [--preset NAME] HOURS [PART...]
#   HOURS     such as 2 or 0.5; what has begun is finished
#   PART      linux, or a program of tests/fault without "test_"; default all of them
#   --seed    of the first turn, default 1; each further turn adds 1
#   --preset  of CMakePresets.json, default dev
# Leaves build/PRESET/soak: the log of each turn that failed, records.txt, table.md.
# exit status: 0 nothing was lost, 1 something was, 2 wrong usage

set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 2

usage() {
  sed -n '/^# usage:/,/^# exit status/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

# Rounds that take one to three minutes. A test that does more of them in the test suite does so here.
rounds_of() { # part
  case $1 in
    qemu_faults) echo 40 ;;
    simulator_killed) echo 40 ;;
    flood) echo 1000000 ;;
    litmus_two_cpus) echo 1000000 ;;
    channel_flood) echo 20000 ;;
    ram_file | host_program) echo 100 ;;
    qmp_peer | qmp_stall | exhaustion | simulator_killed_linux) echo 3 ;;
    *) echo 20 ;;
  esac
}

seed=1
preset=dev
while [ $# -gt 0 ]; do
  case $1 in
    --seed) [ $# -ge 2 ] || usage; seed=$2; shift 2 ;;
    --preset) [ $# -ge 2 ] || usage; preset=$2; shift 2 ;;
    --*) usage ;;
    *) break ;;
  esac
done
[ $# -ge 1 ] || usage
[[ $1 =~ ^[0-9]+(\.[0-9]+)?$ && $seed =~ ^[1-9][0-9]*$ ]] || usage
seconds=$(awk -v hours="$1" 'BEGIN { printf "%d", hours * 3600 }')
shift

programs=()
for source in tests/fault/test_*.c; do
  program=${source#tests/fault/test_}
  programs+=("${program%.c}")
done
parts=("$@")
[ "${#parts[@]}" -gt 0 ] || parts=(linux "${programs[@]}")
for part in "${parts[@]}"; do
  case " linux ${programs[*]} " in
    *" $part "*) ;;
    *) printf 'soak: there is no part "%s"; there are: linux %s\n' "$part" "${programs[*]}" >&2; exit 2 ;;
  esac
done

scripts/packages.sh test || exit
build=build/$preset
targets=()
for part in "${parts[@]}"; do
  if [ "$part" = linux ]; then targets+=(ready-linux-soak); else targets+=("test_$part"); fi
done
printf 'soak: building (log: build/%s-build.log)\n' "$preset"
scripts/build.sh "$preset" "${targets[@]}" || exit 1

folder=$build/soak
records=$folder/records.txt
rm -rf "$folder"
mkdir -p "$folder"
: >"$records"
child=
trap '[ -z "$child" ] || { kill -- "-$child" 2>/dev/null; wait "$child"; }' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Tells the processes of this soak from all others. Those that it starts in turn inherit it.
mark=QDPI_SOAK=$$.$(date +%s%N)

# What our programs have made and nobody holds any more, sorted: who makes a statistics page, a launch
# or a test's directory locks it as long as he lives. Not what is younger than its lock.
abandoned_things() {
  local thing lock
  while read -r thing; do
    lock=$thing
    [ ! -e "$thing/lock" ] || lock=$thing/lock
    if flock --nonblock "$lock" true 2>/dev/null; then printf '%s\n' "$thing"; fi
  done < <(find /dev/shm /tmp -maxdepth 1 -user "$(id -u)" ! -newermt '-1 second' \
    \( -name 'qdpi-scratch-*' -o -name 'qemu-dpi-stats-*' -o -name "qemu-dpi-$(id -u)-*" \) | sort)
}

# What the last part has left behind: abandoned things that there were none of before it, and processes.
left_behind() { # what was there before
  local process
  sleep 2
  comm -13 <(printf '%s\n' "$1") <(abandoned_things)
  grep -lszxF -- "$mark" /proc/[0-9]*/environ | while IFS=/ read -r _ _ process _; do
    printf 'process %s\n' "$(ps -o pid=,args= -p "$process")"
  done
}

run_linux() { # log
  env "$mark" DURATION=120 RESET=15 SEED="$seed" scripts/quietly.sh "$1" qemu/linux/soak.sh "$build/qemu/launcher/qdpi-launch" \
    "$build/qemu/linux" "$build/sim/linux.model/linux" "$folder/linux" 2>/dev/null
}

# What tb_linux counted, as one of the lines that the programs of tests/fault print.
record_linux() { # exit status
  awk -v status="$1" '
    /^dma: descriptors completed/ { descriptors = $NF }
    /^dma: bytes written by RTL/ { bytes = $NF }
    /^dma: of all starts/ { interrupts = $NF }
    /^dma: right reports of totals/ { audits = $NF }
    /^dma: guest resets asked, seen/ { resets = $NF }
    END {
      printf "fault: linux-under-resets rounds=%d losses=%d bytes=%.0f descriptors=%d interrupts=%d audits=%d\n",
        resets, status != 0, bytes, descriptors, interrupts, audits
    }' "$folder/linux/soak.log"
}

run_part() { # part log
  if [ "$1" = linux ]; then
    run_linux "$2"
    local status=$?
    record_linux "$status" >>"$records"
    return "$status"
  fi
  env "$mark" QDPI_FAULT_ROUNDS_MIN="$(rounds_of "$1")" QDPI_FAULT_SEED="$seed" \
    timeout --foreground --kill-after=30 1800 "$build/tests/fault/test_$1" >"$2" 2>&1 </dev/null
  local status=$?
  grep -a '^fault: ' "$2" >>"$records"
  return "$status"
}

turns=0
bad=0
start=$SECONDS
while [ $((SECONDS - start)) -lt "$seconds" ] || [ "$turns" -lt "${#parts[@]}" ]; do
  part=${parts[turns % ${#parts[@]}]}
  log=$folder/$part-$seed.log
  before=$(abandoned_things)
  # A process group of its own, so that all of it ends with this script.
  set -m
  run_part "$part" "$log" &
  child=$!
  set +m
  wait "$child"
  status=$?
  child=
  left=$(left_behind "$before")
  if [ "$status" -eq 0 ] && [ -z "$left" ]; then
    rm -f "$log"
  else
    bad=$((bad + 1))
    [ "$status" -eq 0 ] || printf 'soak: %s with seed %d FAILED, exit status %d: %s\n' "$part" "$seed" "$status" "$log"
    [ -z "$left" ] || printf 'soak: %s with seed %d has left behind:\n%s\n' "$part" "$seed" "$left"
  fi
  turns=$((turns + 1))
  seed=$((seed + 1))
  printf 'soak: %d of %d s, %d turns, %d failed; last: %s\n' $((SECONDS - start)) "$seconds" "$turns" "$bad" "$part"
done

# Words that end in _max or _kib are the largest of all turns, the others are added.
awk '
  {
    row = $2
    if (!(row in turns)) order[++n] = row
    turns[row]++
    for (i = 3; i <= NF; i++) {
      split($i, word, "=")
      name = word[1]
      if (!((row, name) in value)) { names[row] = names[row] " " name; value[row, name] = 0 }
      if (name ~ /_(max|kib)$/) { if (word[2] > value[row, name]) value[row, name] = word[2] + 0 }
      else value[row, name] += word[2]
    }
  }
  END {
    print "| fault | turns | rounds | losses | besides |"
    print "|---|--:|--:|--:|---|"
    for (i = 1; i <= n; i++) {
      row = order[i]; count = split(names[row], others, " "); rest = ""
      for (k = 1; k <= count; k++)
        if (others[k] != "rounds" && others[k] != "losses")
          rest = rest (rest == "" ? "" : ", ") others[k] " " sprintf("%.0f", value[row, others[k]])
      printf "| %s | %d | %.0f | %.0f | %s |\n", row, turns[row], value[row, "rounds"], value[row, "losses"], rest
    }
  }' "$records" | tee "$folder/table.md"
printf 'soak: %d turns in %d s, %d failed\n' "$turns" $((SECONDS - start)) "$bad"
[ "$bad" -eq 0 ]
