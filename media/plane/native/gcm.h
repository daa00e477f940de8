/* AES-GCM (NIST SP 800-38D) with keys of 16 or 32 bytes, vectors of 12 and tags of 16.

   Two makers, of which the build takes one: Intel's multi-buffer library where it is installed, a quarter of OpenSSL's
   cost for packets of a call; OpenSSL elsewhere. */
#ifndef GCM_H
#define GCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GCM_VECTOR = 12, GCM_TAG = 16 };

/* What text is sealed with, though it stays readable. */
struct associated {
    const uint8_t *data;
    size_t size;
};

struct gcm;

/* Makes the library ready, which takes milliseconds and megabytes; else the first key does. */
void gcm_prepare(void);

struct gcm *gcm_new(const uint8_t *key, int key_size);
void gcm_free(struct gcm *);
/* Asks for the memory of the key, which is to lie in the cache already. */
void gcm_foresee(const struct gcm *);

/* Writes the cipher text of `plain` to `out`, in place or elsewhere, and the tag behind it. */
void gcm_seal(struct gcm *, const uint8_t *vector, struct associated, uint8_t *out, const uint8_t *plain, size_t size);
/* Deciphers `size` bytes in place, whose tag stands behind them. False where that is forged: `data` is worthless then. */
bool gcm_open(struct gcm *, const uint8_t *vector, struct associated, uint8_t *data, size_t size);

#endif
