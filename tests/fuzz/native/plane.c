/* A call under a script of hostile packets and changing wishes: the compiled plane must bear any.

   libFuzzer's target, which makes up scripts too; with DRIVER, a program that runs scripts from files and then as many
   made up ones as told.
   A script is a row of steps: what to do (1 byte), how many bytes it takes (2, little-endian), those bytes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rtp.h"
#include "srtp.h"
#include "state.h"

enum { ALICE, BOB, CAROL, PEOPLE, CAMERA = 0, SOUND, SCREEN };
enum { PACKET, REPORT, RAW, STRANGER, TIME, AGAIN, PROBE, ROUTES, INGRESS, LEAVE, CLOCK, STEPS };

struct call {
    struct state *state;
    struct crypto *keys[PEOPLE]; /* with which each protects */
    struct window windows[PEOPLE];
    uint32_t reports;
    double now;
    int32_t begun;
};

static const uint8_t KEY[64] = {1, 2, 3};
static const plane_extensions IDS = {4, 3, 1, 2, 5, 6, 13};
static const plane_codec CODECS[] = {
    {96, PLANE_VP8, 97, 90000}, {98, PLANE_VP9, 99, 90000}, {102, PLANE_H264, 103, 90000}, {45, PLANE_AV1, 46, 90000}, {111, PLANE_OPAQUE, -1, 48000}, {63, PLANE_RED, -1, 48000},
};

static int profile_of(int peer) { return peer % 3; }

static struct address address_of(int peer)
{
    struct address address;
    address_read(&address, peer % 2 ? "127.0.0.1" : "::1", 1000 + peer);
    return address;
}

static void join(struct call *call, int index)
{
    struct peer *peer = peer_at(call->state, index);
    struct address address = address_of(index);
    peer_set_keys(peer, profile_of(index), KEY, KEY);
    bind_peer(call->state, peer, &address);
    peer_set_consent(peer, (const uint8_t *)"here:there", 10, KEY, 24);
    crypto_free(call->keys[index]);
    call->keys[index] = crypto_new(profile_of(index), KEY);
    memset(&call->windows[index], 0, sizeof call->windows[index]);
}

static void publish(struct call *call, int index, uint8_t wish)
{
    static const uint32_t ssrcs[] = {40, 41}, repairs[] = {42};
    plane_section sections[] = {
        {.track = CAMERA, .video = 1, .codec_count = 6, .codecs = CODECS, .mid = (const uint8_t *)"v", .mid_size = 1},
        {.track = SOUND, .codec_count = 6, .codecs = CODECS, .ssrcs = ssrcs, .ssrc_count = 2, .payload_types_only = wish & 1},
        {.track = SCREEN, .video = 1, .codec_count = wish % 6, .codecs = CODECS, .mid = (const uint8_t *)"v", .mid_size = 1, .rid = (const uint8_t *)"h", .rid_size = 1, .rtx_ssrcs = repairs, .rtx_ssrc_count = 1},
    };
    set_ingress(call->state, peer_at(call->state, index), sections, wish >> 4 & 3, &IDS);
}

static plane_route route_of(uint8_t wish)
{
    plane_route route = {.route = wish & 3, .peer = wish >> 2 & 1 ? BOB : CAROL, .ssrc = 7000 + (wish >> 3 & 1)};
    route.has_rtx = wish >> 4 & 1;
    route.rtx_ssrc = 8000;
    route.begins = wish >> 5 & 1;
    route.spatial = wish >> 1 & 3;
    route.temporal = wish & 7;
    route.ids = wish >> 6 & 1 ? IDS : (plane_extensions){0};
    route.mid_size = wish & 15;
    memcpy(route.types, (uint8_t[][2]){{96, 96}, {98, 98}, {102, 100}, {111, 111}}, 8);
    memcpy(route.rtx_types, (uint8_t[][2]){{96, 97}}, 2);
    route.type_count = 4;
    route.rtx_type_count = 1;
    route.first = 32760;
    return route;
}

static void arrange(struct call *call, const uint8_t *wishes, size_t size)
{
    int32_t track = size ? wishes[0] % 4 : 0;
    for (size_t i = 1; i < size && i <= 8; i++) {
        plane_route route = route_of(wishes[i]);
        if (wishes[i] >> 7)
            end_route(call->state, route.route, track);
        else
            set_route(call->state, track, &route);
    }
}

static void take(struct call *call, uint8_t *datagram, size_t size, const struct address *from)
{
    struct packet *packet = &call->state->packets[call->begun];
    uint8_t *memory = call->state->port->incoming[call->begun++];
    memcpy(memory, datagram, size);
    take_in(call->state, memory, size, from, packet, call->now);
}

