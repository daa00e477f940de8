/* One listing of a route on a track, and everything in a packet that differs between subscribers;
   media/plane/rewriter.py is its twin. */
#ifndef ROUTE_H
#define ROUTE_H

#include "peer.h"

#include "run.h"

enum { MAX_BLOCK = 32 };

/* How much may be sent again: a subscriber who asks for more needs a lower bitrate, or means harm. */
struct budget {
    double left, time;
};

struct route {
    plane_route as; /* given */
    int32_t track;
    struct route *other; /* of the same index, listed later on another track */
    struct peer *peer;
    struct numbering *numbering, *repairs; /* NULL without RTX */
    struct budget budget;
    int16_t types[128], rtx_types[128]; /* publisher's payload type to ours, ours to RTX; -1: none */
    uint8_t block[MAX_BLOCK];           /* header extensions, to be filled in */
    uint8_t block_size, level_at, send_time_at;
    uint8_t dependency; /* id of descriptors, 0 where they do not go out */
    uint8_t counted; /* 1 where packets have transport-wide numbers */
};

struct route *route_new(const plane_route *, int32_t track, struct peer *);
bool route_is(const struct route *, const plane_route *);

/* How many of `wanted` packets may go again now. */
uint32_t budget_take(struct budget *, uint32_t wanted, double now);

/* Writes and protects a run at `out`, ready to be cut every `*segment` bytes. Returns its size, 0 where a number of it
   came before. The subscriber has a payload type for it. */
size_t route_write(struct route *, const struct run *, uint8_t *out, size_t *segment, double now);

/* The same for one packet again, or for nothing but padding, as RTX (RFC 4588 §4); 0 where that was not negotiated. */
size_t route_write_repair(struct route *, const struct packet *, const uint8_t *said, uint8_t said_size, uint8_t *out, double now);
size_t route_write_padding(struct route *, uint8_t size, uint8_t *out, double now);

#endif
