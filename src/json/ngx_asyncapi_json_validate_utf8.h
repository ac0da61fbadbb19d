
/*
 * Copyright (C) The asyncapi module authors
 *
 * The tables of the forms that look up what is wrong with UTF-8, by the method
 * of J. Keiser and D. Lemire, "Validating UTF-8 in less than one instruction
 * per byte": what is wrong with two bytes one after the other is known from
 * three of their halves.  A bit for each fault; the tables say which faults a
 * half leaves possible, and there is one that all three do.  CONT is no fault
 * where it is the third or fourth byte's turn.
 */


#define SHORT     0x01                /* a first byte, and none follows */
#define LONG      0x02                /* ASCII, and one follows */
#define OVER3     0x04                /* e0 80 to e0 9f */
#define LARGE     0x08                /* f4 90 and more, f5 to ff */
#define SURR      0x10                /* ed a0 to ed bf */
#define OVER2     0x20                /* c0, c1 */
#define OVER4     0x40                /* f0 80 to f0 8f; f5 80 to ff 8f */
#define CONT      ((char) 0x80)       /* two that follow */
#define CARRY     ((char) (SHORT|LONG|CONT))


/* by the high half of the byte before, its low half, and the high half */

#define BEFORE_HIGH                                                           \
    LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG,                           \
    CONT, CONT, CONT, CONT,                                                   \
    SHORT | OVER2, SHORT, SHORT | OVER3 | SURR, SHORT | LARGE | OVER4

#define BEFORE_LOW                                                            \
    CARRY | OVER3 | OVER2 | OVER4, CARRY | OVER2, CARRY, CARRY,               \
    CARRY | LARGE, CARRY | LARGE | OVER4, CARRY | LARGE | OVER4,              \
    CARRY | LARGE | OVER4, CARRY | LARGE | OVER4, CARRY | LARGE | OVER4,      \
    CARRY | LARGE | OVER4, CARRY | LARGE | OVER4, CARRY | LARGE | OVER4,      \
    CARRY | LARGE | OVER4 | SURR, CARRY | LARGE | OVER4,                      \
    CARRY | LARGE | OVER4

#define HIGH                                                                  \
    SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT,                   \
    LONG | OVER2 | CONT | OVER3 | OVER4,                                      \
    LONG | OVER2 | CONT | OVER3 | LARGE,                                      \
    LONG | OVER2 | CONT | SURR | LARGE,                                       \
    LONG | OVER2 | CONT | SURR | LARGE,                                       \
    SHORT, SHORT, SHORT, SHORT
