#include "state.h"

#include <stdlib.h>

#include "memory.h"

struct state *state_new(int socket, int tap)
{
    struct state *state = claim(sizeof *state);
    state->port = port_new(socket);
    state->tap = tap;
    state->turn = turn_new();
    return state;
}

void state_free(struct state *state)
{
    for (int32_t i = 0; i < state->peers.size; i++)
        remove_peer(state, i);
    for (int32_t i = 0; i < state->tracks.size; i++)
        if (state->tracks.things[i])
            track_free(state->tracks.things[i]);
    for (uint32_t i = 0; i < state->losing_count; i++)
        source_release(state->losing[i]);
    addresses_free(&state->addresses);
    free(state->peers.things);
    free(state->tracks.things);
    free(state->routes.things);
    free(state->losing);
    free(state->port);
    free(state->turn);
    free(state);
}

void tell_missing(struct state *state, double now)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < state->losing_count; i++) {
        struct source *source = state->losing[i];
        turn_gap(state->turn, source->track, source->ssrc, &source->loss, now);
        if (source->loss.count) {
            state->losing[kept++] = source;
        } else {
            source->losing = false;
            source_release(source);
        }
    }
    state->losing_count = kept;
}

void take_datagrams(struct state *state, int kept, int count, double now)
{
    struct port *port = state->port;
    for (int i = kept; i < kept + count; i++) {
        struct address from;
        address_take(&from, &port->senders[i]);
        take_in(state, port->incoming[i], port->arrivals[i].msg_len, &from, &state->packets[i], now);
    }
}

bool forward_all(struct state *state, bool patient, double now)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < state->active_count; i++) {
        struct track *track = state->active[i];
        if (patient && track_expects_more(track))
            state->active[left++] = track;
        else
            forward(state, track, now);
    }
    state->active_count = left;
    port_flush(state->port);
    return left > 0;
}
