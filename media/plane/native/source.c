#include "source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "rtp.h"

struct source *source_new(int32_t track, int32_t publisher, uint32_t ssrc, uint32_t clock_rate, bool numbers_pictures)
{
    struct source *source = claim(sizeof *source);
    source->holders = 1;
    source->track = track;
    source->publisher = publisher;
    source->ssrc = ssrc;
    source->clock_rate = clock_rate;
    source->numbers_pictures = numbers_pictures;
    source->highest = -1;
    source->cache = cache_new();
    return source;
}

struct source *source_hold(struct source *source)
{
    if (source)
        source->holders++;
    return source;
}

void source_release(struct source *source)
{
    if (!source || --source->holders > 0)
        return;
    cache_free(source->cache);
    free(source->described);
    free(source);
}

static void forget_losses(struct source *source) { source->loss.count = 0, source->loss.earliest = 0; }

void source_begin(struct source *source, uint16_t sequence, double now)
{
    int64_t number = sequence;
    if (source->packets) {
        number = extend(sequence, source->highest);
        source->skipped += number - 1 - source->highest;
        cache_free(source->cache);
        source->cache = cache_new();
    } else {
        source->first = number;
    }
    forget_losses(source);
    source->highest = number - 1;
    source->span_start = number;
    source->last_time = now;
}

static void skip(struct source *source, int64_t number, double now)
{
    if (number - source->highest > MAX_JUMP) {
        source->skipped += number - 1 - source->highest;
        source->span_start = number;
        source->has_clock = false;
        forget_losses(source);
    } else {
        loss_note(&source->loss, source->highest + 1, number, now);
    }
    source->highest = number;
}

/* RFC 3550 appendix A.8, once per frame: the packets of one frame share a timestamp, not a sending time. */
static void note_jitter(struct source *source, uint32_t timestamp, double now)
{
    double ticks = (double)signed_ticks(timestamp - source->last_timestamp), rate = source->clock_rate;
    double difference = fabs((now - source->last_time) * rate - ticks);
    if (source->packets > 1 && difference < rate * 10)
        source->jitter += (difference - source->jitter) / 16;
    source->last_timestamp = timestamp;
}

bool source_accept(struct source *source, uint16_t sequence, uint32_t timestamp, uint64_t octets, double now, int64_t *told)
{
    int64_t number = *told = extend(sequence, source->highest);
    if (number == source->highest + 1)
        source->highest = number;
    else if (number > source->highest)
        skip(source, number, now);
    else if (number < source->span_start || cache_find(source->cache, number))
        return false;
    else
        loss_found(&source->loss, number);
    source->packets++;
    source->octets += octets;
    if (timestamp != source->last_timestamp)
        note_jitter(source, timestamp, now);
    source->last_time = now;
    return true;
}

bool source_accept_repair(struct source *source, uint16_t sequence, double now, int64_t *told)
{
    int64_t number = *told = extend(sequence, source->highest);
    if (number > source->highest) {
        if (number > source->highest + REPAIR_LEAD)
            return false;
        skip(source, number, now);
    } else if (number <= source->highest - CACHE_SLOTS || number < source->span_start ||
               cache_find(source->cache, number)) {
        return false;
    }
    loss_found(&source->loss, number);
    return true;
}

void source_tell(const struct source *source, plane_reception *out)
{
    *out = (plane_reception){
        .track = source->track,
        .ssrc = source->ssrc,
        .packets = source->packets,
        .octets = source->octets,
        .frames = source->frames,
        .highest_sequence = source->highest,
        .lost = source->highest + 1 - source->first - source->skipped - (int64_t)source->packets,
        .jitter = source->jitter,
        .last_packet = source->last_time,
        .layer_count = source->described ? source->described->layer_count : 0,
        .pace_count = source->described ? source->described->pace_count : 0,
    };
    if (!source->described)
        return;
    memcpy(out->layers, source->described->octets, sizeof out->layers);
    memcpy(out->paces, source->described->paces, sizeof out->paces);
}
