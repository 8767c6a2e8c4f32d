#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Draws what scripts/bench.sh has measured, with gnuplot. A plot whose suite did not run is left out.
#
# usage: bench_plots.sh RESULTS FOLDER
#   RESULTS  the file that `bench_report --data` wrote: suite, case, subject, unit, median, quartiles
#   FOLDER   where the plots go, as SVG

set -eu
export LC_ALL=C
if [ $# -ne 2 ] || [ ! -f "$1" ]; then
  sed -n '/^# usage:/,/^$/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
results=$1
folder=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/qemu-dpi-plot.XXXXXX")
trap 'rm -rf "$work"' EXIT

# The rows of one suite whose case matches, without ratios.
rows() { # suite pattern
  awk -F '\t' -v suite="$1" -v pattern="$2" '$1 == suite && $2 ~ pattern && $4 != "ratio"' "$results"
}

# A median a line, a name in front, a column for each that it was measured of; the first line names
# the columns.
columns() { # of rows; name: number (in the case), case, or subject, which leaves the cases as columns
  awk -F '\t' -v key="$1" '
    {
      name = key == "subject" ? $3 : $2
      column = key == "subject" ? $2 : $3
      if (key == "number") { match(name, /[0-9]+/); name = substr(name, RSTART, RLENGTH) }
      if (!(name in seen)) { seen[name] = 1; names[++n] = name }
      if (!(column in known)) { known[column] = 1; columns[++m] = column }
      value[name, column] = $5
    }
    END {
      printf "case"
      for (j = 1; j <= m; j++) printf "\t%s", columns[j]
      printf "\n"
      for (i = 1; i <= n; i++) {
        printf "%s", names[i]
        for (j = 1; j <= m; j++)
          printf "\t%s", (names[i], columns[j]) in value ? value[names[i], columns[j]] : "nan"
        printf "\n"
      }
    }'
}

draw() { # file title data gnuplot-commands...
  local file=$1 title=$2 data=$3
  shift 3
  [ "$(wc -l <"$data")" -gt 1 ] || return 0
  {
    printf 'set terminal svg size 860,480 font "sans,13" background "white" noenhanced\n'
    printf 'set output "%s"\nset title "%s"\nset datafile separator "\\t"\n' "$folder/$file" "$title"
    printf 'set key below horizontal\nset grid ytics\nset style fill solid 0.8\n'
    printf 'data = "%s"\ncolumns = %d\n' "$data" "$(awk -F '\t' 'NR == 1 { print NF }' "$data")"
    printf '%s\n' "$@"
  } | gnuplot
}

# Lines over the number in the cases' names, both on scales of powers.
plot_lines() { # file title suite pattern unit
  rows "$3" "$4" | columns number >"$work/data"
  draw "$1" "$2" "$work/data" 'set logscale xy' "set ylabel '$5'" \
    'plot for [i = 2:columns] data using 1:i:xtic(1) with linespoints linewidth 2 title columnheader(i)'
}

# Bars. `scale` is a command of gnuplot about the axis.
plot_bars() { # file title suite pattern unit name scale
  rows "$3" "$4" | columns "$6" >"$work/data"
  draw "$1" "$2" "$work/data" "set ylabel '$5'" 'set style data histograms' "$7" 'set xtics rotate by -20' \
    'plot for [i = 2:columns] data using i:xtic(1) title columnheader(i)'
}

linear='set yrange [0:*]'
powers='set logscale y; set yrange [1:*]'
plot_lines memory-hot.svg 'dpi_mem_read of the same bytes: a call, against their number' \
  memory '^read-[0-9]+-hot$' ns
plot_lines memory-random.svg 'dpi_mem_read, random over 512 MiB: a call, against the number of bytes' \
  memory '^read-[0-9]+-random$' ns
plot_bars memory-size.svg 'A read of 64 bytes, by size of RAM, and a copy' \
  memory '^ram-size-' ns subject "$linear"
plot_bars memory-ranges.svg 'A read of 64 bytes, by ranges in the map' \
  memory '^ranges-' ns subject "$linear"
plot_bars channel-calls.svg 'Calls that wait for nobody' \
  channel '^(poll|post|fence-nothing)' ns case "$powers"
plot_bars channel-latency.svg 'Doorbells, interrupts and fences, and what they are compared with' \
  channel '^(doorbell|interrupt|fence$)' ns case "$powers"
plot_bars axi4.svg 'A simulated clock of the AXI4 port, both directions at once' \
  axi4 '^burst-' ns case "$linear"
plot_bars ports.svg 'A simulated clock of a port under full traffic' ports . ns case "$linear"
plot_bars scale.svg 'A clock, for each of several ports in one simulation' \
  scale '^clock-and-port' ns subject "$linear"
