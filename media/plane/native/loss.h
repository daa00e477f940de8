/* Which lost packets to ask a publisher for again; media/rtcp/loss.py says why so. */
#ifndef LOSS_H
#define LOSS_H

#include <stdint.h>

enum { MAX_MISSING = 256 };

struct loss {
    double earliest; /* nothing is due before */
    uint32_t count;
    struct missing {
        int64_t number;
        double ask_at;
        int asked;
    } missing[MAX_MISSING]; /* numbers grow */
};

/* The numbers from `first` up to but not including `end` were skipped. */
void loss_note(struct loss *, int64_t first, int64_t end, double now);
void loss_found(struct loss *, int64_t number);

/* Writes the numbers to ask for now, their low 16 bits, and returns how many. */
uint32_t loss_due(struct loss *, double now, uint16_t out[MAX_MISSING]);

#endif
