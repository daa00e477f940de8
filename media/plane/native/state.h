/* Everything a plane knows, and the steps by which a turn goes through it. Whoever touches it holds the lock. */
#ifndef STATE_H
#define STATE_H

#include "address.h"
#include "peer.h"
#include "plane.h"
#include "port.h"
#include "route.h"
#include "track.h"
#include "turn.h"

enum { MAX_INDEX = 1 << 16 };

/* Things by the small numbers that the caller hands out. */
struct table {
    void **things;
    int32_t size;
};

struct state {
    uint64_t counts[PLANE_COUNTS];
    struct port *port;
    int tap; /* the recorder's socket, -1 without */
    struct table peers, tracks;
    struct table routes; /* the first listing of each */
    struct addresses addresses;
    struct source **losing; /* of which packets are missing, held */
    uint32_t losing_count, losing_room;
    struct packet packets[MAX_TURN]; /* that came in during this turn */
    struct frame frames[MAX_TURN];   /* of each, filled in for codecs that may have layers */
    struct track *active[MAX_TURN];  /* those with fresh packets, in order */
    uint32_t active_count;
    struct turn *turn;
};

struct state *state_new(int socket, int tap);
void state_free(struct state *);

void *table_get(const struct table *, int32_t index);
bool table_set(struct table *, int32_t index, void *);

/* ── router.c: from whom to whom */

struct peer *peer_at(struct state *, int32_t index);  /* made when it is first named; NULL for an impossible index */
struct route *route_at(struct state *, int32_t index); /* of two it moves between, the one it goes to */
void bind_peer(struct state *, struct peer *, const struct address *);
void remove_peer(struct state *, int32_t index);
void set_ingress(struct state *, struct peer *, const plane_section *, uint32_t count, const plane_extensions *);
void set_route(struct state *, int32_t track, const plane_route *);
void end_route(struct state *, int32_t route, int32_t track);
void set_tap(struct state *, int32_t track, int64_t stream);
void note_losing(struct state *, struct source *);

/* ── intake.c: takes in one datagram of `size` bytes, which may change in place; `packet` is there to be filled */

void take_in(struct state *, uint8_t *datagram, size_t size, const struct address *, struct packet *, double now);

/* ── forward.c */

/* Sends what came in on a track to everybody who is to have it. */
void forward(struct state *, struct track *, double now);
uint32_t send_repairs(struct state *, struct route *, const uint16_t *sequences, uint32_t count, double now);
uint32_t send_padding(struct state *, struct route *, uint32_t count, uint8_t size, double now);

/* ── state.c: one turn of what is there */

/* Takes in `count` datagrams that were read behind the first `kept`. */
void take_datagrams(struct state *, int kept, int count, double now);

/* Forwards what was taken in. Where `patient`, video goes only with the last packet of its picture; returns whether
   something was left back, for the next call. */
bool forward_all(struct state *, bool patient, double now);
/* Tells what to ask publishers for again. */
void tell_missing(struct state *, double now);

#endif
