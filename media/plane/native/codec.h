/* What is read of payloads: where a decoder can begin, and how VP8 numbers pictures. media/rtp/codecs has the sources. */
#ifndef CODEC_H
#define CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a VP8 packet numbers its picture (RFC 7741 §4.2). */
struct picture {
    int number, base;
    bool has_base;
};

/* Whether a decoder of `kind` (enum plane_kind) can begin with the payload. */
bool can_start(int kind, const uint8_t *payload, size_t size);

/* False where the payload has no picture number, or is cut off. */
bool vp8_picture(const uint8_t *payload, size_t size, struct picture *picture);

/* Adds to the numbers of a picture; the payload keeps its size. */
void vp8_renumber(uint8_t *payload, size_t size, const struct picture *change);

/* Where the own sound of a RED packet (RFC 2198) begins, and its payload type; 0 where it has none. */
size_t red_primary(const uint8_t *payload, size_t size, uint8_t *type);

#endif
