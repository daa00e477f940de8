/* Which of a peer's tracks an SSRC belongs to, when it is first heard (RFC 8843 §9.2, RFC 8852 §3). */
#ifndef LATCH_H
#define LATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "plane.h"

struct belonging {
    int32_t track;
    bool repairs;
};

/* Sections with memory of their own. */
plane_section *latch_copy(const plane_section *, uint32_t count);
void latch_free(plane_section *, uint32_t count);

/* Decides by SSRC, then by MID and RID, then by payload type; of two sections that claim the same the first has it.
   Whatever the packet does not name has the size 0. False where it belongs to none. */
bool latch_find(const plane_section *, uint32_t count, uint32_t ssrc, uint8_t payload_type, const uint8_t *mid,
                size_t mid_size, const uint8_t *rid, size_t rid_size, struct belonging *);

#endif
