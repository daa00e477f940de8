/* The verbs, and the thread that turns by itself: it sleeps in the kernel until there are datagrams. */
#include "plane.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "gcm.h"
#include "memory.h"
#include "state.h"

enum { MAX_PROBE = 255 }; /* bytes of padding: its last byte counts them (RFC 3550 §5.1) */

struct plane {
    struct state *state;
    struct turn *told;     /* what the last poll gave out */
    pthread_mutex_t lock;  /* of the state and what follows */
    pthread_cond_t calm;   /* nobody who calls a verb waits for the lock */
    atomic_int callers;
    pthread_t thread;
    int event;             /* wakes whoever polls; -1 without a thread */
    bool signalled;
    atomic_bool closing;
    int trust, hasty;      /* how often waiting for the rest of a picture was worth it, or not tried */
};

/* ── the lock: a caller goes before the next turn, or a busy thread would never let it in */

static struct state *enter(plane *plane)
{
    atomic_fetch_add(&plane->callers, 1);
    pthread_mutex_lock(&plane->lock);
    return plane->state;
}

static void leave(plane *plane)
{
    if (atomic_fetch_sub(&plane->callers, 1) == 1)
        pthread_cond_signal(&plane->calm);
    pthread_mutex_unlock(&plane->lock);
}

/* ── the thread */

static double monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The packets of a picture come within microseconds of each other from a sender nearby: together they cost little more
   than one. So the first are left back for a moment, as long as that was worth it of late. Sound never is. */
enum { MOMENT_NS = 60000, TRUST = 32 };

/* Waits for the rest of the pictures that have begun; returns how many datagrams came behind the first `kept`. */
static int read_rest(plane *plane, int kept)
{
    struct timespec moment = {.tv_nsec = MOMENT_NS};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
    int count = port_receive(plane->state->port, kept, false);
    if (count)
        plane->trust += plane->trust < TRUST;
    else
        plane->trust -= plane->trust > 0;
    return count;
}

static bool is_patient(plane *plane)
{
    if (plane->trust > 0)
        return true;
    if (++plane->hasty < TRUST)
        return false;
    plane->hasty = 0; /* another try */
    return true;
}

static void turn(plane *plane, int datagrams)
{
    struct state *state = plane->state;
    double now = monotonic();
    pthread_mutex_lock(&plane->lock);
    while (atomic_load(&plane->callers) > 0)
        pthread_cond_wait(&plane->calm, &plane->lock);
    take_datagrams(state, 0, datagrams, now);
    if (forward_all(state, datagrams < MAX_TURN && is_patient(plane), now)) {
        int rest = read_rest(plane, datagrams);
        now = monotonic();
        take_datagrams(state, datagrams, rest, now);
        forward_all(state, false, now);
    }
    tell_missing(state, now);
    if (!plane->signalled && turn_is_pressing(state->turn, now)) {
        plane->signalled = true; /* with the lock: a poll in between would leave the event set for good */
        (void)!write(plane->event, &(uint64_t){1}, sizeof(uint64_t));
    }
    pthread_mutex_unlock(&plane->lock);
}

static void *run(void *argument)
{
    plane *plane = argument;
    prctl(PR_SET_TIMERSLACK, 1000ul); /* ns; the usual slack is as long as the moment */
    while (!atomic_load(&plane->closing)) {
        int datagrams = port_receive(plane->state->port, 0, true);
        if (datagrams > 0)
            turn(plane, datagrams);
    }
    return NULL;
}

int plane_start(plane *plane)
{
    int socket = plane->state->port->socket, flags = fcntl(socket, F_GETFL);
    struct timeval at_last = {.tv_sec = 1}; /* an end that went unheard is seen so late */
    fcntl(socket, F_SETFL, flags & ~O_NONBLOCK);
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &at_last, sizeof at_last);
    plane->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (plane->event < 0)
        return errno;
    sigset_t all, before; /* signals are the caller's business */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int refusal = pthread_create(&plane->thread, NULL, run, plane);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (refusal) {
        close(plane->event);
        plane->event = -1;
    }
    return refusal;
}

/* ── beginning and end */

plane *plane_open(int socket, int tap)
{
    plane *plane = claim(sizeof *plane);
    plane->state = state_new(socket, tap);
    plane->told = turn_new();
    gcm_prepare();
    plane->event = -1;
    pthread_mutex_init(&plane->lock, NULL);
    pthread_cond_init(&plane->calm, NULL);
    return plane;
}

