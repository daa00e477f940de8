/* How one outgoing SSRC is numbered and timed: without holes or steps of our own, whatever feeds it.
   media/plane/numbering.py is its twin and gives the reasons. */
#ifndef NUMBERING_H
#define NUMBERING_H

#include "codec.h"
#include "selection.h"
#include "source.h"
#include "srtp.h"

enum { HISTORY = 256 }; /* datagrams kept for a subscriber without RTX */

struct numbering {
    uint32_t ssrc;
    struct source *source; /* that feeds it, held; NULL: what comes next begins a mapping */
    int64_t floor, offset, highest;
    uint32_t ticks;
    bool renumbers;
    struct picture change; /* what is added to picture numbers where it renumbers */
    uint64_t packets, octets;
    uint32_t last_timestamp;
    double last_time;
    struct zero {
        bool known;
        int32_t publisher;
        uint32_t clock_rate, ticks;
    } zero; /* of the publisher's clock, as the mapping before had it */
    uint32_t shift;
    bool has_picture;
    struct picture picture; /* that went out last in the mapping before */
    struct datagram {
        uint16_t size, room;
        uint8_t *bytes;
    } *history; /* from the first request on that needs it */
    struct selection *selection; /* where the source has several layers */
    struct window window; /* of the numbers protected under the present keys */
};

struct numbering *numbering_new(uint32_t ssrc, int32_t first);
void numbering_free(struct numbering *);

bool numbering_follows(const struct numbering *, const struct source *);
bool numbering_is_fed_by(const struct numbering *, int32_t track);
void numbering_interrupt(struct numbering *);
void numbering_begin(struct numbering *, struct source *, const struct packet *, double now);

/* `count` packets went out, `newest` the one with the highest number. */
void numbering_sent(struct numbering *, const struct packet *newest, uint32_t count, uint64_t octets, double now);

/* The publisher's packet that went out as `sequence`, if it is still there. */
const struct packet *numbering_find(const struct numbering *, uint16_t sequence);

/* Keeps a protected datagram, and finds it; the first search only starts the keeping. */
void numbering_remember(struct numbering *, const uint8_t *datagram, size_t size);
const struct datagram *numbering_remembered(struct numbering *, uint16_t sequence);

#endif
