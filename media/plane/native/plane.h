/* The verbs of the packet plane for whoever binds it; media/plane/interface.py says what each promises.
   The binding reads this file too, so nothing but plain declarations stands here. */
#ifndef PLANE_H
#define PLANE_H

#include <stddef.h>
#include <stdint.h>

enum plane_profile { PLANE_GCM_128, PLANE_GCM_256, PLANE_CM_SHA1_80 };

enum plane_kind { PLANE_OPAQUE, PLANE_VP8, PLANE_VP9, PLANE_H264, PLANE_AV1, PLANE_RED };

/* What is counted; plane_count_name tells the name of each. */
enum plane_count {
    PLANE_PACKETS_IN,
    PLANE_PACKETS_OUT,
    PLANE_QUEUE_FULL,
    PLANE_UNSENDABLE,
    PLANE_UNBOUND,
    PLANE_UNKNOWN,
    PLANE_NO_KEYS,
    PLANE_REPLAYED,
    PLANE_FORGED,
    PLANE_TOO_MANY_SOURCES,
    PLANE_TOO_MANY_PACKETS,
    PLANE_UNASSIGNED,
    PLANE_MALFORMED,
    PLANE_PAYLOAD_TYPE,
    PLANE_SUPERSEDED,
    PLANE_PADDING,
    PLANE_DUPLICATE,
    PLANE_BEFORE_KEYFRAME,
    PLANE_NO_PAYLOAD_TYPE,
    PLANE_UNPROTECTED,
    PLANE_RTCP_UNSENT,
    PLANE_REPAIRS,
    PLANE_TAP,
    PLANE_BACKLOG,
    PLANE_COUNTS
};

typedef struct plane plane;

typedef struct {
    uint8_t mid, transport_cc, audio_level, abs_send_time, rid, repaired_rid, dependency;
} plane_extensions;

typedef struct {
    uint8_t payload_type;
    uint8_t kind;
    int16_t rtx_payload_type; /* -1: none */
    uint32_t clock_rate;
} plane_codec;

typedef struct {
    int32_t track;
    uint8_t video, payload_types_only;
    uint32_t ssrc_count, rtx_ssrc_count, codec_count, mid_size, rid_size;
    const uint32_t *ssrcs, *rtx_ssrcs;
    const plane_codec *codecs;
    const uint8_t *mid, *rid;
} plane_section;

/* Up to and including the types a route is told apart by its bytes: unused ones are zero. */
typedef struct {
    int32_t route, peer;
    uint32_t ssrc, rtx_ssrc;
    plane_extensions ids, ingress_ids;
    uint8_t begins, has_rtx, mid_size, type_count, rtx_type_count;
    uint8_t spatial, temporal; /* the highest layers that are wanted: 0-3, 0-7 */
    uint8_t mid[16];
    uint8_t types[16][2], rtx_types[16][2];
    int32_t first, first_repair; /* sequence numbers with which new streams begin */
} plane_route;

typedef struct {
    uint32_t at, size;
    int32_t port;
    char host[80];
} plane_datagram;

typedef struct {
    int32_t peer;
    uint32_t at, size;
    double time;
} plane_report;

typedef struct {
    int32_t track;
    uint32_t ssrc, at, count;
} plane_gap;

/* What one poll has; valid until the next. `at` of datagrams and reports are offsets into bytes, of gaps into numbers. */
typedef struct {
    uint8_t *bytes;
    plane_datagram *datagrams;
    plane_report *reports;
    plane_gap *gaps;
    uint16_t *numbers;
    int32_t *arrival_peers;
    uint16_t *arrival_sequences;
    double *arrival_times;
    int32_t (*started)[2]; /* track, payload type */
    int32_t (*begun)[2];   /* route, track */
    int32_t *waiting;
    uint32_t byte_count, datagram_count, report_count, gap_count, number_count, arrival_count;
    uint32_t started_count, begun_count, waiting_count;
    uint8_t more;
} plane_turn;

typedef struct {
    int32_t track;
    uint32_t ssrc;
    uint64_t packets, octets, frames;
    int64_t highest_sequence, lost;
    double jitter, last_packet;
    uint64_t layers[4]; /* octets for a subscriber of the sizes up to each */
    uint64_t paces[8];  /* the same of the least size, with the frame rates up to each */
    uint8_t layer_count, pace_count;
} plane_reception;

typedef struct {
    uint64_t packets, octets;
    double last_time;
    uint32_t last_timestamp, timestamp_offset;
} plane_sending;

typedef struct {
    double time;
    int32_t size; /* 0: nothing is known */
} plane_departure;

plane *plane_open(int socket, int tap);
int plane_start(plane *);
void plane_close(plane *);
int plane_fileno(const plane *);

void plane_add_peer(plane *, int32_t peer, int profile, const uint8_t *receive, const uint8_t *send);
void plane_remove_peer(plane *, int32_t peer);
int plane_bind(plane *, int32_t peer, const char *host, int port);
void plane_answer_checks(plane *, int32_t peer, const uint8_t *username, size_t username_size, const uint8_t *password, size_t password_size);
double plane_checked(plane *, int32_t peer);
void plane_set_ingress(plane *, int32_t peer, const plane_section *, uint32_t count, const plane_extensions *);
void plane_set_route(plane *, int32_t track, const plane_route *);
void plane_end_route(plane *, int32_t track, int32_t route);
void plane_set_tap(plane *, int32_t track, int64_t stream);
void plane_set_clock(plane *, int32_t track, uint32_t ticks);
void plane_send(plane *, const uint8_t *datagram, size_t size, const char *host, int port);
void plane_send_rtcp(plane *, int32_t peer, const uint8_t *compound, size_t size);
int plane_retransmit(plane *, int32_t route, const uint16_t *sequences, uint32_t count, double now);
int plane_probe(plane *, int32_t route, uint32_t count, uint32_t size, double now);
const plane_turn *plane_poll(plane *, double now);
uint32_t plane_sources(plane *, int32_t peer, plane_reception out[32]);
int plane_sent(plane *, int32_t route, plane_sending *out);
int plane_departures(plane *, int32_t peer, uint16_t base, uint32_t count, plane_departure *out);
uint32_t plane_levels(plane *, int32_t *tracks, int32_t *levels, uint32_t room);
void plane_counters(plane *, uint64_t out[]);
const char *plane_count_name(int count);

#endif