void plane_close(plane *plane)
{
    if (plane->event >= 0) {
        atomic_store(&plane->closing, true);
        shutdown(plane->state->port->socket, SHUT_RDWR); /* wakes the thread though it says that nothing is connected */
        pthread_join(plane->thread, NULL);
        close(plane->event);
    }
    state_free(plane->state);
    free(plane->told);
    pthread_cond_destroy(&plane->calm);
    pthread_mutex_destroy(&plane->lock);
    free(plane);
}

int plane_fileno(const plane *plane) { return plane->event; }

const plane_turn *plane_poll(plane *plane, double now)
{
    struct state *state = enter(plane);
    struct turn *ready = state->turn;
    if (plane->event < 0) {
        int datagrams = port_receive(state->port, 0, false);
        take_datagrams(state, 0, datagrams, now);
        forward_all(state, false, now);
        tell_missing(state, now);
        ready->told.more = datagrams == MAX_TURN;
    } else if (plane->signalled) {
        (void)!read(plane->event, &(uint64_t){0}, sizeof(uint64_t));
        plane->signalled = false;
    }
    state->turn = plane->told;
    plane->told = ready;
    turn_clear(state->turn);
    leave(plane);
    turn_finish(ready);
    return &ready->told;
}

/* ── verbs */

void plane_add_peer(plane *plane, int32_t index, int profile, const uint8_t *receive, const uint8_t *send)
{
    struct peer *peer = peer_at(enter(plane), index);
    if (peer)
        peer_set_keys(peer, profile, receive, send);
    leave(plane);
}

void plane_remove_peer(plane *plane, int32_t peer)
{
    remove_peer(enter(plane), peer);
    leave(plane);
}

int plane_bind(plane *plane, int32_t index, const char *host, int port)
{
    struct address address;
    if (!address_read(&address, host, port))
        return 0;
    struct state *state = enter(plane);
    struct peer *peer = peer_at(state, index);
    if (peer)
        bind_peer(state, peer, &address);
    leave(plane);
    return peer != NULL;
}

void plane_answer_checks(plane *plane, int32_t index, const uint8_t *username, size_t username_size, const uint8_t *password, size_t password_size)
{
    struct peer *peer = peer_at(enter(plane), index);
    if (peer)
        peer_set_consent(peer, username, username_size, password, password_size);
    leave(plane);
}

double plane_checked(plane *plane, int32_t index)
{
    const struct peer *peer = table_get(&enter(plane)->peers, index);
    double last = peer && peer->consent ? peer->consent->last : 0;
    leave(plane);
    return last;
}

void plane_set_ingress(plane *plane, int32_t index, const plane_section *sections, uint32_t count, const plane_extensions *ids)
{
    struct state *state = enter(plane);
    struct peer *peer = peer_at(state, index);
    if (peer)
        set_ingress(state, peer, sections, count, ids);
    leave(plane);
}

void plane_set_route(plane *plane, int32_t track, const plane_route *route)
{
    set_route(enter(plane), track, route);
    leave(plane);
}

void plane_end_route(plane *plane, int32_t track, int32_t route)
{
    end_route(enter(plane), route, track);
    leave(plane);
}

void plane_set_tap(plane *plane, int32_t track, int64_t stream)
{
    set_tap(enter(plane), track, stream);
    leave(plane);
}

void plane_set_clock(plane *plane, int32_t index, uint32_t ticks)
{
    struct track *track = table_get(&enter(plane)->tracks, index);
    if (track && track->source) {
        track->source->has_clock = true;
        track->source->clock = ticks;
    }
    leave(plane);
}

void plane_send(plane *plane, const uint8_t *datagram, size_t size, const char *host, int port)
{
    struct address address;
    if (address_read(&address, host, port))
        port_send(enter(plane)->port, &address, datagram, size);
    else
        enter(plane)->port->unsent_refused++;
    leave(plane);
}

void plane_send_rtcp(plane *plane, int32_t index, const uint8_t *compound, size_t size)
{
    struct state *state = enter(plane);
    struct peer *peer = table_get(&state->peers, index);
    if (peer && peer->reachable && size >= 8 && size <= MAX_DATAGRAM) {
        uint8_t *out = memcpy(port_room(state->port), compound, size);
        port_send(state->port, &peer->addresses[peer->address_count - 1], out, peer_protect_report(peer, out, size));
    } else {
        state->counts[PLANE_RTCP_UNSENT]++;
    }
    leave(plane);
}

int plane_retransmit(plane *plane, int32_t index, const uint16_t *sequences, uint32_t count, double now)
{
    struct state *state = enter(plane);
    struct route *route = route_at(state, index);
    uint32_t sent = route ? send_repairs(state, route, sequences, count, now) : 0;
    leave(plane);
    return (int)sent;
}

