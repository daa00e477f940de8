#include "route.h"

#include <string.h>

#include "memory.h"
#include "rtp.h"

enum { REPAIRS_PER_S = 1000, REPAIRS_AT_ONCE = 512 };
enum { LARGEST_ID = 14 }; /* of one-byte elements; a larger one counts as not negotiated */

static uint8_t usable(uint8_t id) { return id <= LARGEST_ID ? id : 0; }

/* Lays the extension block out: the transport-wide number first, so that it lies at one place in every packet, then
   audio level, absolute send time and MID as far as negotiated. What a packet lacks stays zero, which readers skip. */
static void lay_out(struct route *route)
{
    const plane_extensions *ids = &route->as.ids;
    uint8_t level = usable(ids->audio_level), send_time = usable(ids->abs_send_time), mid = usable(ids->mid);
    uint8_t *block = route->block, counted = usable(ids->transport_cc), at = 7;
    if (counted)
        block[4] = (uint8_t)(counted << 4 | 1);
    if (level) {
        route->level_at = at;
        at += 2;
    }
    if (send_time) {
        route->send_time_at = at;
        at += 4;
    }
    if (mid && route->as.mid_size) {
        block[at++] = (uint8_t)(mid << 4 | (route->as.mid_size - 1));
        memcpy(block + at, route->as.mid, route->as.mid_size);
        at += route->as.mid_size;
    }
    uint8_t words = (uint8_t)((at - 4 + 3) / 4);
    write16(block, 0xBEDE);
    write16(block + 2, words);
    route->counted = counted != 0;
    route->dependency = usable(ids->dependency);
    route->block_size = counted || at > 7 ? (uint8_t)(4 + 4 * words) : 0;
}

static void read_types(int16_t types[128], const uint8_t pairs[][2], uint8_t count)
{
    memset(types, -1, 128 * sizeof *types);
    for (int i = 0; i < count; i++)
        types[pairs[i][0] & 0x7F] = pairs[i][1] & 0x7F;
}

struct route *route_new(const plane_route *as, int32_t track, struct peer *peer)
{
    struct route *route = claim(sizeof *route);
    route->as = *as;
    route->track = track;
    route->peer = peer;
    route->numbering = peer_numbering(peer, as->ssrc, as->first);
    route->repairs = as->has_rtx ? peer_numbering(peer, as->rtx_ssrc, as->first_repair) : NULL;
    route->budget.left = REPAIRS_AT_ONCE;
    read_types(route->types, as->types, as->type_count);
    read_types(route->rtx_types, as->rtx_types, as->rtx_type_count);
    lay_out(route);
    return route;
}

bool route_is(const struct route *route, const plane_route *as)
{
    return memcmp(&route->as, as, offsetof(plane_route, first)) == 0;
}

uint32_t budget_take(struct budget *budget, uint32_t wanted, double now)
{
    budget->left += (now - budget->time) * REPAIRS_PER_S;
    if (budget->left > REPAIRS_AT_ONCE)
        budget->left = REPAIRS_AT_ONCE;
    budget->time = now;
    uint32_t left = budget->left >= 1 ? (uint32_t)budget->left : 0, granted = wanted < left ? wanted : left;
    budget->left -= granted;
    return granted;
}

/* Writes the extension block with what travels on from `packet`, nothing where that is NULL. */
static void write_block(struct route *route, uint8_t *out, const struct packet *packet)
{
    memcpy(out, route->block, route->block_size);
    if (route->counted)
        write16(out + 5, route->peer->transport_sequence++);
    if (packet && route->level_at && packet->has_level) {
        out[route->level_at] = (uint8_t)(route->as.ids.audio_level << 4);
        out[route->level_at + 1] = packet->level;
    }
    if (packet && route->send_time_at && packet->has_send_time) {
        out[route->send_time_at] = (uint8_t)(route->as.ids.abs_send_time << 4 | 2);
        memcpy(out + route->send_time_at + 1, packet->send_time, 3);
    }
}

static size_t write_element(uint8_t *out, bool wide, uint8_t id, const uint8_t *value, uint8_t size)
{
    if (wide)
        *out++ = id;
    *out++ = wide ? size : (uint8_t)(id << 4 | (size - 1));
    memcpy(out, value, size);
    return size + (wide ? 2u : 1u);
}

/* Writes a block with the descriptor of one packet, the last of its elements; returns its size. */
static size_t write_described(struct route *route, uint8_t *out, const uint8_t *said, uint8_t size)
{
    bool wide = size > 16;
    uint8_t mid = usable(route->as.ids.mid), sequence[2];
    size_t at = 4;
    if (route->counted) {
        write16(sequence, route->peer->transport_sequence++);
        at += write_element(out + at, wide, route->as.ids.transport_cc, sequence, sizeof sequence);
    }
    if (mid && route->as.mid_size)
        at += write_element(out + at, wide, mid, route->as.mid, route->as.mid_size);
    at += write_element(out + at, wide, route->dependency, said, size);
    while (at % 4)
        out[at++] = 0;
    write16(out, wide ? 0x1000 : 0xBEDE);
    write16(out + 2, (uint16_t)(at / 4 - 1));
    return at;
}

/* The same without writing it. */
static size_t described_size(const struct route *route, uint8_t size)
{
    size_t head = size > 16 ? 2 : 1, mid_size = usable(route->as.ids.mid) ? route->as.mid_size : 0;
    size_t content = (route->counted ? head + 2 : 0) + (mid_size ? head + mid_size : 0) + head + size;
    return 4 + (content + 3) / 4 * 4;
}

