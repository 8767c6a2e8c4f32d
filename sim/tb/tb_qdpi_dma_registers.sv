// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// How the unit test of the DMA engine reads and writes registers, with delays in every order.

/// AXI4-Lite manager: tasks that read, write and check the registers of the engine.
module tb_qdpi_dma_registers (
  /// Clock.
  input  logic        clk_i,
  /// AXI4-Lite AWADDR.
  output logic [11:0] axil_awaddr_o,
  /// AXI4-Lite AWVALID.
  output logic        axil_awvalid_o,
  /// AXI4-Lite AWREADY.
  input  logic        axil_awready_i,
  /// AXI4-Lite WDATA.
  output logic [63:0] axil_wdata_o,
  /// AXI4-Lite WSTRB.
  output logic [7:0]  axil_wstrb_o,
  /// AXI4-Lite WVALID.
  output logic        axil_wvalid_o,
  /// AXI4-Lite WREADY.
  input  logic        axil_wready_i,
  /// AXI4-Lite BRESP.
  input  logic [1:0]  axil_bresp_i,
  /// AXI4-Lite BVALID.
  input  logic        axil_bvalid_i,
  /// AXI4-Lite BREADY.
  output logic        axil_bready_o,
  /// AXI4-Lite ARADDR.
  output logic [11:0] axil_araddr_o,
  /// AXI4-Lite ARVALID.
  output logic        axil_arvalid_o,
  /// AXI4-Lite ARREADY.
  input  logic        axil_arready_i,
  /// AXI4-Lite RDATA.
  input  logic [63:0] axil_rdata_i,
  /// AXI4-Lite RRESP.
  input  logic [1:0]  axil_rresp_i,
  /// AXI4-Lite RVALID.
  input  logic        axil_rvalid_i,
  /// AXI4-Lite RREADY.
  output logic        axil_rready_o
);
  import tb_qdpi_dma_unit_pkg::*;

  // Test code drives and looks at falling edges, where no simulator can see it race with the
  // engine.

  // ---- for a process that is itself one job: see below ----
  task automatic drive_write(input logic [11:0] addr, input logic [63:0] data,
                             input logic [7:0] strb, output logic [1:0] resp);
    int unsigned aw_delay, w_delay, count;
    bit aw_begun, w_begun, aw_taken, w_taken, aw_done, w_done;
    aw_delay = (random_below(2) == 0) ? 0 : random_below(6);
    w_delay = (random_below(2) == 0) ? 0 : random_below(6);
    {aw_begun, w_begun, aw_taken, w_taken, aw_done, w_done} = '0;
    count = 0;
    while (!aw_done || !w_done) begin
      @(negedge clk_i);
      if (aw_taken) begin
        aw_done = 1'b1;
        axil_awvalid_o = 1'b0;
      end
      if (w_taken) begin
        w_done = 1'b1;
        axil_wvalid_o = 1'b0;
      end
      if (count >= aw_delay && !aw_begun) begin
        aw_begun = 1'b1;
        axil_awvalid_o = 1'b1;
        axil_awaddr_o = addr;
      end
      if (count >= w_delay && !w_begun) begin
        w_begun = 1'b1;
        axil_wvalid_o = 1'b1;
        axil_wdata_o = data;
        axil_wstrb_o = strb;
      end
      aw_taken = axil_awvalid_o && axil_awready_i;
      w_taken = axil_wvalid_o && axil_wready_i;
      count++;
    end
    repeat (random_below(3)) @(negedge clk_i);
    axil_bready_o = 1'b1;
    while (!axil_bvalid_i) @(negedge clk_i);
    resp = axil_bresp_i;
    @(negedge clk_i);
    axil_bready_o = 1'b0;
  endtask

  task automatic drive_read(input logic [11:0] addr, output logic [63:0] value,
                            output logic [1:0] resp);
    axil_araddr_o = addr;
    axil_arvalid_o = 1'b1;
    while (!axil_arready_i) @(negedge clk_i);
    @(negedge clk_i);
    axil_arvalid_o = 1'b0;
    repeat (random_below(3)) @(negedge clk_i);
    axil_rready_o = 1'b1;
    while (!axil_rvalid_i) @(negedge clk_i);
    value = axil_rdata_i;
    resp = axil_rresp_i;
    @(negedge clk_i);
    axil_rready_o = 1'b0;
  endtask

  // ---- for all others ----
  // A task is copied by Verilator into each caller. So that the long ones exist once, a process of
  // their own runs them as jobs.
  typedef enum logic [1:0] {
    JobNone,
    JobWrite,
    JobRead
  } job_e;
  job_e job = JobNone;
  logic [11:0] job_addr;
  logic [63:0] job_data;
  logic [7:0] job_strb;
  logic [1:0] job_resp;

  initial begin
    {axil_awvalid_o, axil_wvalid_o, axil_bready_o, axil_arvalid_o, axil_rready_o} = '0;
    {axil_awaddr_o, axil_araddr_o, axil_wdata_o, axil_wstrb_o} = '0;
    forever begin
      @(negedge clk_i);
      case (job)
        JobWrite: drive_write(job_addr, job_data, job_strb, job_resp);
        JobRead: drive_read(job_addr, job_data, job_resp);
        default: ;
      endcase
      job = JobNone;
    end
  end

  task automatic finish_job();
    while (job != JobNone) @(negedge clk_i);
  endtask

  task automatic write_raw(input logic [11:0] addr, input logic [63:0] data, input logic [7:0] strb,
                           output logic [1:0] resp);
    job_addr = addr;
    job_data = data;
    job_strb = strb;
    job = JobWrite;
    finish_job();
    resp = job_resp;
  endtask

  task automatic read_raw(input logic [11:0] addr, output logic [63:0] value,
                          output logic [1:0] resp);
    job_addr = addr;
    job = JobRead;
    finish_job();
    value = job_data;
    resp = job_resp;
  endtask

  task automatic write(input logic [31:0] index, input logic [63:0] value);
    logic [1:0] resp;
    write_raw(12'(index * 8), value, 8'hff, resp);
    if (resp != 2'b00) $error("register %0d refuses %h", index, value);
  endtask

  task automatic expect_refused(input logic [11:0] addr, input logic [63:0] value,
                                input logic [7:0] strb);
    logic [1:0] resp;
    write_raw(addr, value, strb, resp);
    if (resp != 2'b10) $error("write of %h, strobes %h, answered %b", addr, strb, resp);
  endtask

  task automatic expect_value(input logic [31:0] index, input logic [63:0] expected);
    logic [63:0] value;
    logic [1:0] resp;
    read_raw(12'(index * 8), value, resp);
    if (resp != 2'b00 || value != expected)
      $error("register %0d is %h (response %b), expected %h", index, value, resp, expected);
  endtask
endmodule
