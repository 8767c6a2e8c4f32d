// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The faults that a port injects when its knobs ask for them. Included by qdpi_port_core. Where they
// are is told as the device has it, by addresses on the bus; the knobs' ranges are guest-physical.

  function automatic void tell_fault(input string fault, input kind_e kind,
                                     input longint unsigned id, input longint unsigned first,
                                     input longint unsigned last);
    // verilator no_inline_task
    string sentence = $sformatf("%s: injected at time %0t: %s, %s %s of 0x%0h-0x%0h, ID %0d",
                                port_name, $time, fault, Protocol, kind_name(kind), first, last, id);
    refusals[kind] = sentence;
    u_monitor.instant("fault", sentence);
    $display("%s", sentence);
  endfunction

  /// Whether the access to `first`..`last`, which has been located, touches GPA `low`..`high`.
  function automatic bit touches(input longint unsigned first, input longint unsigned last,
                                 input longint unsigned low, input longint unsigned high);
    // verilator no_inline_task
    if (overlap(u_translation.gpa(), u_translation.first_end(first, last), low, high)) return 1'b1;
    if (!u_translation.is_split()) return 1'b0;
    return overlap(u_translation.second(), u_translation.second_end(last), low, high);
  endfunction

  /// The error to answer instead of an access; OutcomeOkay: none. Decides is_withheld too.
  function automatic outcome_e injected_error(input kind_e kind, input longint unsigned id,
                                              input longint unsigned first,
                                              input longint unsigned last);
    // verilator no_inline_task
    if (!u_behaviour.is_faulty) return OutcomeOkay;
    is_withheld = u_behaviour.ppm(u_behaviour.knobs.withhold_ppm);
    if (is_withheld) tell_fault("no response", kind, id, first, last);
    if (u_behaviour.ppm(u_behaviour.knobs.slave_error_ppm)
        || touches(first, last, u_behaviour.knobs.error_first, u_behaviour.knobs.error_last)) begin
      tell_fault("slave error", kind, id, first, last);
      return OutcomeSlaveError;
    end
    if (u_behaviour.ppm(u_behaviour.knobs.decode_error_ppm)) begin
      tell_fault("decode error", kind, id, first, last);
      return OutcomeDecodeError;
    end
    return OutcomeOkay;
  endfunction

  /// Flip bits of the last read, as the knobs want it.
  function automatic void corrupt(input longint unsigned id, input longint unsigned first,
                                  input longint unsigned last);
    // verilator no_inline_task
    longint unsigned gpa = u_translation.gpa();
    longint unsigned address = first;  // of that, on the bus
    longint unsigned low = u_behaviour.knobs.corrupt_first, high = u_behaviour.knobs.corrupt_last;
    longint unsigned end_gpa = u_translation.first_end(first, last);
    if (u_behaviour.ppm(u_behaviour.knobs.corrupt_ppm)) flip_bit(id, first, last, first, last);
    if (!touches(first, last, low, high)) return;
    if (!overlap(gpa, end_gpa, low, high)) begin
      address = (first | 64'hfff) + 64'd1;
      gpa = u_translation.second();
      end_gpa = u_translation.second_end(last);
    end
    if (low < gpa) low = gpa;
    if (high > end_gpa) high = end_gpa;
    flip_bit(id, first, last, address + (low - gpa), address + (high - gpa));
  endfunction

  /// Flip one bit of the last read, `first`..`last`, in `from`..`to` of it.
  function automatic void flip_bit(input longint unsigned id, input longint unsigned first,
                                   input longint unsigned last, input longint unsigned from,
                                   input longint unsigned to);
    // verilator no_inline_task
    longint unsigned address = from + 64'(u_behaviour.draw32(StreamCorrupt)) % (to - from + 1);
    int unsigned     bit_number = u_behaviour.draw32(StreamCorrupt) % 8;
    u_read.flip(first, address, bit_number);
    flip_count++;
    tell_fault($sformatf("bit %0d of byte 0x%0h flipped", bit_number, address), KindRead, id, first,
               last);
  endfunction

  /// Whether the access on which read(), write() ... was called last must never be answered.
  function automatic bit withheld();
    return is_withheld;
  endfunction

  /// Since the start: flipped bits.
  function automatic longint unsigned injected_flips();
    return flip_count;
  endfunction
