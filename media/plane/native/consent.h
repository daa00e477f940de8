/* Checks by which a peer consents to what it is sent (RFC 7675), answered on the spot where they change nothing;
   media/ice.py judges all others. */
#ifndef CONSENT_H
#define CONSENT_H

#include "address.h"
#include "hmac.h"

enum { MAX_USERNAME = 64, CONSENT_ANSWER = 76 }; /* bytes */

struct consent {
    struct hmac password;
    uint8_t username[MAX_USERNAME];
    size_t username_size; /* 0: every check is another's */
    double last;          /* when one was answered */
};

/* Answers checks under this name from now on; never where it is longer than ours are. */
void consent_set(struct consent *, const uint8_t *username, size_t size, const uint8_t *password, size_t password_size);

/* Writes the answer to a binding request that came from the peer's address `from`; returns its size, or 0 where the
   datagram is anything else, or asks for anything else. */
size_t consent_answer(const struct consent *, const uint8_t *request, size_t size, const struct address *from, uint8_t out[CONSENT_ANSWER]);

#endif