static void write_fixed(const struct route *route, uint8_t *out, uint16_t head, uint16_t sequence, uint32_t timestamp, uint32_t ssrc)
{
    write16(out, route->block_size ? head | RTP_EXTENSION << 8 : head);
    write16(out + 2, sequence);
    write32(out + 4, timestamp);
    write32(out + 8, ssrc);
}

size_t route_write(struct route *route, const struct run *run, uint8_t *out, size_t *segment, double now)
{
    struct numbering *numbering = route->numbering;
    struct crypto *crypto = route->peer->outbound;
    size_t block = run->frames ? described_size(route, run->frames[0]->size) : route->block_size;
    size_t header = RTP_FIXED + block, stride = header + run->size + crypto_trailer(crypto), end = 0;
    uint16_t first = route->peer->transport_sequence, type = (uint16_t)route->types[run->payload_type];
    int64_t offset = numbering->offset;
    bool protected = true;
    *segment = stride;
    numbering_sent(numbering, run->newest, run->count, run->octets, now);
    for (uint32_t i = 0; i < run->count; i++) {
        struct packet *packet = run->packets[i];
        uint16_t size = i + 1 < run->count ? run->size : packet->size;
        uint16_t head = (uint16_t)((packet->head & ~0x7F) | type | (size != packet->size ? RTP_PADDING << 8 : 0));
        uint8_t *at = out + i * stride, *payload = packet->payload;
        packet_pad(packet, size);
        head |= run->frames ? RTP_EXTENSION << 8 : 0;
        write_fixed(route, at, head, (uint16_t)(packet->number + offset), packet->timestamp + numbering->ticks, numbering->ssrc);
        if (run->frames)
            write_described(route, at + RTP_FIXED, run->frames[i]->said, run->frames[i]->size);
        else if (route->block_size)
            write_block(route, at + RTP_FIXED, packet);
        if (numbering->renumbers) {
            payload = memcpy(at + header, payload, size);
            vp8_renumber(payload, size, &numbering->change);
        }
        protected = protected && srtp_protect(crypto, &numbering->window, at, header, payload, size);
        end = i * stride + header + size + crypto_trailer(crypto);
    }
    if (!protected)
        return 0;
    if (numbering->history)
        for (uint32_t i = 0; i < run->count; i++)
            numbering_remember(numbering, out + i * stride, i + 1 < run->count ? stride : end - i * stride);
    if (route->counted)
        peer_note_departures(route->peer, first, run->count, (uint16_t)stride, (uint16_t)(end - (run->count - 1) * stride), now);
    return end;
}

/* Writes the header of the next RTX packet; returns its size. */
static size_t write_repair_header(struct route *route, uint8_t *out, uint16_t head, uint32_t timestamp, const uint8_t *said, uint8_t said_size)
{
    if (said_size) {
        write_fixed(route, out, head | RTP_EXTENSION << 8, (uint16_t)++route->repairs->highest, timestamp, route->repairs->ssrc);
        return RTP_FIXED + write_described(route, out + RTP_FIXED, said, said_size);
    }
    write_fixed(route, out, head, (uint16_t)++route->repairs->highest, timestamp, route->repairs->ssrc);
    if (route->block_size)
        write_block(route, out + RTP_FIXED, NULL);
    return RTP_FIXED + route->block_size;
}

/* Protects an RTX packet that stands at `out`; returns its size. */
static size_t protect_repair(struct route *route, uint8_t *out, size_t header, size_t size, double now)
{
    struct crypto *crypto = route->peer->outbound;
    if (!srtp_protect(crypto, &route->repairs->window, out, header, out + header, size))
        return 0;
    size_t end = header + size + crypto_trailer(crypto);
    if (route->counted)
        peer_note_departures(route->peer, (uint16_t)(route->peer->transport_sequence - 1), 1, (uint16_t)end, (uint16_t)end, now);
    return end;
}

size_t route_write_repair(struct route *route, const struct packet *packet, const uint8_t *said, uint8_t said_size, uint8_t *out, double now)
{
    int16_t media_type = route->types[packet->head & 0x7F], type = media_type < 0 ? -1 : route->rtx_types[media_type];
    struct numbering *numbering = route->numbering;
    if (!route->repairs || type < 0)
        return 0;
    size_t header = write_repair_header(route, out, (uint16_t)((packet->head & ~0x7F) | type), packet->timestamp + numbering->ticks, said,
                                        route->dependency ? said_size : 0);
    write16(out + header, (uint16_t)(packet->number + numbering->offset));
    memcpy(out + header + 2, packet->payload, packet->size);
    if (numbering->renumbers)
        vp8_renumber(out + header + 2, packet->size, &numbering->change);
    return protect_repair(route, out, header, packet->size + 2u, now);
}

size_t route_write_padding(struct route *route, uint8_t size, uint8_t *out, double now)
{
    if (!route->repairs || !route->as.rtx_type_count)
        return 0;
    uint16_t head = (uint16_t)((RTP_VERSION | RTP_PADDING) << 8 | (route->as.rtx_types[0][1] & 0x7F));
    size_t header = write_repair_header(route, out, head, route->numbering->last_timestamp, NULL, 0);
    memset(out + header, 0, size);
    out[header + size - 1] = size;
    return protect_repair(route, out, header, size, now);
}
