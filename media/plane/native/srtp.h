/* SRTP and SRTCP (RFC 3711) under AES-GCM (RFC 7714) and AES-CM with HMAC-SHA1, keys derived once (rate 0). */
#ifndef SRTP_H
#define SRTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SRTP_TRAILER = 16, /* bytes that protection adds to RTP in any profile */
    SRTCP_TRAILER = SRTP_TRAILER + 4,
    SRTP_WINDOW = 2048, /* packets; a network that reorders by 1,024 is not an attacker */
};

enum { SRTP_REPLAYED = -1, SRTP_FORGED = -2 };

/* Indices seen of one stream, the newest SRTP_WINDOW of them one by one. */
struct window {
    uint64_t highest;
    uint64_t seen[SRTP_WINDOW / 64];
};

/* The keys of one direction of one peer; what differs between streams is the caller's. */
struct crypto;

struct crypto *crypto_new(int profile, const uint8_t *key_and_salt);
void crypto_free(struct crypto *);
size_t crypto_trailer(const struct crypto *);
/* Asks for the memory of what protects packets, which is to lie in the cache already. */
void crypto_foresee(const struct crypto *);

/* Unprotects in place a packet of the stream that `window` belongs to. Returns its new size, or the refusal. */
int srtp_unprotect(struct crypto *, struct window *, uint8_t *packet, size_t size);
int srtcp_unprotect(struct crypto *, struct window *, uint8_t *packet, size_t size);

/* Protects the packet whose header of `header` bytes stands at `out`, its payload anywhere; `out` has room for the
   trailer. False where its number came before: no number may ever protect two packets. */
bool srtp_protect(struct crypto *, struct window *, uint8_t *out, size_t header, const uint8_t *payload, size_t size);

/* Protects a compound in place under `index`, which must not come twice for one SSRC. Returns its new size. */
size_t srtcp_protect(struct crypto *, uint32_t index, uint8_t *compound, size_t size);

#endif
