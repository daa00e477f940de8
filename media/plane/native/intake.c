/* Packets in: proved to come from their peer, found their track, numbered, and kept once for everybody.
   media/plane/intake.py is its twin. */
#include <string.h>

#include "latch.h"
#include "rtp.h"
#include "state.h"

static const double SUPERSEDED_S = 1.0; /* an SSRC that another followed gets its track back only from one silent so long */

/* ── whose packet */

static bool assign(struct state *state, struct peer *peer, struct owner *owner, const struct header *header, const uint8_t *data)
{
    const plane_extensions *ids = &peer->ids;
    const struct element *mid = rtp_element(header, ids->mid, 0), *rid = rtp_element(header, ids->rid, 0);
    uint8_t payload_type = data[1] & 0x7F;
    struct belonging found;
    if (!rid || rid->size == 0)
        rid = rtp_element(header, ids->repaired_rid, 0);
    if (!latch_find(peer->sections, peer->section_count, owner->ssrc, payload_type, mid ? data + mid->at : NULL,
                    mid ? mid->size : 0, rid ? data + rid->at : NULL, rid ? rid->size : 0, &found))
        return false;
    const struct track *track = table_get(&state->tracks, found.track);
    if (!track || track->publisher != peer->index || !track->formats[payload_type].known)
        return false;
    const struct format *format = &track->formats[payload_type];
    owner->track = found.track;
    owner->kind = found.repairs ? OF_REPAIRS : OF_MEDIA;
    if (!found.repairs)
        owner->source = source_new(found.track, peer->index, owner->ssrc, format->clock_rate, format->kind == PLANE_VP8);
    return true;
}

/* Gives the track to an SSRC that it has not had, or that had it before and is the only one left. */
static bool takes_over(struct track *track, struct source *source, uint16_t sequence, double now)
{
    const struct source *current = track->source;
    if (current == source)
        return true;
    if (current && source->packets && now - current->last_time < SUPERSEDED_S)
        return false;
    source_begin(source, sequence, now);
    track_clear_fresh(track);
    track_feed(track, source);
    return true;
}

/* ── what it carries */

static void copy_values(struct track *track, struct packet *packet, const plane_extensions *ids, const struct header *header,
                        const uint8_t *data)
{
    const struct element *level = rtp_element(header, ids->audio_level, 1), *sent = rtp_element(header, ids->abs_send_time, 3);
    if (level) {
        packet->has_level = true;
        packet->level = data[level->at];
        if ((packet->level & 0x7F) < track->level)
            track->level = packet->level & 0x7F;
    }
    if (sent) {
        packet->has_send_time = true;
        memcpy(packet->send_time, data + sent->at, sizeof packet->send_time);
    }
}

/* Reads of which frame a packet is, where its codec may have layers. */
static void read_frame(struct state *state, struct source *source, const struct packet *packet, const struct element *said,
                       const uint8_t *data)
{
    struct frame *frame = &state->frames[packet - state->packets];
    if (said && !source->described)
        source->described = frames_new();
    if (!said || !frames_read(source->described, data + said->at, said->size, packet->number, packet->size, frame))
        *frame = (struct frame){0};
}

static void keep(struct state *state, struct track *track, struct packet *packet)
{
    const struct frame *frame = &state->frames[packet - state->packets];
    bool layered = track->formats[packet->head & 0x7F].layered;
    if (packet->head & RTP_MARKER)
        track->source->frames++;
    cache_store(track->source->cache, packet, frame->said, layered ? frame->size : 0);
    if (!track->active) {
        track->active = true;
        state->active[state->active_count++] = track;
    }
    track_add_fresh(track, packet);
    if (!track->started)
        track->started = turn_started(state->turn, track->index, packet->head & 0x7F);
}

static enum plane_count take_media(struct state *state, struct peer *peer, struct owner *owner, const struct header *header,
                                   uint8_t *data, size_t end, struct packet *packet, double now)
{
    struct track *track = table_get(&state->tracks, owner->track);
    const struct format *format = track ? &track->formats[data[1] & 0x7F] : NULL;
    uint16_t sequence = read16(data + 2);
    size_t start = header->payload;
    uint8_t second = data[1];
    int64_t number = -1;
    bool needed;
    if (!format || !format->known || format->repairs != (owner->kind == OF_REPAIRS))
        return PLANE_PAYLOAD_TYPE;
    if (owner->kind == OF_MEDIA) {
        if (!takes_over(track, owner->source, sequence, now))
            return PLANE_SUPERSEDED;
        needed = source_accept(owner->source, sequence, read32(data + 4), end - start, now, &number);
    } else {
        owner->last_time = now;
        if (end - start < 2)
            return PLANE_PADDING;
        needed = track->source && source_accept_repair(track->source, read16(data + start), now, &number);
        start += 2;
        second = (uint8_t)((second & RTP_MARKER) | format->media_type);
    }
    if (!needed)
        return PLANE_DUPLICATE;
    note_losing(state, track->source);
    *packet = (struct packet){.number = number, .timestamp = read32(data + 4), .payload = data + start};
    packet->head = (uint16_t)(RTP_VERSION << 8 | second);
    packet->size = (uint16_t)(end - start);
    if (format->layered)
        read_frame(state, track->source, packet, packet->size ? rtp_element(header, peer->ids.dependency, 0) : NULL, data);
    if (packet->size == 0) { /* it keeps its number, so that no hole appears */
        packet->head |= RTP_PADDING << 8;
        packet->payload[0] = packet->size = 1;
    }
    copy_values(track, packet, &peer->ids, header, data);
    keep(state, track, packet);
    return PLANE_PACKETS_IN;
}

