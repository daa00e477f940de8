#include "descriptor.h"

#include <string.h>

#include "memory.h"

enum { MANDATORY_SIZE = 3, LAST_LAYER = 3 };

/* Bits of a few bytes, the highest first; once some were not there, `cut` stays and all that is read is 0. */
struct bits {
    const uint8_t *bytes;
    size_t at, end; /* in bits */
    bool cut;
};

static bool skip(struct bits *bits, size_t count)
{
    if (bits->cut || count > bits->end - bits->at) {
        bits->cut = true;
        return false;
    }
    bits->at += count;
    return true;
}

/* The next `count` bits, 32 at most. */
static uint32_t take(struct bits *bits, size_t count)
{
    uint32_t value = 0;
    size_t at = bits->at;
    if (!skip(bits, count))
        return 0;
    for (; at < bits->at; at++)
        value = value << 1 | (bits->bytes[at / 8] >> (7 - at % 8) & 1);
    return value;
}

/* A number below `limit` in as few bits as it needs: ns(n) of A.8.1. */
static uint32_t take_below(struct bits *bits, uint32_t limit)
{
    uint32_t width = 0;
    while (limit >> width)
        width++;
    uint32_t few = (1u << width) - limit, value = take(bits, width - 1);
    return value < few ? value : (value << 1) - few + take(bits, 1);
}

static uint64_t take_indications(struct bits *bits, uint8_t count)
{
    uint64_t indications = 0;
    for (uint8_t i = 0; i < count; i++)
        indications |= (uint64_t)take(bits, 2) << 2 * i;
    return indications;
}

/* References, each announced by `announced` bits that tell how many times four bits it has; false for too many. */
static bool take_references(struct bits *bits, size_t announced, struct kind *kind)
{
    kind->reference_count = 0;
    for (uint32_t size = take(bits, announced); size; size = take(bits, announced)) {
        if (kind->reference_count == MAX_REFERENCES)
            return false;
        kind->references[kind->reference_count++] = (uint16_t)(take(bits, 4 * size) + 1);
    }
    return true;
}

/* ── the structure (A.8.3) */

static bool take_layers(struct bits *bits, struct structure *structure)
{
    uint8_t spatial = 0, temporal = 0, count = 1;
    structure->templates[0] = (struct kind){0};
    for (uint32_t step = take(bits, 2); step != LAST_LAYER; step = take(bits, 2)) {
        if (step == 1)
            temporal++;
        if (step == 2)
            spatial++, temporal = 0;
        if (bits->cut || spatial >= SPATIAL_LAYERS || temporal >= TEMPORAL_LAYERS || count == MAX_TEMPLATES)
            return false;
        structure->templates[count++] = (struct kind){.spatial = spatial, .temporal = temporal};
    }
    structure->template_count = count;
    return true;
}

static void find_reach(struct structure *structure, uint8_t target)
{
    uint8_t spatial = 0, temporal = 0;
    for (uint8_t i = 0; i < structure->template_count; i++) {
        const struct kind *kind = &structure->templates[i];
        if (indication_of(kind, target) == NOT_PRESENT)
            continue;
        spatial = kind->spatial > spatial ? kind->spatial : spatial;
        temporal = kind->temporal > temporal ? kind->temporal : temporal;
    }
    structure->spatial[target] = spatial;
    structure->temporal[target] = temporal;
}

static bool take_structure(struct bits *bits, struct structure *structure)
{
    structure->offset = (uint8_t)take(bits, 6);
    uint8_t targets = structure->target_count = (uint8_t)(take(bits, 5) + 1);
    if (!take_layers(bits, structure))
        return false;
    uint8_t count = structure->template_count;
    if (count * targets > MAX_INDICATIONS)
        return false;
    for (uint8_t i = 0; i < count; i++)
        structure->templates[i].indications = take_indications(bits, targets);
    for (uint8_t i = 0; i < count; i++)
        if (!take_references(bits, 1, &structure->templates[i]))
            return false;
    structure->chains = (uint8_t)take_below(bits, targets + 1u);
    for (uint8_t i = 0; structure->chains && i < targets; i++)
        take_below(bits, structure->chains); /* by which chain each target is protected */
    skip(bits, 4u * structure->chains * count);
    if (take(bits, 1)) /* how large the picture of each spatial layer is */
        skip(bits, 32u * (structure->templates[count - 1].spatial + 1u));
    for (uint8_t i = 0; i < targets; i++)
        find_reach(structure, i);
    return !bits->cut;
}

/* ── decode targets */

/* Whether target `one` reaches farther than `other`. */
static bool is_above(const struct structure *structure, uint8_t one, uint8_t other)
{
    if (structure->spatial[one] != structure->spatial[other])
        return structure->spatial[one] > structure->spatial[other];
    return structure->temporal[one] > structure->temporal[other];
}

