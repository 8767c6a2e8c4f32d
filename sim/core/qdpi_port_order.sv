// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qdpi_seeded_bugs.svh"

/// The responses of one direction that are under way, and which of them may be shown next: those of
/// one ID in the order of their requests, others in any order if the port may reorder. Simulation
/// only.
///
/// A response has a slot from add() to remove(); the port keeps what belongs to it by that number.
module qdpi_port_order #(
  /// Responses that can be under way.
  parameter int unsigned Entries = 16
) ();

  // Written by the functions only, which the port's one process calls. A slot is an int.
  // verilator lint_off BLKSEQ
  // Functions that are not inlined use it too: they are called from one process, and read no signal.
  // verilator lint_off IMPURE
  // verilator lint_off UNUSEDSIGNAL
  int unsigned     slots [Entries];  // a ring, oldest first: all slots, the free ones behind
  int unsigned     head;
  int unsigned     used;
  longint unsigned ids   [Entries];  // by slot
  longint unsigned dues  [Entries];
  bit              stuck [Entries];
  int unsigned     stuck_count;
  int unsigned     candidates [Entries];
  int unsigned     found;  // of these

  initial reset_state();

  /// Forget all.
  function automatic void reset_state();
    // verilator no_inline_task
    for (int unsigned i = 0; i < Entries; i++) begin
      slots[i] = i;
      stuck[i] = 1'b0;
    end
    head = 0;
    used = 0;
    stuck_count = 0;
  endfunction

  /// The place in the ring of the response with `older` older ones.
  function automatic int unsigned place(input int unsigned older);
    return (head + older) % Entries;
  endfunction

  /// A response for `id` is under way, and due at clock `due`. Returns its slot.
  function automatic int unsigned add(input longint unsigned id, input longint unsigned due);
    int unsigned slot = slots[place(used)];
    ids[slot] = id;
    dues[slot] = due;
    used++;
    return slot;
  endfunction

  /// How many are under way.
  function automatic int unsigned count();
    return used;
  endfunction

  /// The slot of the response with `older` older ones.
  function automatic int unsigned slot_behind(input int unsigned older);
    return slots[place(older)];
  endfunction

  /// The ID of the response in `slot`.
  function automatic longint unsigned id_of(input int unsigned slot);
    return ids[slot];
  endfunction

  /// The response in `slot`, which was added with a later one, is due at clock `due`.
  function automatic void set_due(input int unsigned slot, input longint unsigned due);
    dues[slot] = due;
  endfunction

  /// The response in `slot` must never be shown, and with it those of its ID that come after it.
  function automatic void withhold(input int unsigned slot);
    stuck[slot] = 1'b1;
    stuck_count++;
  endfunction

  /// Whether an older response of the same ID is under way, or, with `only_stuck`, withheld.
  function automatic bit is_behind_its_id(input int unsigned older, input bit only_stuck);
    int unsigned slot = slots[place(older)];
    if (`QDPI_BUG(ORDER_SAME_ID_OVERTAKES)) return 1'b0;
    for (int unsigned i = 0; i < older; i++) begin
      if (ids[slots[place(i)]] == ids[slot] && (stuck[slots[place(i)]] || !only_stuck)) return 1'b1;
    end
    return 1'b0;
  endfunction

  /// How many may be shown at clock `now`; candidate() tells which. Without `any_order` it is one at
  /// most: the oldest.
  function automatic int unsigned ready(input longint unsigned now, input bit any_order);
    if (used == 0) return 0;
    if (any_order || stuck_count != 0) begin
      search(now, any_order);
      return found;
    end
    candidates[0] = slots[head];
    return dues[candidates[0]] <= now ? 1 : 0;
  endfunction

  function automatic void search(input longint unsigned now, input bit any_order);
    // verilator no_inline_task
    found = 0;
    for (int unsigned i = 0; i < used; i++) begin
      int unsigned slot = slots[place(i)];
      if (!stuck[slot] && !is_behind_its_id(i, !any_order)) begin
        if (dues[slot] <= now) begin
          candidates[found] = slot;
          found++;
        end
        if (!any_order) return;
      end
    end
  endfunction

  /// The slot of the `index`th of those that ready() found.
  function automatic int unsigned candidate(input int unsigned index);
    return candidates[index];
  endfunction

  /// The response in `slot` has been taken.
  function automatic void remove(input int unsigned slot);
    if (slots[head] != slot) bring_forward(slot);
    // Its place is behind all that are used.
    head = place(1);
    used--;
  endfunction

  /// Make `slot` the oldest: those before it move up.
  function automatic void bring_forward(input int unsigned slot);
    // verilator no_inline_task
    int unsigned older = 0;
    for (int unsigned i = 1; i < used; i++) if (slots[place(i)] == slot) older = i;
    for (int unsigned i = older; i > 0; i--) slots[place(i)] = slots[place(i-1)];
    slots[head] = slot;
  endfunction

endmodule
