/* Packets that travel together: runs of equal size, so that the kernel cuts one buffer into many datagrams. */
#ifndef RUN_H
#define RUN_H

#include "descriptor.h"
#include "packet.h"

enum {
    MAX_TURN = 96, /* datagrams read at once; then timers and commands get their turn */
    MAX_RUN = 40,  /* packets; the kernel takes 64 */
    MAX_RUN_BYTES = 65000,
    MAX_SEGMENT = 1250, /* bytes of payload; the kernel cuts nothing longer than the line takes, and a refusal is for good */
    OVERHEAD = 96, /* bytes of header, extensions and trailer, at most */
    OUT_OF_A_RUN = 72000,
};

/* Packets of one payload type, all with payloads of `size` bytes once padded, but the last, which may be shorter. */
struct run {
    struct packet **packets;
    struct packet *newest; /* the one with the highest number */
    uint32_t count;
    uint64_t octets; /* of payload, padding not counted */
    uint16_t size;
    uint8_t payload_type;
    const struct frame *const *frames; /* of each packet, where a dependency descriptor of equal size goes with it */
};

/* Plans the runs into which packets of one source fall, in their order; returns how many there are. */
uint32_t run_plan(struct packet **packets, uint32_t count, struct run runs[MAX_TURN]);

#endif
