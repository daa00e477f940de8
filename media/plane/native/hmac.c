#include "hmac.h"

#include <openssl/crypto.h>

#include "memory.h"

void hmac_key(struct hmac *hmac, const uint8_t *key, size_t size)
{
    uint8_t block[HMAC_KEY];
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = 0x36 ^ (i < size ? key[i] : 0);
    must(SHA1_Init(&hmac->inner) && SHA1_Update(&hmac->inner, block, sizeof block));
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36 ^ 0x5C;
    must(SHA1_Init(&hmac->outer) && SHA1_Update(&hmac->outer, block, sizeof block));
    OPENSSL_cleanse(block, sizeof block);
}

void hmac_sign(const struct hmac *hmac, const uint8_t *part, size_t size, const uint8_t *next, size_t next_size, uint8_t digest[HMAC_SIZE])
{
    SHA_CTX state = hmac->inner;
    must(SHA1_Update(&state, part, size) && SHA1_Update(&state, next, next_size) && SHA1_Final(digest, &state));
    state = hmac->outer;
    must(SHA1_Update(&state, digest, HMAC_SIZE) && SHA1_Final(digest, &state));
}
