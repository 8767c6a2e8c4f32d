#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
"""Lints SystemVerilog with slang: a second, strict front end, as no commercial one is at hand.

usage: slang_lint.py SLANG_OPTION... FILE...    (options as of the slang command)

Every warning is an error. Exit status: 0 clean, 1 a diagnostic, 2 the command line was refused.
Needs pyslang (scripts/python_tools.sh).
"""

import sys

from pyslang.driver import CommandLineOptions, Driver


def quoted(word):
    """One word for slang's own command line splitter."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


# Off, with reasons:
#   useless-cast            a cast that one parameter value does not need, another does
#   case-redundant-default  lowRISC's style wants a default in every case
OFF = ["-Wno-useless-cast", "-Wno-case-redundant-default"]


def main():
    words = ["slang", "-Wextra", "-Werror", *OFF, "--error-limit", "0", "--color-diagnostics=false"]
    driver = Driver()
    driver.addStandardArgs()
    line = " ".join(quoted(word) for word in words + sys.argv[1:])
    if not driver.parseCommandLine(line, CommandLineOptions()) or not driver.processOptions():
        return 2
    # Errors of the parser must not hide those of elaboration.
    parsed = driver.parseAllSources()
    compiled = driver.runFullCompilation(quiet=True)
    return 0 if parsed and compiled else 1


if __name__ == "__main__":
    sys.exit(main())
