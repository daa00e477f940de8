/* The dependency descriptor: which frame a packet belongs to, and who needs that frame to decode what (RTP Payload
   Format for AV1, appendix A). media/rtp/dependency_descriptor.py and media/plane/frames.py are its twins. */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_TARGETS = 32, MAX_TEMPLATES = 64, MAX_INDICATIONS = 256, MAX_REFERENCES = 8, SPATIAL_LAYERS = 4, TEMPORAL_LAYERS = 8 };
enum indication { NOT_PRESENT, DISCARDABLE, SWITCH, REQUIRED };

/* What a frame refers to, and what it is to each decode target: two bits of `indications`, the first target lowest. */
struct kind {
    uint8_t spatial, temporal, reference_count;
    uint16_t references[MAX_REFERENCES]; /* how many frames ago those were */
    uint64_t indications;
};

struct structure {
    uint8_t offset, template_count, target_count, chains;
    struct kind templates[MAX_TEMPLATES];
    uint8_t spatial[MAX_TARGETS], temporal[MAX_TARGETS]; /* that each decode target reaches */
};

/* The decode target that reaches farthest, of those that are sent, for each wish. */
struct reaches {
    uint8_t target[SPATIAL_LAYERS][TEMPORAL_LAYERS], spatial[SPATIAL_LAYERS][TEMPORAL_LAYERS];
};

/* The frame to which a packet belongs. */
struct frame {
    const uint8_t *said; /* the descriptor as it came */
    uint8_t size;        /* of that; 0: the packet has none */
    bool first, last;    /* of the frame's packets */
    bool known;          /* its structure has come: what follows is filled in */
    uint16_t number;
    uint8_t target_count;
    uint32_t generation; /* of the structure */
    struct kind kind;
    struct reaches best;
};

/* What one source has told of its frames. */
struct frames {
    bool has_structure;
    uint8_t layer_count, pace_count;
    uint32_t generation, generations;
    int64_t changed_at; /* number of the packet that told what is sent */
    uint64_t octets[SPATIAL_LAYERS]; /* of payload, for a subscriber of the sizes up to each */
    uint64_t paces[TEMPORAL_LAYERS]; /* the same of the least size, with the frame rates up to each */
    struct structure structure;
    struct reaches best;
};

struct frames *frames_new(void);

/* Reads the descriptor of packet `number` (extended) with a payload of `octets`; false where the bytes are none. */
bool frames_read(struct frames *, const uint8_t *said, size_t size, int64_t number, size_t octets, struct frame *);

static inline enum indication indication_of(const struct kind *kind, uint8_t target)
{
    return (enum indication)(kind->indications >> 2 * target & 3);
}

#endif
