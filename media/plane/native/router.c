/* From whom to whom; media/plane/router.py is its twin and says what a route may do. */
#include <stdlib.h>
#include <string.h>

#include "latch.h"
#include "memory.h"
#include "state.h"

void *table_get(const struct table *table, int32_t index)
{
    return index >= 0 && index < table->size ? table->things[index] : NULL;
}

bool table_set(struct table *table, int32_t index, void *thing)
{
    if (index < 0 || index >= MAX_INDEX)
        return false;
    if (index >= table->size) {
        int32_t size = table->size ? table->size : 16;
        while (size <= index)
            size *= 2;
        table->things = enlarge(table->things, (size_t)size * sizeof *table->things);
        memset(table->things + table->size, 0, (size_t)(size - table->size) * sizeof *table->things);
        table->size = size;
    }
    table->things[index] = thing;
    return true;
}

struct peer *peer_at(struct state *state, int32_t index)
{
    struct peer *peer = table_get(&state->peers, index);
    if (!peer && index >= 0 && index < MAX_INDEX) {
        peer = peer_new(index);
        table_set(&state->peers, index, peer);
    }
    return peer;
}

static struct track *track_at(struct state *state, int32_t index)
{
    struct track *track = table_get(&state->tracks, index);
    if (!track && index >= 0 && index < MAX_INDEX) {
        track = track_new(index);
        table_set(&state->tracks, index, track);
    }
    return track;
}

static void discard_unused(struct state *state, struct track *track)
{
    if (!track_is_unused(track))
        return;
    table_set(&state->tracks, track->index, NULL);
    track_free(track);
}

void bind_peer(struct state *state, struct peer *peer, const struct address *address)
{
    struct address given_up;
    struct peer *previous = addresses_find(&state->addresses, address);
    if (previous && previous != peer)
        peer_leave(previous, address);
    addresses_set(&state->addresses, address, peer);
    if (peer_move(peer, address, &given_up))
        addresses_remove(&state->addresses, &given_up);
}

/* ── losses */

void note_losing(struct state *state, struct source *source)
{
    if (source->losing || source->loss.count == 0)
        return;
    if (state->losing_count == state->losing_room) {
        state->losing_room = state->losing_room ? state->losing_room * 2 : 16;
        state->losing = enlarge(state->losing, state->losing_room * sizeof *state->losing);
    }
    state->losing[state->losing_count++] = source_hold(source);
    source->losing = true;
}

static void forget_losing(struct state *state, struct source *source)
{
    uint32_t kept = 0;
    if (!source || !source->losing)
        return;
    for (uint32_t i = 0; i < state->losing_count; i++)
        if (state->losing[i] != source)
            state->losing[kept++] = state->losing[i];
    state->losing_count = kept;
    source->losing = false;
    source_release(source);
}

/* ── publishing */

static void unpublish(struct state *state, struct track *track)
{
    forget_losing(state, track->source);
    track_unpublish(track);
}

static bool is_published(const plane_section *sections, uint32_t count, int32_t track)
{
    for (uint32_t i = 0; i < count; i++)
        if (sections[i].track == track)
            return true;
    return false;
}

static void publish(struct state *state, struct peer *peer, const plane_section *section)
{
    struct track *track = track_at(state, section->track);
    if (!track)
        return;
    if (track->publisher != NOBODY && track->publisher != peer->index) {
        peer_disown(peer_at(state, track->publisher), track->index);
        track_unpublish(track);
    }
    track_publish(track, peer->index, section);
}

void set_ingress(struct state *state, struct peer *peer, const plane_section *sections, uint32_t count, const plane_extensions *ids)
{
    latch_free(peer->sections, peer->section_count);
    peer->sections = latch_copy(sections, count);
    peer->section_count = count;
    peer->ids = *ids;
    for (int32_t i = 0; i < state->tracks.size; i++) {
        struct track *track = table_get(&state->tracks, i);
        if (!track || track->publisher != peer->index || is_published(sections, count, i))
            continue;
        peer_disown(peer, i);
        unpublish(state, track);
        discard_unused(state, track);
    }
    for (uint32_t i = 0; i < count; i++)
        publish(state, peer, &sections[i]);
}

