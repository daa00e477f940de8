/* Packets out: each track's fresh packets to everybody who is to have them, in one burst. media/plane/pure.py is its twin. */
#include <string.h>
#include <sys/uio.h>

#include "rtp.h"
#include "state.h"

/* ── to one subscriber */

static void send_plain(struct state *, struct route *, const struct run *, double now);

static void send_run(struct state *state, struct route *route, const struct run *run, double now)
{
    size_t segment;
    if (route->types[run->payload_type] < 0) {
        send_plain(state, route, run, now);
        return;
    }
    size_t size = route_write(route, run, port_room(state->port), &segment, now);
    if (size)
        port_queue(state->port, route->peer, size, segment);
    else
        state->counts[PLANE_UNPROTECTED] += run->count;
}

/* The sound of packets that repeat others (RFC 2198), for a subscriber who has not agreed to that. */
static void send_plain(struct state *state, struct route *route, const struct run *run, double now)
{
    const struct track *track = table_get(&state->tracks, route->numbering->source->track);
    struct packet copies[MAX_RUN], *packets[MAX_RUN];
    struct run runs[MAX_TURN];
    uint32_t count = 0;
    for (uint32_t i = 0; track && track->formats[run->payload_type].kind == PLANE_RED && i < run->count; i++) {
        struct packet *packet = run->packets[i];
        uint8_t type;
        size_t begin = packet->head & RTP_PADDING << 8 ? 0 : red_primary(packet->payload, packet->size, &type);
        if (!begin || route->types[type] < 0)
            continue;
        packet->padded = 0; /* the copy's payload ends where its own does, and what is padded there may be another's */
        packets[count] = &copies[count];
        copies[count] = *packet;
        copies[count].head = (uint16_t)((packet->head & ~0x7F) | type);
        copies[count].payload += begin;
        copies[count++].size -= (uint16_t)begin;
    }
    state->counts[PLANE_NO_PAYLOAD_TYPE] += run->count - count;
    uint32_t run_count = run_plan(packets, count, runs);
    for (uint32_t i = 0; i < run_count; i++)
        send_run(state, route, &runs[i], now);
}

static struct packet *first_that_can_start(const struct track *track, struct packet **packets, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (track_can_start(track, packets[i]))
            return packets[i];
    return NULL;
}

static uint32_t keep_from(struct packet **packets, uint32_t count, int64_t floor)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (packets[i]->number >= floor)
            packets[kept++] = packets[i];
    return kept;
}

/* Leaves those of `packets` that may go out on a route that has just begun, or has to begin anew; returns how many. */
static uint32_t join(struct state *state, struct route *route, struct track *track, struct packet **packets, uint32_t count, double now)
{
    struct numbering *numbering = route->numbering;
    count = keep_from(packets, count, track->source->span_start);
    if (!numbering_follows(numbering, track->source)) {
        if (!route->as.begins)
            return 0;
        struct packet *first = first_that_can_start(track, packets, count);
        if (!first) {
            state->counts[PLANE_BEFORE_KEYFRAME] += count;
            turn_waiting(state->turn, track->index);
            return 0;
        }
        numbering_begin(numbering, track->source, first, now);
        if (!turn_begun(state->turn, route->as.route, track->index))
            state->counts[PLANE_BACKLOG]++;
    }
    return keep_from(packets, count, numbering->floor);
}

struct selected {
    struct packet copies[MAX_TURN], *packets[MAX_TURN];
    const struct frame *frames[MAX_TURN];
    uint8_t fillers[MAX_TURN][1 + MAX_PADDING];
};

static void send_joined(struct state *state, struct route *route, struct track *track, struct packet *const *packets, uint32_t count, double now)
{
    struct packet *mine[MAX_TURN];
    struct run runs[MAX_TURN];
    memcpy(mine, packets, count * sizeof *mine);
    uint32_t run_count = run_plan(mine, join(state, route, track, mine, count, now), runs);
    for (uint32_t i = 0; i < run_count; i++)
        send_run(state, route, &runs[i], now);
}

/* ── of a source with several layers: the frames of each subscriber's target */

static const struct frame *frame_of(const struct state *state, const struct track *track, const struct packet *packet)
{
    const struct frame *frame = &state->frames[packet - state->packets];
    return track->formats[packet->head & 0x7F].layered && frame->size ? frame : NULL;
}

/* Makes of `count` packets those that go out, each with a frame where its descriptor goes with it; returns how many. */
static uint32_t select_packets(struct state *state, struct route *route, struct track *track, struct packet **packets, uint32_t count, struct selected *out)
{
    struct numbering *numbering = route->numbering;
    uint32_t chosen = 0;
    int64_t first = INT64_MAX;
    for (uint32_t i = 0; i < count; i++)
        first = packets[i]->number < first ? packets[i]->number : first;
    if (!numbering->selection)
        numbering->selection = selection_new(first);
    for (uint32_t i = 0; i < count; i++) {
        const struct frame *frame = frame_of(state, track, packets[i]);
        struct packet *copy = &out->copies[chosen];
        *copy = *packets[i];
        copy->padded = 0;
        if (!selection_choose(numbering->selection, copy, frame, route->as.spatial & 3, route->as.temporal & 7, out->fillers[chosen]))
            continue;
        out->frames[chosen] = route->dependency && copy->payload != out->fillers[chosen] ? frame : NULL;
        out->packets[chosen++] = copy;
    }
    if (numbering->selection->waits)
        turn_waiting(state->turn, track->index);
    return chosen;
}

