/* The one UDP socket of a worker: bursts in, bursts out, one system call each; never waiting to send. */
#ifndef PORT_H
#define PORT_H

#include <sys/socket.h>

#include "address.h"
#include "peer.h"
#include "run.h"

enum {
    MAX_BURST = 256,       /* messages handed to the kernel in one call */
    BURST_BYTES = 524288,
    ROOM = MAX_DATAGRAM + 64, /* for one datagram that comes in, and for padding behind it */
};

struct port {
    int socket;
    uint64_t sent, unsent_full, unsent_refused; /* datagrams */

    struct mmsghdr arrivals[MAX_TURN];
    struct iovec arrival_parts[MAX_TURN];
    struct sockaddr_storage senders[MAX_TURN];
    uint8_t incoming[MAX_TURN][ROOM];

    struct mmsghdr departures[MAX_BURST];
    struct iovec departure_parts[MAX_BURST];
    struct control {
        _Alignas(struct cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
    } controls[MAX_BURST];
    struct outgoing {
        struct address to;
        struct peer *peer; /* whose way it is */
        uint32_t segment;  /* 0 where it is one datagram */
    } outgoing[MAX_BURST];
    uint32_t queued, used; /* messages, bytes */
    uint8_t memory[BURST_BYTES + OUT_OF_A_RUN];
};

struct port *port_new(int socket);

/* Reads what is there behind the first `kept` datagrams, up to MAX_TURN in all, waiting for one where `wait`; returns
   how many came. Datagram i has arrivals[i].msg_len bytes at incoming[i]; a size over MAX_DATAGRAM tells that the rest
   was cut off. */
int port_receive(struct port *, int kept, bool wait);

/* Where the next run may be written: OUT_OF_A_RUN bytes. What is queued may be sent to make room. */
uint8_t *port_room(struct port *);

/* Queues the `size` bytes that stand there as datagrams of `segment` bytes, the last may be shorter, for `peer`. */
void port_queue(struct port *, struct peer *, size_t size, size_t segment);
void port_flush(struct port *);

bool port_send(struct port *, const struct address *, const uint8_t *datagram, size_t size);

#endif
