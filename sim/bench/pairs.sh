#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Several guests at once, each with a simulator of its own: what each copies, and all together.
#
# usage: pairs.sh COUNT LAUNCHER GUEST MODEL
#   COUNT     pairs of guest and simulator
#   LAUNCHER  qdpi-launch
#   GUEST     guest_dma.elf
#   MODEL     of tb_bench_dma_guest
# exit status: 0, or 1 if one of them has failed

set -u

if [ $# -ne 4 ]; then
  sed -n '/^# usage:/,/^# exit status/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
count=$1 launcher=$2 guest=$3 model=$4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

pids=()
for ((i = 0; i < count; i++)); do
  "$launcher" --name="pair$i" --machine=pc --ram=64M --kernel="$guest" --append="bench=5 seed=$((i + 1))" \
    --expect-guest-status=33 -- "$model" >"$folder/$i.log" 2>&1 &
  pids+=($!)
done
status=0
for i in "${!pids[@]}"; do
  if ! wait "${pids[i]}" || ! grep -q '^QDPI TEST PASSED' "$folder/$i.log"; then
    echo "pairs.sh: pair $i of $count has failed:" >&2
    tail -20 "$folder/$i.log" >&2
    status=1
  fi
done
# The mean of one pair's samples, so that the pairs' sum is of the same time.
awk -v count="$count" '
  FNR == 1 && NR != 1 { end() }
  /^sample: dma rate-1MiB-/ { sum += $6; samples++ }
  function end() {
    if (samples == 0) exit 1
    printf "sample: scale rate-%d-pairs each MB/s %.3f\n", count, sum / samples
    all += sum / samples
    sum = samples = 0
  }
  END {
    end()
    printf "sample: scale rate-%d-pairs-together all MB/s %.3f\n", count, all
  }' "$folder"/*.log || status=1
exit "$status"