static enum plane_count take_packet(struct state *state, struct peer *peer, uint8_t *data, size_t size, struct packet *packet, double now)
{
    uint32_t ssrc = size >= RTP_FIXED ? read32(data + 8) : 0;
    struct owner *owner = peer_owner(peer, ssrc);
    struct header header;
    if ((!owner || owner->kind == OF_NOBODY) && !peer_may_add_source(peer, ssrc, now))
        return PLANE_TOO_MANY_SOURCES;
    if (!peer->inbound)
        return PLANE_NO_KEYS;
    int plain = peer_unprotect(peer, data, size);
    if (plain < 0)
        return plain == SRTP_REPLAYED ? PLANE_REPLAYED : PLANE_FORGED;
    size = (size_t)plain;
    if (!peer_may_send(peer, now))
        return PLANE_TOO_MANY_PACKETS;
    if (!owner) /* counted before anything of it is read, for its window is remembered by now */
        owner = peer_add_owner(peer, ssrc);
    if (!rtp_parse(data, size, &header))
        return PLANE_MALFORMED;
    if (owner->kind == OF_NOBODY && !assign(state, peer, owner, &header, data))
        return PLANE_UNASSIGNED;
    size_t end = data[0] & RTP_PADDING ? rtp_payload_end(data, header.payload, size) : size;
    if (end == 0)
        return PLANE_MALFORMED;
    const struct element *numbered = rtp_element(&header, peer->ids.transport_cc, 2);
    if (numbered && !turn_arrival(state->turn, peer->index, read16(data + numbered->at), now))
        state->counts[PLANE_BACKLOG]++;
    return take_media(state, peer, owner, &header, data, end, packet, now);
}

/* ── what kind of datagram */

/* What comes by the dozen waits for each other, with its time: what steers a line, and checks, for a moment; clocks for
   longer; receiver reports until the caller comes by itself. */
static const double LAZY_S = 0.05, CLOCK_S = 0.2, IDLE_S = 1;

enum { RTCP_SENDER = 200, RTCP_RECEIVER, RTCP_NAMES, RTCP_BYE, RTCP_TRANSPORT = 205, RTCP_PAYLOAD, GENERIC_NACK = 1, APPLICATION = 15 };

/* Not at all where somebody asks for packets or for a key frame, or says goodbye. */
static double patience(uint8_t kind, uint8_t format)
{
    switch (kind) {
    case RTCP_SENDER:
        return CLOCK_S;
    case RTCP_RECEIVER:
    case RTCP_NAMES:
        return IDLE_S;
    case RTCP_BYE:
        return 0;
    case RTCP_TRANSPORT:
        return format == GENERIC_NACK ? 0 : LAZY_S;
    case RTCP_PAYLOAD:
        return format == APPLICATION ? LAZY_S : 0;
    default:
        return LAZY_S;
    }
}

/* How long a compound may wait: as long as each of its packets. */
static double least_patience(const uint8_t *compound, size_t size)
{
    double least = IDLE_S;
    for (size_t at = 0; at + 4 <= size; at += 4 + 4 * (size_t)read16(compound + at + 2)) {
        double next = patience(compound[at + 1], compound[at] & 0x1F);
        least = next < least ? next : least;
    }
    return least;
}

static enum plane_count take_report(struct state *state, struct peer *peer, uint8_t *data, size_t size, double now)
{
    if (!peer)
        return PLANE_UNBOUND;
    if (!peer->inbound)
        return PLANE_NO_KEYS;
    if (size >= 8 && !peer_may_report(peer, read32(data + 4)))
        return PLANE_TOO_MANY_SOURCES;
    int plain = peer_unprotect_report(peer, data, size);
    if (plain < 0)
        return plain == SRTP_REPLAYED ? PLANE_REPLAYED : PLANE_FORGED;
    size = (size_t)plain;
    return turn_report(state->turn, peer->index, data, size, now, now + least_patience(data, size)) ? PLANE_COUNTS : PLANE_BACKLOG;
}

static bool answer_check(struct state *state, struct peer *peer, const uint8_t *data, size_t size, const struct address *from, double now)
{
    uint8_t answer[CONSENT_ANSWER];
    size_t written = peer_answer_check(peer, data, size, from, answer, now);
    if (written)
        port_send(state->port, from, answer, written);
    return written;
}

/* By the first byte (RFC 7983 §7), and reports among packets by the second (RFC 5761 §4). */
static enum plane_count take_kind(struct state *state, uint8_t *data, size_t size, const struct address *from, struct packet *packet, double now)
{
    if (size < 2 || size > MAX_DATAGRAM)
        return PLANE_UNKNOWN;
    struct peer *peer = addresses_find(&state->addresses, from);
    if (data[0] <= 3 && peer && answer_check(state, peer, data, size, from, now))
        return PLANE_COUNTS;
    if (data[0] <= 3 || (data[0] >= 20 && data[0] <= 63)) {
        double by = data[0] <= 3 && peer && peer->inbound ? now + LAZY_S : now;
        return turn_datagram(state->turn, from, data, size, by) ? PLANE_COUNTS : PLANE_BACKLOG;
    }
    if (data[0] < 128 || data[0] > 191)
        return PLANE_UNKNOWN;
    if (data[1] >= 192 && data[1] <= 223)
        return take_report(state, peer, data, size, now);
    return peer ? take_packet(state, peer, data, size, packet, now) : PLANE_UNBOUND;
}

void take_in(struct state *state, uint8_t *datagram, size_t size, const struct address *from, struct packet *packet, double now)
{
    enum plane_count count = take_kind(state, datagram, size, from, packet, now);
    if (count != PLANE_COUNTS)
        state->counts[count]++;
}
