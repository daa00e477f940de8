/* A media packet inside the plane: unprotected, and without anything that differs between subscribers. */
#ifndef PACKET_H
#define PACKET_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MAX_DATAGRAM = 2048, /* bytes; nothing we understand is longer */
    MAX_PADDING = 16,    /* bytes added to a packet; more would cost the line more than the system call saved */
    CACHE_SLOTS = 512,   /* packets: a second of the best video, several of any other */
};

struct packet {
    int64_t number; /* extended sequence number of the publisher */
    uint32_t timestamp;
    uint16_t head;  /* first two bytes of the header: version, perhaps padding, marker and payload type */
    bool has_level, has_send_time;
    uint8_t level, send_time[3];
    uint16_t size;       /* of the payload, its own padding included */
    uint16_t padded;     /* to how many bytes, 0 where padding of ours was never added */
    uint8_t *payload;    /* followed by room for MAX_PADDING bytes while the packet is fresh */
    struct packet *next; /* of the same track and turn */
};

/* Makes the payload `size` bytes long, or as long as it was, with padding of ours (RFC 3550 §5.1). */
void packet_pad(struct packet *, uint16_t size);

/* A ring by extended sequence number: a packet stays until one a whole ring later takes its place. */
struct cache {
    struct slot {
        struct packet packet;
        uint16_t room;
        uint8_t said_size; /* of the dependency descriptor, which is kept behind the payload */
    } slots[CACHE_SLOTS];
};

struct cache *cache_new(void);
void cache_free(struct cache *);
void cache_store(struct cache *, const struct packet *, const uint8_t *said, uint8_t said_size);
const struct packet *cache_find(const struct cache *, int64_t number);
/* The dependency descriptor of a packet that was found; returns its size, 0 where it has none. */
uint8_t cache_said(const struct packet *found, const uint8_t **said);

#endif