/* The farthest without a layer above these; the least of all where each has such a layer. */
static uint8_t best(const struct structure *structure, uint8_t spatial, uint8_t temporal, uint32_t active)
{
    int found = -1, least = -1;
    uint32_t all = structure->target_count == MAX_TARGETS ? UINT32_MAX : (1u << structure->target_count) - 1;
    if (!(active & all))
        active = all;
    for (uint8_t i = 0; i < structure->target_count; i++) {
        if (!(active >> i & 1))
            continue;
        if (least < 0 || is_above(structure, (uint8_t)least, i))
            least = i;
        if (structure->spatial[i] > spatial || structure->temporal[i] > temporal)
            continue;
        if (found < 0 || is_above(structure, i, (uint8_t)found))
            found = i;
    }
    return (uint8_t)(found < 0 ? least : found);
}

static void find_best(const struct structure *structure, uint32_t active, struct reaches *reaches)
{
    for (uint8_t i = 0; i < SPATIAL_LAYERS; i++)
        for (uint8_t j = 0; j < TEMPORAL_LAYERS; j++) {
            reaches->target[i][j] = best(structure, i, j, active);
            reaches->spatial[i][j] = structure->spatial[reaches->target[i][j]];
        }
}

/* ── one packet's */

struct frames *frames_new(void)
{
    struct frames *frames = claim(sizeof *frames);
    frames->changed_at = -1;
    return frames;
}

/* Makes `counts` have `wanted` places, the new ones with the most of those before. */
static uint8_t widen(uint64_t *counts, uint8_t count, uint8_t wanted)
{
    uint64_t most = 0;
    for (uint8_t i = 0; i < count; i++)
        most = counts[i] > most ? counts[i] : most;
    for (; count < wanted; count++)
        counts[count] = most;
    return count;
}

/* Those of the structure that holds from now on. */
static void find_layers(struct frames *frames)
{
    const struct structure *structure = &frames->structure;
    uint8_t sizes = 1, rates = 1;
    for (uint8_t i = 0; i < structure->target_count; i++) {
        sizes = structure->spatial[i] + 1 > sizes ? (uint8_t)(structure->spatial[i] + 1) : sizes;
        if (structure->spatial[i] == 0)
            rates = structure->temporal[i] + 1 > rates ? (uint8_t)(structure->temporal[i] + 1) : rates;
    }
    frames->layer_count = widen(frames->octets, frames->layer_count, sizes);
    frames->pace_count = widen(frames->paces, frames->pace_count, rates);
}

static void count_octets(struct frames *frames, const struct frame *frame, size_t octets)
{
    if (frame->generation != frames->generation)
        return;
    for (uint8_t i = 0; i < frames->layer_count; i++)
        if (indication_of(&frame->kind, frames->best.target[i][TEMPORAL_LAYERS - 1]) != NOT_PRESENT)
            frames->octets[i] += octets;
    for (uint8_t i = 0; i < frames->pace_count; i++)
        if (indication_of(&frame->kind, frames->best.target[0][i]) != NOT_PRESENT)
            frames->paces[i] += octets;
}

bool frames_read(struct frames *frames, const uint8_t *said, size_t size, int64_t number, size_t octets, struct frame *frame)
{
    struct bits bits = {said, 0, 8 * size, false};
    struct structure attached;
    uint32_t active = UINT32_MAX;
    *frame = (struct frame){0};
    if (size < MANDATORY_SIZE || size > UINT8_MAX)
        return false;
    frame->first = take(&bits, 1);
    frame->last = take(&bits, 1);
    uint8_t template = (uint8_t)take(&bits, 6);
    frame->number = (uint16_t)take(&bits, 16);
    uint32_t flags = size > MANDATORY_SIZE ? take(&bits, 5) : 0;
    bool has_structure = flags & 16, has_active = flags & 8;
    if (has_structure && !take_structure(&bits, &attached))
        return false;
    const struct structure *structure = has_structure ? &attached : frames->has_structure ? &frames->structure : NULL;
    uint8_t place = structure ? (template - structure->offset) & (MAX_TEMPLATES - 1) : 0;
    if (!structure || place >= structure->template_count) {
        frame->said = said;
        frame->size = (uint8_t)size;
        return !has_structure;
    }
    if (has_active)
        active = take(&bits, structure->target_count);
    frame->kind = structure->templates[place];
    if (flags & 4)
        frame->kind.indications = take_indications(&bits, structure->target_count);
    if (flags & 2 && !take_references(&bits, 2, &frame->kind))
        return false;
    if (flags & 1)
        skip(&bits, 8u * structure->chains);
    if (bits.cut)
        return false;
    frame->said = said;
    frame->size = (uint8_t)size;
    frame->known = true;
    frame->target_count = structure->target_count;
    frame->generation = has_structure ? ++frames->generations : frames->generation;
    if (has_structure || has_active)
        find_best(structure, active, &frame->best);
    else
        frame->best = frames->best;
    if ((has_structure || has_active) && number > frames->changed_at) {
        if (has_structure)
            frames->structure = attached;
        frames->has_structure = true;
        frames->generation = frame->generation;
        frames->best = frame->best;
        frames->changed_at = number;
        find_layers(frames);
    }
    count_octets(frames, frame, octets);
    return true;
}
