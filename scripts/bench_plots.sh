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

# A median a line, a column a subject, a name in front; the first line names the columns.
# The name is the last part of the case that is a number, or all of it.
columns() { # of rows; key: number or case
  awk -F '\t' -v key="$1" '
    {
      name = $2
      if (key == "number") { match(name, /[0-9]+/); name = substr(name, RSTART, RLENGTH) }
      if (!(name in seen)) { seen[name] = 1; names[++n] = name }
      if (!($3 in known)) { known[$3] = 1; subjects[++m] = $3 }
      value[name, $3] = $5
    }
    END {
      printf "case"
      for (j = 1; j <= m; j++) printf "\t%s", subjects[j]
      printf "\n"
      for (i = 1; i <= n; i++) {
        printf "%s", names[i]
        for (j = 1; j <= m; j++) printf "\t%s", (names[i], subjects[j]) in value ? value[names[i], subjects[j]] : "nan"
        printf "\n"
      }
    }'
}

draw() { # file title data gnuplot-commands...
  local file=$1 title=$2 data=$3
  shift 3
  [ "$(wc -l <"$data")" -gt 1 ] || return 0
  {
    printf 'set terminal svg size 860,480 font "sans,13" background "white"\n'
    printf 'set output "%s"\nset title "%s"\nset datafile separator "\\t"\n' "$folder/$file" "$title"
    printf 'set key outside right top\nset grid ytics\nset style fill solid 0.8\n'
    printf 'data = "%s"\ncolumns = %d\n' "$data" "$(awk -F '\t' 'NR == 1 { print NF }' "$data")"
    printf '%s\n' "$@"
  } | gnuplot
}

# A plot of lines: cases with a number in their names.
plot_lines() { # file title suite pattern
  rows "$3" "$4" | columns number >"$work/data"
  draw "$1" "$2" "$work/data" 'set logscale xy' 'set ylabel "ns"' \
    'plot for [i = 2:columns] data using 1:i with linespoints linewidth 2 title columnheader(i)'
}

# A plot of bars, of whatever unit.
plot_bars() { # file title suite pattern unit
  rows "$3" "$4" | columns case >"$work/data"
  draw "$1" "$2" "$work/data" "set ylabel '$5'" 'set style data histograms' 'set yrange [0:*]' \
    'set xtics rotate by -35' 'plot for [i = 2:columns] data using i:xtic(1) title columnheader(i)'
}

plot_lines memory-hot.svg 'dpi\\_mem\\_read of the same bytes: ns a call against bytes' \
  memory '^read-[0-9]+-hot$'
plot_lines memory-random.svg 'dpi\\_mem\\_read, random over 512 MiB: ns a call against bytes' \
  memory '^read-[0-9]+-random$'
plot_bars memory-scale.svg 'A read of 64 bytes, by size of RAM and by ranges of its map' \
  memory '^(ram-size|ranges)-(hot|spread)$' ns
plot_bars channel-calls.svg 'Calls that wait for nobody' channel '^(poll|post|fence-idle)' ns
plot_bars channel-latency.svg 'Doorbells, interrupts and fences, and what they are compared with' \
  channel '^(doorbell|interrupt|fence)' ns
plot_bars axi4.svg 'A simulated clock of the AXI4 port, both directions at once' axi4 '^burst-' 'ns'
plot_bars ports.svg 'A simulated clock of a port under full traffic' ports . ns
plot_bars scale.svg 'A clock, for each of several ports in one simulation' \
  scale '^clock-and-port' ns
