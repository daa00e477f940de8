#include "selection.h"

#include <string.h>

#include "memory.h"
#include "rtp.h"

/* What became of a packet; ENDS: it ends the target's picture. */
enum fate { LOST, LEFT_OUT, SENT, ENDS, PADDING, STATES = 8 };

struct selection *selection_new(int64_t first)
{
    struct selection *selection = claim(sizeof *selection);
    selection->newest = first - 1;
    for (int i = 0; i < FRAMES_KEPT; i++)
        selection->sent[i] = -1;
    return selection;
}

static uint64_t *fate_at(struct selection *selection, int64_t number)
{
    return &selection->fates[number & (CACHE_SLOTS - 1)];
}

static uint64_t known_fate(const struct selection *selection, int64_t number)
{
    return selection->fates[number & (CACHE_SLOTS - 1)];
}

static bool has_sent(const struct selection *selection, uint16_t frame)
{
    return selection->sent[frame % FRAMES_KEPT] == frame;
}

static bool has_references(const struct selection *selection, const struct frame *frame)
{
    for (uint8_t i = 0; i < frame->kind.reference_count; i++)
        if (!has_sent(selection, (uint16_t)(frame->number - frame->kind.references[i])))
            return false;
    return true;
}

/* Goes to what is wanted where the frame allows it. */
static void move(struct selection *selection, const struct frame *frame, uint8_t spatial, uint8_t temporal)
{
    uint8_t best = frame->best.target[spatial][temporal];
    if (frame->generation != selection->generation) {
        selection->generation = frame->generation;
    } else if (!frame->first) {
        return;
    } else if (best == selection->target || indication_of(&frame->kind, best) != SWITCH) {
        selection->waits = selection->waits && best != selection->target;
        return;
    } else if (!has_references(selection, frame)) {
        selection->waits = true;
        return;
    }
    selection->target = best;
    selection->reach = frame->best.spatial[spatial][temporal];
    selection->waits = false;
}

/* What is to become of a packet; of what nobody can tell the frame, everybody gets. */
static enum fate fate_of(struct selection *selection, const struct frame *frame)
{
    if (!frame || !frame->known)
        return SENT;
    bool present = selection->target < frame->target_count && indication_of(&frame->kind, selection->target) != NOT_PRESENT;
    if (!present && !has_sent(selection, frame->number))
        return LEFT_OUT;
    selection->sent[frame->number % FRAMES_KEPT] = frame->number;
    return frame->last && frame->kind.spatial == selection->reach ? ENDS : SENT;
}

void selection_rewrite(const struct selection *selection, struct packet *packet, uint8_t *filler)
{
    uint64_t fate = known_fate(selection, packet->number);
    packet->number -= (int64_t)(fate / STATES);
    if (fate % STATES == ENDS)
        packet->head |= RTP_MARKER;
    if (fate % STATES != PADDING)
        return;
    packet->head = (uint16_t)((RTP_VERSION | RTP_PADDING) << 8 | (packet->head & 0x7F));
    packet->payload = filler;
    packet->payload[0] = packet->size = 1;
}

/* A packet that was lost comes after all. */
static bool fill(struct selection *selection, int64_t number, const struct frame *frame)
{
    if (number <= selection->newest - CACHE_SLOTS)
        return false;
    uint64_t *fate = fate_at(selection, number);
    if (*fate % STATES != LOST)
        return false;
    enum fate becomes = fate_of(selection, frame);
    *fate += becomes == LEFT_OUT ? PADDING : becomes;
    return true;
}

static bool add(struct selection *selection, int64_t number, const struct frame *frame, uint8_t spatial, uint8_t temporal)
{
    int64_t lost = selection->newest + 1, least = number - CACHE_SLOTS + 1;
    for (lost = lost > least ? lost : least; lost < number; lost++)
        *fate_at(selection, lost) = selection->left_out * STATES + LOST;
    selection->newest = number;
    if (frame && frame->known)
        move(selection, frame, spatial, temporal);
    enum fate fate = fate_of(selection, frame);
    *fate_at(selection, number) = selection->left_out * STATES + fate;
    selection->left_out += fate == LEFT_OUT;
    return fate != LEFT_OUT;
}

bool selection_choose(struct selection *selection, struct packet *packet, const struct frame *frame, uint8_t spatial, uint8_t temporal, uint8_t *filler)
{
    bool goes = packet->number > selection->newest ? add(selection, packet->number, frame, spatial, temporal)
                                                   : fill(selection, packet->number, frame);
    if (goes)
        selection_rewrite(selection, packet, filler);
    return goes;
}

int64_t selection_find(const struct selection *selection, int64_t number)
{
    int64_t oldest = selection->newest - CACHE_SLOTS + 1;
    for (int64_t found = selection->newest; found >= number && found >= oldest; found--) {
        uint64_t fate = known_fate(selection, found);
        if (found - (int64_t)(fate / STATES) == number && fate % STATES != LEFT_OUT)
            return fate % STATES == LOST ? -1 : found;
    }
    return -1;
}
