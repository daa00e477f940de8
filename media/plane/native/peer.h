/* One peer: keys, addresses, what it sends and the numbering of what it is sent; media/plane/endpoint.py is its twin. */
#ifndef PEER_H
#define PEER_H

#include "address.h"
#include "consent.h"
#include "numbering.h"
#include "plane.h"
#include "source.h"
#include "srtp.h"

enum {
    MAX_ADDRESSES = 4,      /* of one peer: its last, and those from which packets are still under way */
    MAX_SOURCES = 32,       /* SSRCs of one participant at a time */
    MAX_SOURCES_EVER = 512, /* each is remembered, so that none can be replayed */
    PACKETS_PER_S = 5000,   /* of one participant: more than camera, detail and screen in all layers and repairs */
    MAX_STREAMS = 1024,     /* the same with those that sent only reports */
    DEPARTURES = 2048,
};

/* What was unprotected under one SSRC. */
struct stream {
    uint32_t ssrc;
    struct window packets, reports;
};

/* An SSRC that comes from the peer; it belongs to no track, carries one, or its repairs. */
struct owner {
    enum { OF_NOBODY, OF_MEDIA, OF_REPAIRS } kind;
    uint32_t ssrc;
    int32_t track;
    double last_time;      /* of repairs */
    struct source *source; /* of media, held */
};

struct peer {
    int32_t index;
    struct crypto *inbound, *outbound;
    struct stream **streams; /* by SSRC, open addressing */
    uint32_t stream_mask, stream_count;
    struct address addresses[MAX_ADDRESSES]; /* the last is where we send */
    int address_count;
    struct consent *consent; /* once its checks may be answered without the caller */
    bool reachable;    /* there are keys and an address */
    bool segmentation; /* until the kernel refuses it on the way there */
    plane_extensions ids;
    plane_section *sections;
    uint32_t section_count;
    struct owner owners[MAX_SOURCES];
    int owner_count, sources_ever;
    double second;    /* when the count of packets began */
    uint32_t packets; /* since then */
    struct numbering **numberings;
    uint32_t numbering_count;
    struct reporter {
        uint32_t ssrc, index;
    } *reporters; /* SSRCs under which we report to it */
    uint32_t reporter_count;
    uint16_t transport_sequence; /* of the next packet towards this peer */
    struct departures {
        double times[DEPARTURES];
        uint16_t sizes[DEPARTURES];
    } *departures; /* once a packet went under a transport-wide number */
};

struct peer *peer_new(int32_t index);
void peer_free(struct peer *);
void peer_set_keys(struct peer *, int profile, const uint8_t *receive, const uint8_t *send);

/* Sends to `address` from now on. Returns true and fills `given_up` where an older one has to go. */
bool peer_move(struct peer *, const struct address *, struct address *given_up);
void peer_leave(struct peer *, const struct address *);

/* Answers the peer's checks under this name; `username_size` 0 ends that. */
void peer_set_consent(struct peer *, const uint8_t *username, size_t username_size, const uint8_t *password, size_t password_size);
/* Writes the answer to a check that comes from where the peer is; 0 where the caller must judge it. */
size_t peer_answer_check(struct peer *, const uint8_t *request, size_t size, const struct address *from, uint8_t out[CONSENT_ANSWER], double now);

/* Unprotects a packet or a report in place. Returns its new size, SRTP_REPLAYED or SRTP_FORGED. */
int peer_unprotect(struct peer *, uint8_t *packet, size_t size);
int peer_unprotect_report(struct peer *, uint8_t *packet, size_t size);
/* Whether reports under this SSRC may be let in. */
bool peer_may_report(const struct peer *, uint32_t ssrc);
/* Protects a compound of at least 8 bytes in place. */
size_t peer_protect_report(struct peer *, uint8_t *compound, size_t size);

/* Whether one more authentic packet is taken: nobody may drown the others, or the recorder, in her own media. */
bool peer_may_send(struct peer *, double now);

struct owner *peer_owner(struct peer *, uint32_t ssrc);
/* Whether an SSRC that belongs to no track may be let in; long silent ones make room. */
bool peer_may_add_source(struct peer *, uint32_t ssrc, double now);
struct owner *peer_add_owner(struct peer *, uint32_t ssrc);
/* What comes under the SSRCs of `track` belongs to no track from now on. */
void peer_disown(struct peer *, int32_t track);

struct numbering *peer_numbering(struct peer *, uint32_t ssrc, int32_t first);

void peer_note_departures(struct peer *, uint16_t first, uint32_t count, uint16_t size, uint16_t last, double now);
void peer_departure(const struct peer *, uint16_t number, plane_departure *);

#endif