static void send_selected(struct state *state, struct route *route, struct track *track, struct packet *const *packets, uint32_t count, double now)
{
    struct packet *mine[MAX_TURN];
    struct selected out;
    struct run runs[MAX_TURN];
    memcpy(mine, packets, count * sizeof *mine);
    count = join(state, route, track, mine, count, now);
    if (count)
        count = select_packets(state, route, track, mine, count, &out);
    for (uint32_t start = 0, end; start < count; start = end) {
        uint8_t size = out.frames[start] ? out.frames[start]->size : 0;
        for (end = start + 1; end < count && (out.frames[end] ? out.frames[end]->size : 0) == size; end++)
            ;
        uint32_t run_count = run_plan(out.packets + start, end - start, runs);
        for (uint32_t i = 0; i < run_count; i++) {
            runs[i].frames = size ? out.frames + (runs[i].packets - out.packets) : NULL;
            send_run(state, route, &runs[i], now);
        }
    }
}

/* ── to the recorder: as the publisher sent them, without header extensions; media/recorder/tap.py has the format */

static void copy_to_tap(struct state *state, const struct track *track, const struct packet *packet, double now)
{
    uint8_t head[13 + RTP_FIXED] = {0}, *rtp = head + 13;
    uint32_t stream = htole32((uint32_t)track->tap);
    struct iovec parts[2] = {{head, sizeof head}, {packet->payload, packet->size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    memcpy(head, &stream, sizeof stream);
    memcpy(head + 5, &now, sizeof now);
    write16(rtp, packet->head);
    write16(rtp + 2, (uint16_t)packet->number);
    write32(rtp + 4, packet->timestamp);
    write32(rtp + 8, track->source->ssrc);
    if (sendmsg(state->tap, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        state->counts[PLANE_TAP]++; /* full, or the recorder is being started anew */
}

/* ── to everybody */

/* What subscribers are written to with lies all over memory, one thing behind the other: asked for a few subscribers
   ahead, it is there when it is their turn. */
static void foresee(struct route *const *routes, uint32_t left)
{
    if (left > 4)
        __builtin_prefetch(&routes[4]->peer);
    if (left > 3) {
        __builtin_prefetch(routes[3]->peer);
        __builtin_prefetch(&routes[3]->peer->reachable);
        __builtin_prefetch(routes[3]->numbering);
    }
    if (left > 2)
        __builtin_prefetch(routes[2]->peer->outbound);
    if (left > 1 && routes[1]->peer->reachable)
        crypto_foresee(routes[1]->peer->outbound);
}

void forward(struct state *state, struct track *track, double now)
{
    struct packet *packets[MAX_TURN], *packet = track->fresh;
    struct run runs[MAX_TURN];
    uint32_t count = 0;
    int64_t lowest = INT64_MAX;
    track->active = false;
    for (; packet; packet = packet->next) {
        packets[count++] = packet;
        lowest = packet->number < lowest ? packet->number : lowest;
    }
    track_clear_fresh(track);
    if (!track->source || count == 0)
        return;
    if (track->tap != NOBODY && state->tap >= 0)
        for (uint32_t i = 0; i < count; i++)
            copy_to_tap(state, track, packets[i], now);
    bool layered = track->source->described;
    uint32_t run_count = track->route_count && !layered ? run_plan(packets, count, runs) : 0;
    for (uint32_t i = 0; i < track->route_count; i++) {
        struct route *route = track->routes[i];
        foresee(track->routes + i, track->route_count - i);
        if (!route->peer->reachable)
            continue;
        if (layered) {
            send_selected(state, route, track, packets, count, now);
            continue;
        }
        if (!numbering_follows(route->numbering, track->source) || lowest < route->numbering->floor) {
            send_joined(state, route, track, packets, count, now);
            continue;
        }
        for (uint32_t j = 0; j < run_count; j++)
            send_run(state, route, &runs[j], now);
    }
}

/* ── again, or nothing but padding */

static bool send_repair(struct state *state, struct route *route, uint16_t sequence, double now)
{
    uint8_t *out = port_room(state->port);
    const struct address *to = &route->peer->addresses[route->peer->address_count - 1];
    if (!route->repairs) {
        const struct datagram *again = numbering_remembered(route->numbering, sequence);
        return again && port_send(state->port, to, again->bytes, again->size);
    }
    const struct packet *found = numbering_find(route->numbering, sequence);
    if (!found)
        return false;
    const uint8_t *said;
    uint8_t said_size = cache_said(found, &said), filler[1];
    struct packet again = *found;
    if (route->numbering->selection)
        selection_rewrite(route->numbering->selection, &again, filler);
    size_t size = route_write_repair(route, &again, said, again.payload == filler ? 0 : said_size, out, now);
    return size && port_send(state->port, to, out, size);
}

uint32_t send_repairs(struct state *state, struct route *route, const uint16_t *sequences, uint32_t count, double now)
{
    uint32_t sent = 0;
    if (!route->peer->reachable)
        return 0;
    uint32_t allowed = budget_take(&route->budget, count, now);
    state->counts[PLANE_REPAIRS] += count - allowed;
    for (uint32_t i = 0; i < allowed; i++)
        sent += send_repair(state, route, sequences[i], now);
    state->port->sent += sent;
    return sent;
}

uint32_t send_padding(struct state *state, struct route *route, uint32_t count, uint8_t size, double now)
{
    uint32_t sent = 0;
    if (!route->peer->reachable || !route->numbering->packets)
        return 0;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *out = port_room(state->port);
        size_t written = route_write_padding(route, size, out, now);
        sent += written && port_send(state->port, &route->peer->addresses[route->peer->address_count - 1], out, written);
    }
    state->port->sent += sent;
    return sent;
}
