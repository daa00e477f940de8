#include "track.h"

#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "memory.h"
#include "rtp.h"

struct track *track_new(int32_t index)
{
    struct track *track = claim(sizeof *track);
    track->index = index;
    track->publisher = NOBODY;
    track->tap = NOBODY;
    track->level = SILENT;
    track_clear_fresh(track);
    return track;
}

void track_free(struct track *track)
{
    source_release(track->source);
    free(track->codecs);
    free(track->routes);
    free(track);
}

static void make_formats(struct track *track)
{
    memset(track->formats, 0, sizeof track->formats);
    for (uint32_t i = 0; i < track->codec_count; i++) {
        const plane_codec *codec = &track->codecs[i];
        bool layered = codec->kind == PLANE_VP9 || codec->kind == PLANE_AV1;
        struct format media = {true, false, codec->kind, layered, codec->payload_type & 0x7F, codec->clock_rate};
        track->formats[media.media_type] = media;
        media.repairs = true;
        if (codec->rtx_payload_type >= 0)
            track->formats[codec->rtx_payload_type & 0x7F] = media;
    }
}

void track_publish(struct track *track, int32_t publisher, const plane_section *section)
{
    size_t size = section->codec_count * sizeof *section->codecs;
    bool same = track->publisher != NOBODY && track->codec_count == section->codec_count &&
                (size == 0 || memcmp(track->codecs, section->codecs, size) == 0);
    track->publisher = publisher;
    track->video = section->video;
    if (same)
        return;
    free(track->codecs);
    track->codecs = NULL;
    if (size)
        track->codecs = memcpy(claim(size), section->codecs, size);
    track->codec_count = section->codec_count;
    track->started = false;
    make_formats(track);
}

void track_unpublish(struct track *track)
{
    track->publisher = NOBODY;
    track->started = false;
    track_feed(track, NULL);
    track_clear_fresh(track);
}

void track_feed(struct track *track, struct source *source)
{
    source_hold(source);
    source_release(track->source);
    track->source = source;
}

bool track_is_unused(const struct track *track)
{
    return track->publisher == NOBODY && track->route_count == 0 && track->tap == NOBODY;
}

void track_list(struct track *track, struct route *route)
{
    if (track->route_count == track->route_room) {
        track->route_room = track->route_room ? 2 * track->route_room : 4;
        track->routes = enlarge(track->routes, track->route_room * sizeof *track->routes);
    }
    track->routes[track->route_count++] = route;
}

void track_unlist(struct track *track, const struct route *route)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < track->route_count; i++)
        if (track->routes[i] != route)
            track->routes[kept++] = track->routes[i];
    track->route_count = kept;
}

void track_add_fresh(struct track *track, struct packet *packet)
{
    packet->next = NULL;
    *track->fresh_end = packet;
    track->fresh_end = &packet->next;
    track->marked = packet->head & RTP_MARKER;
    track->fresh_count++;
}

void track_clear_fresh(struct track *track)
{
    track->fresh = NULL;
    track->fresh_end = &track->fresh;
    track->fresh_count = 0;
}

bool track_expects_more(const struct track *track) { return track->video && track->fresh && !track->marked; }

bool track_can_start(const struct track *track, const struct packet *packet)
{
    const struct format *format = &track->formats[packet->head & 0x7F];
    return !(packet->head & RTP_PADDING << 8) && can_start(format->kind, packet->payload, packet->size);
}
