# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Finds Verilator, and with it svdpi.h, the header of IEEE 1800 that the DPI shim is compiled with.

find_program(VERILATOR verilator)
find_path(QDPI_SVDPI_INCLUDE svdpi.h
  HINTS ENV VERILATOR_ROOT /usr/share/verilator /usr/local/share/verilator
  PATH_SUFFIXES include/vltstd include
  DOC "Folder of svdpi.h: Verilator's include/vltstd, or the include folder of another simulator")
if(NOT QDPI_SVDPI_INCLUDE)
  message(FATAL_ERROR "svdpi.h was not found: install verilator, or set QDPI_SVDPI_INCLUDE to the "
                      "include folder of your simulator")
endif()
if(QDPI_BUILD_SIM AND NOT VERILATOR)
  message(FATAL_ERROR "Verilator was not found: install it, or configure with -DQDPI_BUILD_SIM=OFF")
endif()
