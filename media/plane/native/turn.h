/* What is handed out by `plane_poll`, gathered while nobody asks: bounded, and never waited for. */
#ifndef TURN_H
#define TURN_H

#include <stdbool.h>

#include "address.h"
#include "loss.h"
#include "plane.h"

/* Of each kind, between two polls. */
enum {
    MAX_DATAGRAMS = 1024,
    MAX_REPORTS = 1024,
    MAX_BYTES = 524288,
    MAX_GAPS = 64,
    MAX_NUMBERS = 4096,
    MAX_ARRIVALS = 8192,
    MAX_STARTED = 256,
    MAX_BEGUN = 4096,
    MAX_WAITING = 256,
};

struct turn {
    plane_turn told; /* points at what follows */
    double press_by; /* when somebody has to look */
    struct address senders[MAX_DATAGRAMS];
    plane_datagram datagrams[MAX_DATAGRAMS];
    plane_report reports[MAX_REPORTS];
    plane_gap gaps[MAX_GAPS];
    uint16_t numbers[MAX_NUMBERS];
    int32_t arrival_peers[MAX_ARRIVALS];
    uint16_t arrival_sequences[MAX_ARRIVALS];
    double arrival_times[MAX_ARRIVALS];
    int32_t started[MAX_STARTED][2];
    int32_t begun[MAX_BEGUN][2];
    int32_t waiting[MAX_WAITING];
    uint8_t bytes[MAX_BYTES];
};

struct turn *turn_new(void);
void turn_clear(struct turn *);

/* Whether it has anything that should not wait any longer; arrivals do, for feedback goes out at fixed times. */
bool turn_is_pressing(const struct turn *, double now);

/* Each returns false where there is no room. What can wait says `by` when somebody has to look. */
bool turn_datagram(struct turn *, const struct address *sender, const uint8_t *bytes, size_t size, double by);
bool turn_report(struct turn *, int32_t peer, const uint8_t *bytes, size_t size, double time, double by);
bool turn_arrival(struct turn *, int32_t peer, uint16_t sequence, double time);
bool turn_started(struct turn *, int32_t track, uint8_t payload_type);
bool turn_begun(struct turn *, int32_t route, int32_t track);
bool turn_waiting(struct turn *, int32_t track);
/* Notes what of the source of `ssrc` has to be asked for again. */
bool turn_gap(struct turn *, int32_t track, uint32_t ssrc, struct loss *, double now);

/* Writes the names of senders, which those who gather leave to whoever asks. */
void turn_finish(struct turn *);

#endif
