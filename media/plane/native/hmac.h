/* HMAC-SHA1 (RFC 2104) with the state after its key kept: packets and checks are short. */
#ifndef HMAC_H
#define HMAC_H

#define OPENSSL_API_COMPAT 0x10100000L /* SHA-1's state can be copied by assignment only through its older interface */
#include <openssl/sha.h>
#include <stddef.h>
#include <stdint.h>

enum { HMAC_KEY = 64, HMAC_SIZE = SHA_DIGEST_LENGTH };

struct hmac {
    SHA_CTX inner, outer;
};

/* Takes a key of at most HMAC_KEY bytes. */
void hmac_key(struct hmac *, const uint8_t *key, size_t size);
/* Signs one part of a message and the next. */
void hmac_sign(const struct hmac *, const uint8_t *part, size_t size, const uint8_t *next, size_t next_size, uint8_t digest[HMAC_SIZE]);

#endif
