#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# What a regression with coverage has reached, all of its runs together: the functional coverage of
# the testbenches with its holes, and lines, branches and toggles of the ports' sources.
#
# usage: coverage_report.sh [--minimum PERCENT] FOLDER
#   FOLDER     where regress.sh --coverage wrote; FOLDER/coverage has *.csv, one line a bin: group,
#              further fields that name the bin, hits, reachable (1 or 0), and *.dat of Verilator
#   --minimum  of the reachable bins of each group; less of them is a failure, and so is a group of
#              qdpi_axi4_coverage that has none; default 100
# Leaves FOLDER/functional.csv (all bins with the hits of all runs), FOLDER/holes.txt,
# FOLDER/merged.dat and FOLDER/annotated/ (the sources with counts; a line with % was not reached).
# exit status: 0 enough, 1 not, 2 wrong usage or nothing to report on

set -u
export LC_ALL=C

usage() {
  sed -n '/^# usage:/,/^# exit status/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

minimum=100
if [ "${1:-}" = --minimum ]; then
  [ $# -ge 2 ] || usage
  minimum=$2
  shift 2
fi
[ $# -eq 1 ] || usage
[[ $minimum =~ ^[0-9]{1,3}$ ]] || { printf 'coverage_report: --minimum is "%s": it has to be a number from 0 to 100\n' "$minimum" >&2; exit 2; }
folder=$1
shopt -s nullglob
bins=("$folder"/coverage/*.csv)
counts=("$folder"/coverage/*.dat)
if [ $((${#bins[@]} + ${#counts[@]})) -eq 0 ]; then
  printf 'coverage_report: %s/coverage has no coverage: run regress.sh --coverage first\n' "$folder" >&2
  exit 2
fi
verdict=0

if [ "${#bins[@]}" -eq 0 ]; then
  printf 'coverage_report: %s/coverage has no functional coverage\n' "$folder"
  verdict=1
else
  # Many runs say the same bins: their hits are added. The order is that of the first file.
  awk -F, -v OFS=, '
    # A line that names the columns.
    $(NF - 1) !~ /^[0-9]+$/ { if (FNR == 1 && !header++) print; next }
    {
      hits = $(NF - 1); reachable = $NF; bin = $0
      sub(/,[^,]*,[^,]*$/, "", bin)
      if (!(bin in sum)) order[++n] = bin
      sum[bin] += hits
      if (reachable) can[bin] = 1
    }
    END { for (i = 1; i <= n; i++) printf "%s,%.0f,%d\n", order[i], sum[order[i]], can[order[i]] }
  ' "${bins[@]}" >"$folder/functional.csv"

  awk -F, -v minimum="$minimum" -v holes="$folder/holes.txt" '
    BEGIN { printf "" >holes }
    $(NF - 1) !~ /^[0-9]+$/ { next }
    {
      if (!($1 in bins)) { order[++n] = $1; bins[$1] = hit[$1] = lost[$1] = wrong[$1] = 0 }
      name = $0
      sub(/,[^,]*,[^,]*$/, "", name)
      if ($NF + 0 == 0) {
        lost[$1]++
        if ($(NF - 1) > 0) { wrong[$1]++; print name ": hit, and called unreachable" >holes }
      } else {
        bins[$1]++
        if ($(NF - 1) > 0) hit[$1]++; else print name >holes
      }
    }
    END {
      printf "\n%-32s %10s %10s %8s %12s\n", "functional coverage", "reachable", "hit", "percent", "unreachable"
      for (i = 1; i <= n; i++) {
        g = order[i]
        percent = bins[g] ? 100 * hit[g] / bins[g] : 100
        # Rounded down: 100.0 says that there are no holes.
        printf "%-32s %10d %10d %8.1f %12d\n", g, bins[g], hit[g], int(percent * 10) / 10, lost[g]
        if (percent < minimum || wrong[g]) bad = 1
      }
      count = split("shape strobes response", expected, " ")
      for (i = 1; i <= count; i++)
        if (!(expected[i] in bins)) { printf "%-32s %10s\n", expected[i], "no bins"; bad = 1 }
      exit bad
    }
  ' "$folder/functional.csv" || verdict=1

  if [ -s "$folder/holes.txt" ]; then
    printf '\nHoles, %d of them, in %s:\n' "$(wc -l <"$folder/holes.txt")" "$folder/holes.txt"
    sed -n -e 's/^/  /' -e 1,40p "$folder/holes.txt"
  fi
fi

if [ "${#counts[@]}" -gt 0 ]; then
  rm -rf "$folder/annotated"
  # Its total counts each width of a port as sources of their own; the table below does not.
  if ! {
    verilator_coverage --write "$folder/merged.dat" "${counts[@]}" &&
      verilator_coverage --annotate "$folder/annotated" --annotate-min 1 --annotate-all "$folder/merged.dat"
  } >"$folder/verilator_coverage.log" 2>&1; then
    cat "$folder/verilator_coverage.log" >&2
    exit 1
  fi

  # A point of a source is reached if one instance in one model reached it. The fields of a point
  # stand between the bytes 1 and 2: f file, l line, n column, page kind/module, o what.
  awk -F "'" '
    /^C / {
      split("", field)
      count = split($2, parts, "\001")
      for (i = 1; i <= count; i++) {
        at = index(parts[i], "\002")
        if (at) field[substr(parts[i], 1, at - 1)] = substr(parts[i], at + 1)
      }
      kind = field["page"]
      sub(/\/.*/, "", kind)
      sub(/^v_/, "", kind)
      file = field["f"]
      sub(/.*\/sim\//, "sim/", file)
      point = kind SUBSEP file SUBSEP field["l"] SUBSEP field["n"] SUBSEP field["o"]
      if (!(point in known)) { known[point]; total[file, kind]++ }
      if ($3 + 0 > 0 && !(point in reached)) { reached[point]; hit[file, kind]++ }
      if (!(file in files)) { files[file]; order[++n] = file }
    }
    function share(file, kind) {
      if (!total[file, kind]) return "-"
      return sprintf("%d/%d %.1f%%", hit[file, kind], total[file, kind],
        int(1000 * hit[file, kind] / total[file, kind]) / 10)
    }
    function row(file) {
      printf "%-44s %20s %20s %20s\n", file, share(file, "line"), share(file, "branch"), share(file, "toggle")
    }
    END {
      kinds = split("line branch toggle", kind_names, " ")
      for (i = 1; i <= n; i++)
        for (k = 1; k <= kinds; k++) {
          total["all", kind_names[k]] += total[order[i], kind_names[k]]
          hit["all", kind_names[k]] += hit[order[i], kind_names[k]]
        }
      for (i = 2; i <= n; i++) {
        moved = order[i]
        for (j = i - 1; j >= 1 && order[j] > moved; j--) order[j + 1] = order[j]
        order[j + 1] = moved
      }
      printf "\n%-44s %20s %20s %20s\n", "sources", "lines", "branches", "toggles"
      for (i = 1; i <= n; i++) row(order[i])
      row("all")
    }
  ' "$folder/merged.dat"
  printf '\nSources with counts: %s\n' "$folder/annotated"
fi
exit "$verdict"
