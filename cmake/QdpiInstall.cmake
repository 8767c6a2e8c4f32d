# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs the library for C (headers, CMake package) and for simulators (SystemVerilog), and what belongs to
# the command: manual pages and completion.

include(CMakePackageConfigHelpers)

install(TARGETS qemu_dpi qemu_dpi_static EXPORT qemu_dpi_targets)
set(shared_numbers
  ${PROJECT_SOURCE_DIR}/dpi/include/qdpi_access.inc
  ${PROJECT_SOURCE_DIR}/dpi/include/qdpi_counters.inc
  ${PROJECT_SOURCE_DIR}/dpi/include/qdpi_events.inc
  ${PROJECT_SOURCE_DIR}/dpi/include/qdpi_features.inc
  ${PROJECT_SOURCE_DIR}/dpi/include/qdpi_results.inc
  ${PROJECT_SOURCE_DIR}/dpi/include/qdpi_window_layout.inc)
install(FILES ${PROJECT_SOURCE_DIR}/dpi/include/qemu_dpi.h
              ${PROJECT_SOURCE_DIR}/dpi/include/dpi_exports.h
              ${PROJECT_SOURCE_DIR}/dpi/include/qdpi_open_array.h
              ${shared_numbers}
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# One folder for all of SystemVerilog, what it includes too, and the compile order.
set(sv_folder ${CMAKE_INSTALL_DATADIR}/qemu_dpi/sv)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/dpi/sv/ ${PROJECT_SOURCE_DIR}/sim/core/
                  ${PROJECT_SOURCE_DIR}/sim/checkers/ ${PROJECT_SOURCE_DIR}/sim/bus/
        DESTINATION ${sv_folder} FILES_MATCHING PATTERN "*.sv*")
install(FILES ${shared_numbers} DESTINATION ${sv_folder})
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sim/qdpi_ports.f)
file(STRINGS ${PROJECT_SOURCE_DIR}/sim/qdpi_ports.f ports REGEX "\\.sv$")
list(TRANSFORM ports REPLACE "^.*/" "")
list(JOIN ports "\n" ports)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/qdpi_ports.f @ONLY CONTENT
"// Everything that connects a device to a guest, in compile order. Paths are relative to this file: give it
// to the simulator by -F, not -f.
+incdir+.
@ports@
")
install(FILES ${PROJECT_BINARY_DIR}/qdpi_ports.f DESTINATION ${sv_folder})
install(FILES ${PROJECT_SOURCE_DIR}/sim/verilator/sim_main.cpp
              ${PROJECT_SOURCE_DIR}/sim/verilator/open_array.cpp
        DESTINATION ${CMAKE_INSTALL_DATADIR}/qemu_dpi/verilator)
install(PROGRAMS ${PROJECT_SOURCE_DIR}/scripts/run_sim.sh
        DESTINATION ${CMAKE_INSTALL_DATADIR}/qemu_dpi)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/man/
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
# Where bash looks for what completes a command of this name.
install(FILES ${PROJECT_SOURCE_DIR}/dpi/tools/qemu-dpi.bash-completion
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME qemu-dpi)
install(EXPORT qemu_dpi_targets NAMESPACE qemu_dpi::
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/qemu_dpi)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/qemu_dpi-config.cmake.in
  ${PROJECT_BINARY_DIR}/qemu_dpi-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/qemu_dpi
  PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/qemu_dpi-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/qemu_dpi-config.cmake
              ${PROJECT_BINARY_DIR}/qemu_dpi-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/qemu_dpi)
