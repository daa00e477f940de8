/* What goes out on one route of a source with several layers: the frames of one decode target, numbered without holes.
   media/plane/selection.py is its twin and gives the reasons. */
#ifndef SELECTION_H
#define SELECTION_H

#include "descriptor.h"
#include "packet.h"

enum { FRAMES_KEPT = 256 };

/* Numbers here are a publisher's, extended; outgoing ones are those less what was left out before. */
struct selection {
    int64_t newest;
    uint64_t left_out;
    uint32_t generation;
    uint8_t target, reach; /* the decode target, and the highest spatial layer of it */
    bool waits;            /* only a key frame makes it possible to move to the target that is wanted */
    int32_t sent[FRAMES_KEPT];   /* numbers of frames that went out */
    uint64_t fates[CACHE_SLOTS]; /* by number: how many were left out before, and a state */
};

struct selection *selection_new(int64_t first);

/* Makes of `packet`, which may be of a `frame`, what goes out; false where nothing does. Its payload may then be
   `filler`, which has room for 1 byte and MAX_PADDING. */
bool selection_choose(struct selection *, struct packet *packet, const struct frame *frame, uint8_t spatial, uint8_t temporal, uint8_t *filler);

/* Finds the number of what went out as `number`; -1 where that is not known. */
int64_t selection_find(const struct selection *, int64_t number);
/* Makes of a packet that is still there what went out. */
void selection_rewrite(const struct selection *, struct packet *, uint8_t *filler);

#endif
