#include "peer.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "latch.h"
#include "memory.h"
#include "rtp.h"

static const double IDLE_S = 60.0; /* an SSRC silent for this long gives its place up */

struct peer *peer_new(int32_t index)
{
    struct peer *peer = claim(sizeof *peer);
    peer->index = index;
    return peer;
}

static void forget_streams(struct peer *peer)
{
    for (uint32_t i = 0; peer->streams && i <= peer->stream_mask; i++)
        free(peer->streams[i]);
    free(peer->streams);
    peer->streams = NULL;
    peer->stream_count = 0;
}

void peer_free(struct peer *peer)
{
    crypto_free(peer->inbound);
    crypto_free(peer->outbound);
    forget_streams(peer);
    for (int i = 0; i < peer->owner_count; i++)
        source_release(peer->owners[i].source);
    for (uint32_t i = 0; i < peer->numbering_count; i++)
        numbering_free(peer->numberings[i]);
    latch_free(peer->sections, peer->section_count);
    if (peer->consent)
        OPENSSL_cleanse(peer->consent, sizeof *peer->consent);
    free(peer->consent);
    free(peer->numberings);
    free(peer->reporters);
    free(peer->departures);
    free(peer);
}

/* ── keys and addresses */

static void find_way(struct peer *peer, bool changed)
{
    bool reachable = peer->outbound && peer->address_count > 0;
    if (reachable && (changed || !peer->reachable))
        peer->segmentation = true;
    peer->reachable = reachable;
}

void peer_set_keys(struct peer *peer, int profile, const uint8_t *receive, const uint8_t *send)
{
    crypto_free(peer->inbound);
    crypto_free(peer->outbound);
    forget_streams(peer);
    peer->inbound = crypto_new(profile, receive);
    peer->outbound = crypto_new(profile, send);
    peer->reporter_count = 0;
    for (uint32_t i = 0; i < peer->numbering_count; i++)
        memset(&peer->numberings[i]->window, 0, sizeof peer->numberings[i]->window);
    find_way(peer, true);
}

static bool remove_address(struct peer *peer, const struct address *address)
{
    for (int i = 0; i < peer->address_count; i++)
        if (address_equal(&peer->addresses[i], address)) {
            peer->address_count--;
            memmove(peer->addresses + i, peer->addresses + i + 1, (size_t)(peer->address_count - i) * sizeof *address);
            return true;
        }
    return false;
}

bool peer_move(struct peer *peer, const struct address *address, struct address *given_up)
{
    int count = peer->address_count;
    bool changed = count == 0 || !address_equal(&peer->addresses[count - 1], address), full = false;
    if (!remove_address(peer, address) && count == MAX_ADDRESSES) {
        full = true;
        *given_up = peer->addresses[0];
        remove_address(peer, given_up);
    }
    peer->addresses[peer->address_count++] = *address;
    find_way(peer, changed);
    return full;
}

void peer_leave(struct peer *peer, const struct address *address)
{
    int last = peer->address_count - 1;
    bool changed = last >= 0 && address_equal(&peer->addresses[last], address);
    remove_address(peer, address);
    find_way(peer, changed);
}

/* ── its checks */

void peer_set_consent(struct peer *peer, const uint8_t *username, size_t username_size, const uint8_t *password, size_t password_size)
{
    if (!peer->consent)
        peer->consent = claim(sizeof *peer->consent);
    consent_set(peer->consent, username, username_size, password, password_size);
}

size_t peer_answer_check(struct peer *peer, const uint8_t *request, size_t size, const struct address *from, uint8_t out[CONSENT_ANSWER], double now)
{
    if (!peer->consent || !peer->reachable || !address_equal(from, &peer->addresses[peer->address_count - 1]))
        return 0;
    size_t written = consent_answer(peer->consent, request, size, from, out);
    if (written)
        peer->consent->last = now;
    return written;
}

/* ── what comes in */

static uint32_t place_of(const struct peer *peer, uint32_t ssrc)
{
    uint32_t at = ssrc * 0x9E3779B1u >> 12 & peer->stream_mask;
    while (peer->streams[at] && peer->streams[at]->ssrc != ssrc)
        at = (at + 1) & peer->stream_mask;
    return at;
}

static struct stream *find_stream(const struct peer *peer, uint32_t ssrc)
{
    return peer->streams ? peer->streams[place_of(peer, ssrc)] : NULL;
}

static struct stream *add_stream(struct peer *peer, uint32_t ssrc)
{
    if (!peer->streams || peer->stream_count * 2 > peer->stream_mask) {
        struct stream **before = peer->streams;
        uint32_t count = before ? peer->stream_mask + 1 : 0;
        peer->stream_mask = before ? peer->stream_mask * 2 + 1 : 7;
        peer->streams = claim((peer->stream_mask + 1) * sizeof *peer->streams);
        for (uint32_t i = 0; i < count; i++)
            if (before[i])
                peer->streams[place_of(peer, before[i]->ssrc)] = before[i];
        free(before);
    }
    struct stream *stream = claim(sizeof *stream);
    stream->ssrc = ssrc;
    peer->streams[place_of(peer, ssrc)] = stream;
    peer->stream_count++;
    return stream;
}

