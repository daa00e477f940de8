#include "turn.h"

#include <math.h>
#include <string.h>

#include "memory.h"

struct turn *turn_new(void)
{
    struct turn *turn = claim(sizeof *turn);
    turn->press_by = INFINITY;
    turn->told = (plane_turn){
        .bytes = turn->bytes,
        .datagrams = turn->datagrams,
        .reports = turn->reports,
        .gaps = turn->gaps,
        .numbers = turn->numbers,
        .arrival_peers = turn->arrival_peers,
        .arrival_sequences = turn->arrival_sequences,
        .arrival_times = turn->arrival_times,
        .started = turn->started,
        .begun = turn->begun,
        .waiting = turn->waiting,
    };
    return turn;
}

void turn_clear(struct turn *turn)
{
    plane_turn *told = &turn->told;
    told->byte_count = told->datagram_count = told->report_count = told->gap_count = told->number_count = 0;
    told->arrival_count = told->started_count = told->begun_count = told->waiting_count = 0;
    told->more = 0;
    turn->press_by = INFINITY;
}

bool turn_is_pressing(const struct turn *turn, double now)
{
    const plane_turn *told = &turn->told;
    return now >= turn->press_by || told->gap_count || told->started_count || told->begun_count || told->waiting_count ||
           told->arrival_count > MAX_ARRIVALS / 2;
}

static void press(struct turn *turn, double by)
{
    if (by < turn->press_by)
        turn->press_by = by;
}

static bool keep(struct turn *turn, const uint8_t *bytes, size_t size, uint32_t *at)
{
    if (size > MAX_BYTES - turn->told.byte_count)
        return false;
    *at = turn->told.byte_count;
    memcpy(turn->bytes + *at, bytes, size);
    turn->told.byte_count += (uint32_t)size;
    return true;
}

bool turn_datagram(struct turn *turn, const struct address *sender, const uint8_t *bytes, size_t size, double by)
{
    uint32_t at, count = turn->told.datagram_count;
    if (count == MAX_DATAGRAMS || !keep(turn, bytes, size, &at))
        return false;
    turn->senders[count] = *sender;
    turn->datagrams[count].at = at;
    turn->datagrams[count].size = (uint32_t)size;
    turn->told.datagram_count++;
    press(turn, by);
    return true;
}

bool turn_report(struct turn *turn, int32_t peer, const uint8_t *bytes, size_t size, double time, double by)
{
    uint32_t at;
    if (turn->told.report_count == MAX_REPORTS || !keep(turn, bytes, size, &at))
        return false;
    turn->reports[turn->told.report_count++] = (plane_report){peer, at, (uint32_t)size, time};
    press(turn, by);
    return true;
}

bool turn_arrival(struct turn *turn, int32_t peer, uint16_t sequence, double time)
{
    uint32_t count = turn->told.arrival_count;
    if (count == MAX_ARRIVALS)
        return false;
    turn->arrival_peers[count] = peer;
    turn->arrival_sequences[count] = sequence;
    turn->arrival_times[count] = time;
    turn->told.arrival_count++;
    return true;
}

static bool note_pair(int32_t pairs[][2], uint32_t *count, uint32_t room, int32_t one, int32_t other)
{
    if (*count == room)
        return false;
    pairs[*count][0] = one;
    pairs[(*count)++][1] = other;
    return true;
}

bool turn_started(struct turn *turn, int32_t track, uint8_t payload_type)
{
    return note_pair(turn->started, &turn->told.started_count, MAX_STARTED, track, payload_type);
}

bool turn_begun(struct turn *turn, int32_t route, int32_t track)
{
    return note_pair(turn->begun, &turn->told.begun_count, MAX_BEGUN, route, track);
}

bool turn_waiting(struct turn *turn, int32_t track)
{
    for (uint32_t i = 0; i < turn->told.waiting_count; i++)
        if (turn->waiting[i] == track)
            return true;
    if (turn->told.waiting_count == MAX_WAITING)
        return false;
    turn->waiting[turn->told.waiting_count++] = track;
    return true;
}

bool turn_gap(struct turn *turn, int32_t track, uint32_t ssrc, struct loss *loss, double now)
{
    plane_turn *told = &turn->told;
    if (told->gap_count == MAX_GAPS || told->number_count > MAX_NUMBERS - MAX_MISSING)
        return false; /* it is still missing when somebody has asked */
    uint32_t count = loss_due(loss, now, turn->numbers + told->number_count);
    if (count)
        turn->gaps[told->gap_count++] = (plane_gap){track, ssrc, told->number_count, count};
    told->number_count += count;
    return true;
}

void turn_finish(struct turn *turn)
{
    for (uint32_t i = 0; i < turn->told.datagram_count; i++)
        turn->datagrams[i].port = address_write(&turn->senders[i], turn->datagrams[i].host);
}
