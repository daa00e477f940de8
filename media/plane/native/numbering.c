#include "numbering.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "rtp.h"

enum { LAST_PICTURE_WITHIN = 8 }; /* packets; those of nothing but padding have no picture */
static const double MAX_CLOCK_STEP_S = 2.0;

struct numbering *numbering_new(uint32_t ssrc, int32_t first)
{
    struct numbering *numbering = claim(sizeof *numbering);
    numbering->ssrc = ssrc;
    numbering->highest = first - 1;
    return numbering;
}

void numbering_free(struct numbering *numbering)
{
    source_release(numbering->source);
    for (int i = 0; numbering->history && i < HISTORY; i++)
        free(numbering->history[i].bytes);
    free(numbering->history);
    free(numbering->selection);
    free(numbering);
}

bool numbering_follows(const struct numbering *numbering, const struct source *source)
{
    return numbering->source == source && numbering->floor >= source->span_start;
}

bool numbering_is_fed_by(const struct numbering *numbering, int32_t track)
{
    return numbering->source && numbering->source->track == track;
}

/* ── from one mapping to the next */

/* The numbers of the picture that went out last. */
static bool find_last_picture(const struct numbering *numbering, struct picture *picture)
{
    int64_t last = numbering->highest - numbering->offset, first = last - LAST_PICTURE_WITHIN;
    for (int64_t number = last; number >= numbering->floor && number >= first; number--) {
        const struct packet *packet = cache_find(numbering->source->cache, number);
        if (!packet || !vp8_picture(packet->payload, packet->size, picture))
            continue;
        if (numbering->renumbers) {
            picture->number += numbering->change.number;
            picture->base += picture->has_base ? numbering->change.base : 0;
        }
        return true;
    }
    return false;
}

/* What the next mapping has to go on from, while the source still knows. */
static void remember_end(struct numbering *numbering)
{
    const struct source *source = numbering->source;
    struct picture picture;
    if (!source || !numbering->packets)
        return;
    numbering->zero = (struct zero){
        .known = source->has_clock,
        .publisher = source->publisher,
        .clock_rate = source->clock_rate,
        .ticks = source->clock + numbering->ticks - numbering->shift,
    };
    if (source->numbers_pictures && find_last_picture(numbering, &picture)) {
        numbering->picture = picture;
        numbering->has_picture = true;
    }
}

static void feed(struct numbering *numbering, struct source *source)
{
    source_hold(source);
    source_release(numbering->source);
    numbering->source = source;
}

void numbering_interrupt(struct numbering *numbering)
{
    remember_end(numbering);
    feed(numbering, NULL);
}

/* Outgoing ticks of the mapping's first packet: by the publisher's clock where both tracks told it, else as much later
   than the last as it arrived; always later. */
static uint32_t first_timestamp(struct numbering *numbering, const struct source *source, uint32_t timestamp, double now)
{
    const struct zero *zero = &numbering->zero;
    int64_t elapsed = (int64_t)((now - numbering->last_time) * source->clock_rate);
    if (elapsed < 1)
        elapsed = 1;
    numbering->shift = 0;
    if (!source->has_clock || !zero->known || zero->publisher != source->publisher || zero->clock_rate != source->clock_rate)
        return numbering->last_timestamp + (uint32_t)elapsed;
    int64_t since = signed_ticks(zero->ticks + timestamp - source->clock - numbering->last_timestamp);
    int64_t step = since > elapsed ? since - elapsed : elapsed - since;
    if ((double)step > MAX_CLOCK_STEP_S * source->clock_rate)
        return numbering->last_timestamp + (uint32_t)elapsed;
    numbering->shift = since < 1 ? (uint32_t)(1 - since) : 0;
    return numbering->last_timestamp + (uint32_t)since + numbering->shift;
}

/* Finds what to add to picture numbers so that those of `packet` are one above the last. */
static void continue_pictures(struct numbering *numbering, const struct source *source, const struct packet *packet)
{
    const struct picture *last = &numbering->picture;
    struct picture first;
    numbering->renumbers = false;
    if (!source->numbers_pictures || !numbering->has_picture || !vp8_picture(packet->payload, packet->size, &first))
        return;
    numbering->change.number = last->number + 1 - first.number;
    numbering->change.base = first.has_base && last->has_base ? last->base + 1 - first.base : 0;
    numbering->renumbers = numbering->change.number || numbering->change.base;
}

void numbering_begin(struct numbering *numbering, struct source *source, const struct packet *packet, double now)
{
    remember_end(numbering);
    if (numbering->packets)
        numbering->ticks = first_timestamp(numbering, source, packet->timestamp, now) - packet->timestamp;
    continue_pictures(numbering, source, packet);
    free(numbering->selection);
    numbering->selection = NULL;
    feed(numbering, source);
    numbering->floor = packet->number;
    numbering->offset = numbering->highest + 1 - packet->number;
}

void numbering_sent(struct numbering *numbering, const struct packet *newest, uint32_t count, uint64_t octets, double now)
{
    numbering->packets += count;
    numbering->octets += octets;
    if (newest->number + numbering->offset > numbering->highest) {
        numbering->highest = newest->number + numbering->offset;
        numbering->last_timestamp = newest->timestamp + numbering->ticks;
        numbering->last_time = now;
    }
}

/* ── what went out */

const struct packet *numbering_find(const struct numbering *numbering, uint16_t sequence)
{
    int64_t outgoing = extend(sequence, numbering->highest), number = outgoing - numbering->offset;
    if (!numbering->source || number < numbering->floor || outgoing > numbering->highest)
        return NULL;
    if (numbering->selection && (number = selection_find(numbering->selection, number)) < 0)
        return NULL;
    return cache_find(numbering->source->cache, number);
}

void numbering_remember(struct numbering *numbering, const uint8_t *datagram, size_t size)
{
    struct datagram *kept = &numbering->history[datagram[3] % HISTORY];
    if (kept->room < size) {
        kept->bytes = enlarge(kept->bytes, size);
        kept->room = (uint16_t)size;
    }
    memcpy(kept->bytes, datagram, size);
    kept->size = (uint16_t)size;
}

const struct datagram *numbering_remembered(struct numbering *numbering, uint16_t sequence)
{
    if (!numbering->history)
        numbering->history = claim(HISTORY * sizeof *numbering->history);
    const struct datagram *kept = &numbering->history[sequence % HISTORY];
    return kept->size && read16(kept->bytes + 2) == sequence ? kept : NULL;
}
