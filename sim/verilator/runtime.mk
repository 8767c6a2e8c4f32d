# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Verilator's run-time library and open_array.cpp as an archive that all models link, so that each of
# them needs only its own code compiled. The rules and the flags are Verilator's own: they fit
# whatever its version.
#
# usage, in an empty folder:
#   make -f runtime.mk VERILATOR_ROOT=FOLDER [USER_CPPFLAGS=FLAGS] [VM_TRACE=1 VM_TRACE_FST=1]
#     [VM_TIMING=0 CXX=COMPILER] libverilated.a

default: libverilated.a

here := $(dir $(lastword $(MAKEFILE_LIST)))

# verilated.mk wants all objects made again when $(VM_PREFIX).mk changes.
VM_PREFIX := $(basename $(lastword $(MAKEFILE_LIST)))
VM_TIMING = 1
VM_COVERAGE = 0
VM_SC = 0
VM_TRACE = 0
VM_TRACE_FST = 0
VM_TRACE_SAIF = 0
VM_TRACE_VCD = 0

# What a model may use; which of them there are depends on the version.
wanted := verilated verilated_dpi verilated_threads verilated_probdist \
  verilated_random verilated_cov $(if $(filter 1,$(VM_TRACE_FST)),verilated_fst_c) \
  $(if $(filter 1,$(VM_TIMING)),verilated_timing)
VM_GLOBAL_FAST := $(basename $(notdir $(wildcard $(wanted:%=$(VERILATOR_ROOT)/include/%.cpp))))

include $(VERILATOR_ROOT)/include/verilated.mk

open_array.o: $(here)open_array.cpp
	$(OBJCACHE) $(CXX) $(CXXFLAGS) $(CPPFLAGS) $(OPT_GLOBAL) -I$(here)../../dpi/include -c -o $@ $<

libverilated.a: $(VK_GLOBAL_OBJS) open_array.o
	$(RM) $@
	$(AR) rcs $@ $^