static void turn_over(struct call *call)
{
    forward_all(call->state, false, call->now);
    tell_missing(call->state, call->now);
    turn_clear(call->state->turn);
    call->begun = 0;
}

static void send_packet(struct call *call, int peer, uint8_t *data, size_t size)
{
    uint8_t out[MAX_DATAGRAM + 64];
    struct address from = address_of(peer);
    if (size < RTP_FIXED)
        return;
    data[0] = (data[0] & 0x3F) | 0x80;
    size_t header = rtp_header_size(data, size);
    if (!header) /* SRTP lets none through that is cut off there; let the plane see it so */
        return take(call, data, size, &from);
    memcpy(out, data, header);
    if (srtp_protect(call->keys[peer], &call->windows[peer], out, header, data + header, size - header))
        take(call, out, size + crypto_trailer(call->keys[peer]), &from);
}

static void send_report(struct call *call, int peer, uint8_t *data, size_t size)
{
    uint8_t out[MAX_DATAGRAM + 64];
    struct address from = address_of(peer);
    if (size < 8)
        return;
    memcpy(out, data, size);
    out[0] = 0x80;
    out[1] = 200;
    take(call, out, srtcp_protect(call->keys[peer], ++call->reports, out, size), &from);
}

static void ask_again(struct call *call, const uint8_t *data, size_t size)
{
    struct route *route = route_at(call->state, size ? data[0] & 3 : 0);
    uint16_t numbers[32];
    size_t count = size / 2 < 32 ? size / 2 : 32;
    for (size_t i = 0; i < count; i++)
        numbers[i] = (uint16_t)(32760 + (int8_t)data[2 * i]);
    if (route)
        send_repairs(call->state, route, numbers, (uint32_t)count, call->now);
}

