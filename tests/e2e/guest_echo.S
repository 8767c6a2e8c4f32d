// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A guest that sends back what it gets on its serial port, until a key tells it otherwise:
// Ctrl-P powers off, Ctrl-R resets, Ctrl-E ends QEMU with status 3, Ctrl-F says FLOOD_BYTES bytes.

#define COM1 0x3f8
#define LINE_STATUS (COM1 + 5)
#define RECEIVED 0x01
#define CAN_SEND 0x20
#define POWER_CONTROL 0x604 // where the firmware of QEMU's pc and q35 puts the ACPI registers
#define POWER_OFF 0x2000
#define RESET_CONTROL 0xcf9
#define RESET_NOW 0x06
#define DEBUG_EXIT 0xf4
#define FLOOD_BYTES 800000 // more than all buffers between it and a reader
#define CTRL(key) ((key) - '@')

    .section .text
    .global _start

    .align 4
multiboot_header:
    .long 0x1badb002, 0, -0x1badb002

_start:
    mov $ready, %esi
    call say
next:
    mov $LINE_STATUS, %edx
    in (%dx), %al
    test $RECEIVED, %al
    jz next
    mov $COM1, %edx
    in (%dx), %al
    cmp $CTRL('P'), %al
    je power_off
    cmp $CTRL('R'), %al
    je reset
    cmp $CTRL('E'), %al
    je end_with_status
    cmp $CTRL('F'), %al
    je flood
    call send
    jmp next

power_off:
    mov $POWER_CONTROL, %edx
    mov $POWER_OFF, %eax
    out %ax, (%dx)
    jmp next

reset:
    mov $RESET_CONTROL, %edx
    mov $RESET_NOW, %al
    out %al, (%dx)
    jmp next

end_with_status:
    mov $DEBUG_EXIT, %edx
    mov $1, %al
    out %al, (%dx)
    jmp next

flood:
    mov $FLOOD_BYTES, %ecx
1:  mov $'x', %al
    call send
    loop 1b
    mov $flooded, %esi
    call say
    jmp next

say: // the text at ESI
    lodsb
    test %al, %al
    jz 1f
    call send
    jmp say
1:  ret

send: // AL
    mov %al, %ah
    mov $LINE_STATUS, %edx
1:  in (%dx), %al
    test $CAN_SEND, %al
    jz 1b
    mov %ah, %al
    mov $COM1, %edx
    out %al, (%dx)
    ret

ready:
    .asciz "ready\r\n"
flooded:
    .asciz "flooded\r\n"
