/* Where peers are: addresses as the socket has them, and who was proved to be at each. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum { MAX_HOST = 80 };

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t size;
};

struct peer;

/* Open addressing; at most half full. */
struct addresses {
    struct place {
        struct address address;
        struct peer *peer; /* NULL: free */
    } *places;
    uint32_t mask, count;
};

/* Numeric host and port, as Python's sockets write them; false where they are none. */
bool address_read(struct address *, const char *host, int port);
int address_write(const struct address *, char host[MAX_HOST]);

/* Takes what the kernel told of a datagram's sender. */
void address_take(struct address *, const struct sockaddr_storage *);
bool address_equal(const struct address *, const struct address *);

struct peer *addresses_find(const struct addresses *, const struct address *);
void addresses_set(struct addresses *, const struct address *, struct peer *);
void addresses_remove(struct addresses *, const struct address *);
void addresses_free(struct addresses *);

#endif