int plane_probe(plane *plane, int32_t index, uint32_t count, uint32_t size, double now)
{
    struct state *state = enter(plane);
    struct route *route = route_at(state, index);
    uint8_t padding = size < 1 ? 1 : size > MAX_PROBE ? MAX_PROBE : (uint8_t)size;
    uint32_t sent = route ? send_padding(state, route, count, padding, now) : 0;
    leave(plane);
    return (int)sent;
}

uint32_t plane_sources(plane *plane, int32_t index, plane_reception out[32])
{
    const struct peer *peer = table_get(&enter(plane)->peers, index);
    uint32_t count = 0;
    for (int i = 0; peer && i < peer->owner_count; i++)
        if (peer->owners[i].kind == OF_MEDIA && peer->owners[i].source->packets)
            source_tell(peer->owners[i].source, &out[count++]);
    leave(plane);
    return count;
}

int plane_sent(plane *plane, int32_t index, plane_sending *out)
{
    const struct route *route = route_at(enter(plane), index);
    if (route) {
        const struct numbering *numbering = route->numbering;
        *out = (plane_sending){numbering->packets, numbering->octets, numbering->last_time, numbering->last_timestamp, numbering->ticks};
    }
    leave(plane);
    return route != NULL;
}

int plane_departures(plane *plane, int32_t index, uint16_t base, uint32_t count, plane_departure *out)
{
    const struct peer *peer = table_get(&enter(plane)->peers, index);
    for (uint32_t i = 0; peer && i < count; i++)
        peer_departure(peer, (uint16_t)(base + i), &out[i]);
    leave(plane);
    return peer != NULL;
}

uint32_t plane_levels(plane *plane, int32_t *tracks, int32_t *levels, uint32_t room)
{
    const struct table *table = &enter(plane)->tracks;
    uint32_t count = 0;
    for (int32_t i = 0; i < table->size && count < room; i++) {
        struct track *track = table_get(table, i);
        if (!track || track->level == SILENT)
            continue;
        tracks[count] = i;
        levels[count++] = track->level;
        track->level = SILENT;
    }
    leave(plane);
    return count;
}

/* ── for people */

void plane_counters(plane *plane, uint64_t out[])
{
    const struct state *state = enter(plane);
    memcpy(out, state->counts, sizeof state->counts);
    out[PLANE_PACKETS_OUT] = state->port->sent;
    out[PLANE_QUEUE_FULL] = state->port->unsent_full;
    out[PLANE_UNSENDABLE] = state->port->unsent_refused;
    leave(plane);
}

const char *plane_count_name(int count)
{
    static const char *const names[PLANE_COUNTS] = {
        [PLANE_PACKETS_IN] = "packets_in",
        [PLANE_PACKETS_OUT] = "packets_out",
        [PLANE_QUEUE_FULL] = "dropped_queue_full",
        [PLANE_UNSENDABLE] = "dropped_unsendable",
        [PLANE_UNBOUND] = "dropped_unbound",
        [PLANE_UNKNOWN] = "dropped_unknown",
        [PLANE_NO_KEYS] = "dropped_no_keys",
        [PLANE_REPLAYED] = "dropped_replayed",
        [PLANE_FORGED] = "dropped_forged",
        [PLANE_TOO_MANY_SOURCES] = "dropped_too_many_sources",
        [PLANE_TOO_MANY_PACKETS] = "dropped_too_many_packets",
        [PLANE_UNASSIGNED] = "dropped_unassigned",
        [PLANE_MALFORMED] = "dropped_malformed",
        [PLANE_PAYLOAD_TYPE] = "dropped_payload_type",
        [PLANE_SUPERSEDED] = "dropped_superseded",
        [PLANE_PADDING] = "dropped_padding",
        [PLANE_DUPLICATE] = "dropped_duplicate",
        [PLANE_BEFORE_KEYFRAME] = "dropped_before_keyframe",
        [PLANE_NO_PAYLOAD_TYPE] = "dropped_no_payload_type",
        [PLANE_UNPROTECTED] = "dropped_unprotected",
        [PLANE_RTCP_UNSENT] = "dropped_rtcp_unsent",
        [PLANE_REPAIRS] = "dropped_repairs",
        [PLANE_TAP] = "dropped_tap",
        [PLANE_BACKLOG] = "dropped_backlog",
    };
    return count >= 0 && count < PLANE_COUNTS ? names[count] : NULL;
}