void set_tap(struct state *state, int32_t index, int64_t stream)
{
    struct track *track = track_at(state, index);
    if (!track)
        return;
    track->tap = stream;
    discard_unused(state, track);
}

/* ── routes */

struct route *route_at(struct state *state, int32_t index)
{
    struct route *first = table_get(&state->routes, index);
    for (struct route *route = first; route; route = route->other)
        if (route->as.begins)
            return route;
    return first;
}

static struct route *listing(const struct state *state, int32_t index, int32_t track)
{
    struct route *route = table_get(&state->routes, index);
    while (route && route->track != track)
        route = route->other;
    return route;
}

static void list(struct state *state, struct track *track, struct route *route)
{
    struct route *last = table_get(&state->routes, route->as.route);
    while (last && last->other)
        last = last->other;
    if (last)
        last->other = route;
    else
        table_set(&state->routes, route->as.route, route);
    track_list(track, route);
}

/* What was fed by the track goes on, if ever, with a mapping of its own, unless `heir` takes its place here. */
static void unlist(struct state *state, struct track *track, struct route *route, const struct route *heir)
{
    struct route *first = table_get(&state->routes, route->as.route);
    if (first == route)
        table_set(&state->routes, route->as.route, route->other);
    for (; first; first = first->other)
        if (first->other == route)
            first->other = route->other;
    track_unlist(track, route);
    if (!(heir && heir->numbering == route->numbering) && numbering_is_fed_by(route->numbering, track->index))
        numbering_interrupt(route->numbering);
    free(route);
}

/* Wherever else the route may begin: it is on one such track at a time. */
static void take_off_others(struct state *state, int32_t index, int32_t track)
{
    struct route *route = table_get(&state->routes, index), *other;
    for (; route; route = other) {
        other = route->other;
        if (route->track == track || !route->as.begins)
            continue;
        struct track *left = table_get(&state->tracks, route->track);
        unlist(state, left, route, NULL);
        discard_unused(state, left);
    }
}

void set_route(struct state *state, int32_t index, const plane_route *as)
{
    if (as->route < 0 || as->route >= MAX_INDEX || as->peer < 0 || as->peer >= MAX_INDEX)
        return;
    struct track *track = track_at(state, index);
    if (!track)
        return;
    if (as->begins)
        take_off_others(state, as->route, index);
    struct route *known = listing(state, as->route, index);
    if (known && route_is(known, as))
        return;
    struct route *route = route_new(as, index, peer_at(state, as->peer));
    if (known)
        unlist(state, track, known, route);
    list(state, track, route);
}

void end_route(struct state *state, int32_t index, int32_t track)
{
    struct route *route = listing(state, index, track);
    if (!route)
        return;
    struct track *left = table_get(&state->tracks, track);
    unlist(state, left, route, NULL);
    discard_unused(state, left);
}

void remove_peer(struct state *state, int32_t index)
{
    struct peer *peer = table_get(&state->peers, index);
    if (!peer)
        return;
    table_set(&state->peers, index, NULL);
    for (int32_t i = 0; i < state->tracks.size; i++) {
        struct track *track = table_get(&state->tracks, i);
        if (!track)
            continue;
        for (uint32_t j = track->route_count; j > 0; j--)
            if (track->routes[j - 1]->peer == peer)
                unlist(state, track, track->routes[j - 1], NULL);
        if (track->publisher == index)
            unpublish(state, track);
        discard_unused(state, track);
    }
    for (int i = 0; i < peer->address_count; i++)
        addresses_remove(&state->addresses, &peer->addresses[i]);
    peer_free(peer);
}
