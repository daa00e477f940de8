/* Reception of one SSRC: numbers extended, duplicates told, losses and jitter kept; media/plane/source.py is its twin. */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "descriptor.h"
#include "loss.h"
#include "packet.h"
#include "plane.h"

enum {
    MAX_JUMP = 1500,  /* a longer step forward is a new beginning, not a loss: nobody could repair it */
    REPAIR_LEAD = 64, /* a repair may overtake its stream by so many numbers; farther ahead it belongs to another */
};

struct source {
    int holders; /* a stream towards a subscriber may outlive its publisher */
    int32_t track, publisher;
    uint32_t ssrc, clock_rate;
    bool numbers_pictures; /* VP8: what goes on elsewhere is to be numbered on */
    bool losing;           /* some of its packets are missing */
    bool has_clock;
    uint32_t clock; /* RTP ticks at the zero of the publisher's clock */
    int64_t highest, first, span_start, skipped;
    uint64_t packets, octets, frames;
    double jitter, last_time;
    uint32_t last_timestamp;
    struct cache *cache;
    struct loss loss;
    struct frames *described; /* its frames, NULL until packets tell of them */
};

/* Has one holder. */
struct source *source_new(int32_t track, int32_t publisher, uint32_t ssrc, uint32_t clock_rate, bool numbers_pictures);
struct source *source_hold(struct source *);
void source_release(struct source *);

/* The next packet is the first, or the first after another SSRC had the track. */
void source_begin(struct source *, uint16_t sequence, double now);

/* Tell the extended number of a packet that came under this SSRC, or by RTX; false for one that is not needed. */
bool source_accept(struct source *, uint16_t sequence, uint32_t timestamp, uint64_t octets, double now, int64_t *number);
bool source_accept_repair(struct source *, uint16_t sequence, double now, int64_t *number);

void source_tell(const struct source *, plane_reception *);

#endif