static void step(struct call *call, uint8_t what, uint8_t *data, size_t size)
{
    int peer = what >> 6 & 1;
    struct address from = address_of(what & 0x80 ? 77 : peer);
    struct route *route = route_at(call->state, size ? data[0] & 3 : 0);
    struct track *track = table_get(&call->state->tracks, size ? data[0] & 3 : 0);
    switch ((what & 0x3F) % STEPS) {
    case PACKET:
        return send_packet(call, peer, data, size);
    case REPORT:
        return send_report(call, peer, data, size);
    case RAW:
    case STRANGER:
        return take(call, data, size, &from);
    case TIME:
        call->now += size ? data[0] / 64.0 : 0.02;
        return turn_over(call);
    case AGAIN:
        return ask_again(call, data, size);
    case PROBE:
        if (route)
            send_padding(call->state, route, 3, size > 1 && data[1] ? data[1] : 1, call->now);
        return;
    case ROUTES:
        turn_over(call);
        return arrange(call, data, size);
    case INGRESS:
        turn_over(call);
        return publish(call, peer, size ? data[0] : 0);
    case LEAVE:
        turn_over(call);
        remove_peer(call->state, size ? data[0] % PEOPLE : 0);
        return join(call, size ? data[0] % PEOPLE : 0);
    default:
        if (track && track->source)
            track->source->has_clock = true, track->source->clock = size > 4 ? read32(data + 1) : 0;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *script, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *script, size_t size)
{
    struct call call = {.state = state_new(-1, -1), .now = 1.0};
    uint8_t data[MAX_DATAGRAM];
    for (int peer = 0; peer < PEOPLE; peer++)
        join(&call, peer);
    publish(&call, ALICE, 0x35);
    arrange(&call, (const uint8_t[]){CAMERA, 0x74, 0x21}, 3);
    for (size_t at = 0; at + 3 <= size;) {
        uint8_t what = script[at];
        size_t length = script[at + 1] | (size_t)(script[at + 2] & 7) << 8;
        at += 3;
        if (length > size - at)
            length = size - at;
        memcpy(data, script + at, length);
        at += length;
        step(&call, what, data, length);
        if (call.begun == MAX_TURN)
            turn_over(&call);
    }
    turn_over(&call);
    for (int peer = 0; peer < PEOPLE; peer++)
        crypto_free(call.keys[peer]);
    state_free(call.state);
    return 0;
}

static uint64_t chance = 88172645463325252ull;

static uint32_t any(uint32_t below)
{
    chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
    return (uint32_t)(chance >> 11) % below;
}

/* Header extensions that name the section and describe a frame: at times with a structure, at times nearly right. */
static size_t make_described(uint8_t *out, uint16_t sequence)
{
    static const uint8_t structure[] = {0x80, 0x02, 0x14, 0xea, 0xa8, 0x60, 0x41, 0x4d, 0x14, 0x10, 0x20, 0x84, 0x27, 0x01, 0x3f, 0x00, 0xb3};
    static const uint8_t layers[] = {0x80, 0x01, 0x23, 0xa8, 0x22, 0x45, 0x04, 0x40};
    uint8_t size = 3;
    write16(out, 0x1000);
    memcpy(out + 4, (uint8_t[]){4, 1, 'v', 13, 0, (uint8_t)(any(4) << 6 | any(6)), (uint8_t)(sequence >> 9), (uint8_t)(sequence >> 1)}, 8);
    if (any(5) == 0) {
        bool small = any(2);
        out[9] &= 0xC0;
        memcpy(out + 12, small ? layers : structure, size = small ? sizeof layers : sizeof structure);
        size += 3;
    } else if (any(9) == 0) {
        for (size = 3; size < 9; size++)
            out[9 + size] = (uint8_t)any(256);
    }
    out[8] = size;
    size_t end = 9 + size;
    while (end % 4)
        out[end++] = 0;
    write16(out + 2, (uint16_t)(end / 4 - 1));
    return end;
}

/* A packet that is nearly right. */
static size_t make_packet(uint8_t *out, uint16_t sequence)
{
    static const uint8_t types[] = {96, 96, 96, 97, 98, 98, 98, 102, 45, 111, 103}, ssrcs[] = {40, 41, 42, 43, 44};
    size_t at = RTP_FIXED, size = any(4) ? any(60) : any(1400);
    uint8_t mid[] = {4 << 4, 'v', 3 << 4 | 1, 0, 7, 1 << 4, 9, 5 << 4, 'h', 0, 0, 0};
    out[0] = 0x80 | (any(9) ? 0x10 : 0) | (any(9) ? 0 : 0x20) | (any(20) ? 0 : 1);
    out[1] = types[any(sizeof types)] | (any(3) ? 0 : 0x80);
    write16(out + 2, sequence), write32(out + 4, any(1 << 20)), write32(out + 8, ssrcs[any(sizeof ssrcs)]);
    if ((out[1] & 0x7F) == 98 && any(4)) {
        out[0] = 0x90;
        at += make_described(out + at, sequence);
    } else if (out[0] & 0x10) {
        write16(out + at, any(9) ? 0xBEDE : 0x1000), write16(out + at + 2, any(20) ? 3 : (uint16_t)any(400));
        memcpy(out + at + 4, mid, sizeof mid);
        at += 16;
    }
    for (size_t i = 0; i < size; i++)
        out[at + i] = (uint8_t)(i < 6 ? any(256) : i);
    if (size > 1 && any(3))
        out[at] = (out[1] & 0x7F) == 98 ? 0x08 : any(2) ? 0x90 : 0x10;
    for (uint32_t wrong = any(8) ? 0 : any(4); wrong; wrong--)
        out[any((uint32_t)(at + size))] = (uint8_t)any(256);
    return at + size;
}

static size_t make_script(uint8_t *script, size_t room)
{
    size_t at = 0;
    uint16_t sequence = (uint16_t)any(65536);
    while (at + 1600 < room) {
        uint8_t *data = script + at + 3;
        size_t size = any(24);
        uint8_t what = any(9) ? PACKET : (uint8_t)any(256);
        if (what == PACKET)
            size = make_packet(data, any(12) ? sequence++ : (uint16_t)(sequence - any(40)));
        else
            for (size_t i = 0; i < size; i++)
                data[i] = (uint8_t)any(256);
        script[at] = what, script[at + 1] = (uint8_t)size, script[at + 2] = (uint8_t)(size >> 8);
        at += 3 + size;
    }
    return at;
}

#ifdef DRIVER

int main(int count, char **words)
{
    static uint8_t script[60000];
    for (int i = 2; i < count; i++) {
        FILE *file = fopen(words[i], "rb");
        if (!file)
            return 2;
        size_t size = fread(script, 1, sizeof script, file);
        fclose(file);
        LLVMFuzzerTestOneInput(script, size);
    }
    for (int left = count > 1 ? atoi(words[1]) : 0; left > 0; left--)
        LLVMFuzzerTestOneInput(script, make_script(script, sizeof script));
    return 0;
}

#else

size_t LLVMFuzzerMutate(uint8_t *script, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *script, size_t size, size_t room, unsigned seed);

/* At times a new script: bytes changed at random hardly ever make a picture of several packets. */
size_t LLVMFuzzerCustomMutator(uint8_t *script, size_t size, size_t room, unsigned seed)
{
    chance = seed + 88172645463325252ull;
    return room < 3200 || any(8) ? LLVMFuzzerMutate(script, size, room) : make_script(script, room);
}

#endif
