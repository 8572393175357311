/* The first instructions of the launcher. The kernel discards a signal that PID 1 neither blocks nor handles, and the
   C library makes dozens of system calls before main: whatever arrives meanwhile would be lost. So every signal is
   blocked here, before the C library and before relocation, and what was blocked before is kept for the web process. */
        .text
        .globl  solinit_entry
        .hidden solinit_entry
        .type   solinit_entry, %function

#if defined(__x86_64__)
#include <cet.h>
solinit_entry:
        .cfi_startproc
        .cfi_undefined rip
        _CET_ENDBR
        mov     %rdx, %r8                       /* what _start registers with atexit(3); a system call keeps r8 */
        mov     $14, %eax                       /* rt_sigprocmask */
        mov     $2, %edi                        /* SIG_SETMASK */
        lea     every_signal(%rip), %rsi
        lea     solinit_inherited_mask(%rip), %rdx
        mov     $8, %r10d
        syscall
        test    %eax, %eax
        sete    solinit_was_entered(%rip)
        mov     %r8, %rdx
        jmp     _start
        .cfi_endproc
#elif defined(__aarch64__)
solinit_entry:
        .cfi_startproc
        .cfi_undefined x30
        hint    #34                             /* bti c */
        mov     x9, x0                          /* what _start registers with atexit(3); a system call keeps x9 */
        mov     x8, #135                        /* rt_sigprocmask */
        mov     x0, #2                          /* SIG_SETMASK */
        adrp    x1, every_signal
        add     x1, x1, :lo12:every_signal
        adrp    x2, solinit_inherited_mask
        add     x2, x2, :lo12:solinit_inherited_mask
        mov     x3, #8
        svc     #0
        cmp     x0, #0
        cset    w10, eq
        adrp    x11, solinit_was_entered
        strb    w10, [x11, :lo12:solinit_was_entered]
        mov     x0, x9
        b       _start
        .cfi_endproc
#else
#error "write the entry of this machine: block every signal, keep the old mask, go on to _start"
#endif
        .size   solinit_entry, .-solinit_entry

        .section .rodata
        .balign 8
every_signal:
        .quad   -1

        .bss
        .balign 8
        .globl  solinit_inherited_mask
        .hidden solinit_inherited_mask
        .type   solinit_inherited_mask, %object
        .size   solinit_inherited_mask, 8
solinit_inherited_mask:
        .skip   8
        .globl  solinit_was_entered
        .hidden solinit_was_entered
        .type   solinit_was_entered, %object
        .size   solinit_was_entered, 1
solinit_was_entered:
        .skip   1

        .section .note.GNU-stack, "", %progbits
