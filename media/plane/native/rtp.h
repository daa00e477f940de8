/* RTP headers: fixed fields, where extension elements lie, padding (RFC 3550 §5.1, RFC 8285). */
#ifndef RTP_H
#define RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTP_FIXED = 12, RTP_VERSION = 0x80, RTP_PADDING = 0x20, RTP_EXTENSION = 0x10, RTP_MARKER = 0x80 };

static inline uint16_t read16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }
static inline uint32_t read32(const uint8_t *at) { return (uint32_t)read16(at) << 16 | read16(at + 2); }
static inline void write16(uint8_t *at, uint16_t value) { at[0] = (uint8_t)(value >> 8), at[1] = (uint8_t)value; }
static inline void write32(uint8_t *at, uint32_t value) { write16(at, (uint16_t)(value >> 16)), write16(at + 2, (uint16_t)value); }

/* The extended number whose low 16 bits are `sequence` and which lies nearest to `near`. */
static inline int64_t extend(uint16_t sequence, int64_t near)
{
    return near + (uint16_t)(sequence - (uint16_t)near + 0x8000) - 0x8000;
}

/* A difference of RTP ticks, modulo 2³², as the nearer way round. */
static inline int64_t signed_ticks(uint32_t ticks) { return (int64_t)(uint32_t)(ticks + 0x80000000u) - 0x80000000ll; }

enum { MAX_ELEMENTS = 64 }; /* of one header; those beyond are passed over, as nobody negotiates so many */

struct element {
    uint8_t id;
    uint16_t at, size;
};

struct header {
    uint32_t payload; /* where it begins */
    uint32_t element_count;
    struct element elements[MAX_ELEMENTS];
};

/* Size of the header with contributing sources and extensions; 0 where `size` bytes do not hold it. */
size_t rtp_header_size(const uint8_t *packet, size_t size);

/* Finds the way through an unprotected packet of at least RTP_FIXED bytes; false where it is malformed. */
bool rtp_parse(const uint8_t *packet, size_t size, struct header *header);

/* Element `id` (0 is none); NULL where it is not there, or not `size` bytes long (0: of any length). */
const struct element *rtp_element(const struct header *header, uint8_t id, uint16_t size);

/* Where the payload of a packet ends whose padding bit is set; 0 where its padding is nonsense. */
size_t rtp_payload_end(const uint8_t *packet, size_t payload, size_t size);

#endif
