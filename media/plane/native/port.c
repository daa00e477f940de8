#include "port.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/uio.h>

#include "memory.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

struct port *port_new(int socket)
{
    struct port *port = claim(sizeof *port);
    port->socket = socket;
    for (int i = 0; i < MAX_TURN; i++) {
        port->arrival_parts[i] = (struct iovec){port->incoming[i], MAX_DATAGRAM + 1};
        port->arrivals[i].msg_hdr = (struct msghdr){.msg_iov = &port->arrival_parts[i], .msg_iovlen = 1, .msg_name = &port->senders[i]};
        port->arrivals[i].msg_hdr.msg_namelen = sizeof port->senders[i];
    }
    for (int i = 0; i < MAX_BURST; i++) {
        struct cmsghdr *control = (struct cmsghdr *)port->controls[i].bytes;
        *control = (struct cmsghdr){.cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(sizeof(uint16_t))};
        port->departures[i].msg_hdr =
            (struct msghdr){.msg_iov = &port->departure_parts[i], .msg_iovlen = 1, .msg_name = &port->outgoing[i].to.any};
    }
    return port;
}

int port_receive(struct port *port, int kept, bool wait)
{
    struct mmsghdr *free = port->arrivals + kept;
    int count = recvmmsg(port->socket, free, (unsigned)(MAX_TURN - kept), wait ? MSG_WAITFORONE : MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++)
        free[i].msg_hdr.msg_namelen = sizeof port->senders[0];
    return count > 0 ? count : 0;
}

/* ── out */

static bool is_full(int refusal) { return refusal == EAGAIN || refusal == EWOULDBLOCK || refusal == ENOBUFS; }

static bool refuses_segments(int refusal)
{
    return refusal == EINVAL || refusal == EIO || refusal == EMSGSIZE || refusal == ENOPROTOOPT || refusal == EOPNOTSUPP;
}

static void count_refusal(struct port *port, int refusal, uint64_t datagrams)
{
    *(is_full(refusal) ? &port->unsent_full : &port->unsent_refused) += datagrams;
}

static uint64_t datagrams_of(const struct port *port, uint32_t message)
{
    uint32_t segment = port->outgoing[message].segment;
    return segment ? (port->departure_parts[message].iov_len + segment - 1) / segment : 1;
}

bool port_send(struct port *port, const struct address *to, const uint8_t *datagram, size_t size)
{
    if (sendto(port->socket, datagram, size, MSG_DONTWAIT, &to->any, to->size) >= 0)
        return true;
    count_refusal(port, errno, 1);
    return false;
}

static void send_one_by_one(struct port *port, uint32_t message)
{
    const struct outgoing *outgoing = &port->outgoing[message];
    const struct iovec *part = &port->departure_parts[message];
    for (size_t at = 0; at < part->iov_len; at += outgoing->segment) {
        size_t left = part->iov_len - at;
        port->sent += port_send(port, &outgoing->to, (uint8_t *)part->iov_base + at, left < outgoing->segment ? left : outgoing->segment);
    }
}

/* The kernel took none of the datagrams of a message. */
static void refused(struct port *port, uint32_t message, int refusal)
{
    struct outgoing *outgoing = &port->outgoing[message];
    if (outgoing->segment && refuses_segments(refusal)) {
        outgoing->peer->segmentation = false;
        send_one_by_one(port, message);
    } else {
        count_refusal(port, refusal, datagrams_of(port, message));
    }
}

void port_flush(struct port *port)
{
    for (uint32_t at = 0; at < port->queued;) {
        int taken = sendmmsg(port->socket, port->departures + at, port->queued - at, MSG_DONTWAIT);
        for (int i = 0; i < taken; i++)
            port->sent += datagrams_of(port, at + (uint32_t)i);
        at += taken > 0 ? (uint32_t)taken : 0;
        if (taken < 0 && errno != EINTR)
            refused(port, at++, errno);
    }
    port->queued = port->used = 0;
}

uint8_t *port_room(struct port *port)
{
    if (port->queued == MAX_BURST || port->used > BURST_BYTES)
        port_flush(port);
    return port->memory + port->used;
}

static void queue_message(struct port *port, struct peer *peer, uint8_t *bytes, size_t size, size_t segment)
{
    uint32_t message = port->queued++;
    struct msghdr *header = &port->departures[message].msg_hdr;
    struct outgoing *outgoing = &port->outgoing[message];
    *outgoing = (struct outgoing){peer->addresses[peer->address_count - 1], peer, size > segment ? (uint32_t)segment : 0};
    port->departure_parts[message] = (struct iovec){bytes, size};
    header->msg_namelen = outgoing->to.size;
    header->msg_control = outgoing->segment ? port->controls[message].bytes : NULL;
    header->msg_controllen = outgoing->segment ? sizeof port->controls[message].bytes : 0;
    if (outgoing->segment)
        memcpy(CMSG_DATA((struct cmsghdr *)port->controls[message].bytes), &(uint16_t){(uint16_t)segment}, sizeof(uint16_t));
}

void port_queue(struct port *port, struct peer *peer, size_t size, size_t segment)
{
    uint8_t *bytes = port->memory + port->used;
    size_t step = peer->segmentation ? size : segment;
    port->used += (uint32_t)size;
    for (size_t at = 0; at < size; at += step) {
        if (port->queued == MAX_BURST) {
            uint32_t used = port->used; /* the rest still lies there */
            port_flush(port);
            port->used = used;
        }
        queue_message(port, peer, bytes + at, size - at < step ? size - at : step, segment);
    }
}