int peer_unprotect(struct peer *peer, uint8_t *packet, size_t size)
{
    if (size < RTP_FIXED)
        return SRTP_FORGED;
    uint32_t ssrc = read32(packet + 8);
    struct stream *stream = find_stream(peer, ssrc);
    if (stream)
        return srtp_unprotect(peer->inbound, &stream->packets, packet, size);
    struct window fresh = {0};
    int plain = srtp_unprotect(peer->inbound, &fresh, packet, size);
    if (plain >= 0)
        add_stream(peer, ssrc)->packets = fresh;
    return plain;
}

bool peer_may_report(const struct peer *peer, uint32_t ssrc)
{
    return peer->stream_count < MAX_STREAMS || find_stream(peer, ssrc);
}

int peer_unprotect_report(struct peer *peer, uint8_t *packet, size_t size)
{
    if (size < 8)
        return SRTP_FORGED;
    uint32_t ssrc = read32(packet + 4);
    struct stream *stream = find_stream(peer, ssrc);
    if (stream)
        return srtcp_unprotect(peer->inbound, &stream->reports, packet, size);
    struct window fresh = {0};
    int plain = srtcp_unprotect(peer->inbound, &fresh, packet, size);
    if (plain >= 0)
        add_stream(peer, ssrc)->reports = fresh;
    return plain;
}

size_t peer_protect_report(struct peer *peer, uint8_t *compound, size_t size)
{
    uint32_t ssrc = read32(compound + 4), at = 0;
    while (at < peer->reporter_count && peer->reporters[at].ssrc != ssrc)
        at++;
    if (at == peer->reporter_count) {
        peer->reporters = enlarge(peer->reporters, (at + 1) * sizeof *peer->reporters);
        peer->reporters[peer->reporter_count++] = (struct reporter){ssrc, 0};
    }
    return srtcp_protect(peer->outbound, ++peer->reporters[at].index, compound, size);
}

bool peer_may_send(struct peer *peer, double now)
{
    if (peer->packets == 0 || now - peer->second >= 1) {
        peer->second = now;
        peer->packets = 0;
    }
    return ++peer->packets <= PACKETS_PER_S;
}

/* ── SSRCs it sends */

struct owner *peer_owner(struct peer *peer, uint32_t ssrc)
{
    for (int i = 0; i < peer->owner_count; i++)
        if (peer->owners[i].ssrc == ssrc)
            return &peer->owners[i];
    return NULL;
}

static bool is_idle(const struct owner *owner, double now)
{
    if (owner->kind == OF_NOBODY)
        return true;
    return now - (owner->kind == OF_MEDIA ? owner->source->last_time : owner->last_time) >= IDLE_S;
}

bool peer_may_add_source(struct peer *peer, uint32_t ssrc, double now)
{
    if (peer_owner(peer, ssrc))
        return true;
    if (peer->sources_ever >= MAX_SOURCES_EVER)
        return false;
    if (peer->owner_count < MAX_SOURCES)
        return true;
    int kept = 0;
    for (int i = 0; i < peer->owner_count; i++) {
        if (is_idle(&peer->owners[i], now))
            source_release(peer->owners[i].source);
        else
            peer->owners[kept++] = peer->owners[i];
    }
    peer->owner_count = kept;
    return kept < MAX_SOURCES;
}

struct owner *peer_add_owner(struct peer *peer, uint32_t ssrc)
{
    struct owner *owner = &peer->owners[peer->owner_count++];
    *owner = (struct owner){.ssrc = ssrc};
    peer->sources_ever++;
    return owner;
}

void peer_disown(struct peer *peer, int32_t track)
{
    for (int i = 0; i < peer->owner_count; i++) {
        struct owner *owner = &peer->owners[i];
        if (owner->kind == OF_NOBODY || owner->track != track)
            continue;
        source_release(owner->source);
        *owner = (struct owner){.ssrc = owner->ssrc};
    }
}

/* ── what goes out */

struct numbering *peer_numbering(struct peer *peer, uint32_t ssrc, int32_t first)
{
    for (uint32_t i = 0; i < peer->numbering_count; i++)
        if (peer->numberings[i]->ssrc == ssrc)
            return peer->numberings[i];
    peer->numberings = enlarge(peer->numberings, (peer->numbering_count + 1) * sizeof *peer->numberings);
    return peer->numberings[peer->numbering_count++] = numbering_new(ssrc, first);
}

void peer_note_departures(struct peer *peer, uint16_t first, uint32_t count, uint16_t size, uint16_t last, double now)
{
    if (!peer->departures)
        peer->departures = claim(sizeof *peer->departures);
    for (uint32_t i = 0; i < count; i++) {
        peer->departures->times[(first + i) % DEPARTURES] = now;
        peer->departures->sizes[(first + i) % DEPARTURES] = i + 1 < count ? size : last;
    }
}

void peer_departure(const struct peer *peer, uint16_t number, plane_departure *departure)
{
    uint16_t age = (uint16_t)(peer->transport_sequence - number);
    *departure = (plane_departure){0};
    if (!peer->departures || age == 0 || age > DEPARTURES)
        return;
    departure->time = peer->departures->times[number % DEPARTURES];
    departure->size = peer->departures->sizes[number % DEPARTURES];
}
