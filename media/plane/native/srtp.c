#include "srtp.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "gcm.h"
#include "hmac.h"
#include "memory.h"
#include "plane.h"
#include "rtp.h"

enum { GCM_SALT = GCM_VECTOR, CM_TAG = 10, CM_SALT = 14, SHA1_KEY = 20 };
enum { RTCP_FIXED = 8, MEDIAN = 0x8000 };
static const uint32_t RTCP_ENCRYPTED = 0x80000000u;

/* Labels of key derivation (RFC 3711 §4.3.2); those of SRTCP are three higher. */
enum { LABEL_CIPHER, LABEL_AUTHENTICATION, LABEL_SALT, LABELS };

struct keys {
    struct gcm *gcm;         /* or */
    EVP_CIPHER_CTX *counter; /* keyed once, given a new vector for each packet */
    uint8_t salt[CM_SALT];
    struct hmac hmac;
};

struct crypto {
    bool gcm;
    struct keys rtp, rtcp;
};

/* ── keys */

static void derive(const EVP_CIPHER *prf, const uint8_t *master, const uint8_t *salt, int label, uint8_t *out, int size)
{
    static const uint8_t zeros[32];
    uint8_t vector[16] = {0};
    memcpy(vector, salt, CM_SALT);
    vector[7] ^= (uint8_t)label;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    must(context != NULL);
    int written;
    must(EVP_EncryptInit_ex(context, prf, NULL, master, vector));
    must(EVP_EncryptUpdate(context, out, &written, zeros, size));
    EVP_CIPHER_CTX_free(context);
}

static void make_keys(struct keys *keys, int profile, const uint8_t *master, int first_label)
{
    bool gcm = profile != PLANE_CM_SHA1_80, is_long = profile == PLANE_GCM_256;
    const EVP_CIPHER *prf = is_long ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
    int key_size = is_long ? 32 : 16;
    uint8_t salt[CM_SALT] = {0}, key[32], authentication[SHA1_KEY];
    memcpy(salt, master + key_size, gcm ? GCM_SALT : CM_SALT);
    derive(prf, master, salt, first_label + LABEL_CIPHER, key, key_size);
    derive(prf, master, salt, first_label + LABEL_SALT, keys->salt, CM_SALT);
    if (gcm) {
        keys->gcm = gcm_new(key, key_size);
    } else {
        must((keys->counter = EVP_CIPHER_CTX_new()) != NULL);
        must(EVP_EncryptInit_ex(keys->counter, prf, NULL, key, NULL));
        derive(prf, master, salt, first_label + LABEL_AUTHENTICATION, authentication, SHA1_KEY);
        hmac_key(&keys->hmac, authentication, SHA1_KEY);
    }
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(authentication, sizeof authentication);
}

struct crypto *crypto_new(int profile, const uint8_t *key_and_salt)
{
    struct crypto *crypto = claim(sizeof *crypto);
    crypto->gcm = profile != PLANE_CM_SHA1_80;
    make_keys(&crypto->rtp, profile, key_and_salt, 0);
    make_keys(&crypto->rtcp, profile, key_and_salt, LABELS);
    return crypto;
}

static void free_keys(struct keys *keys)
{
    gcm_free(keys->gcm);
    EVP_CIPHER_CTX_free(keys->counter);
}

void crypto_free(struct crypto *crypto)
{
    if (!crypto)
        return;
    free_keys(&crypto->rtp);
    free_keys(&crypto->rtcp);
    OPENSSL_cleanse(crypto, sizeof *crypto);
    free(crypto);
}

void crypto_foresee(const struct crypto *crypto)
{
    if (crypto->gcm)
        gcm_foresee(crypto->rtp.gcm);
}

size_t crypto_trailer(const struct crypto *crypto) { return crypto->gcm ? GCM_TAG : CM_TAG; }

/* ── order */

/* The packet index of a sequence number (RFC 3711 §3.3.1): roll-over counter and number. */
static uint64_t index_of(const struct window *window, uint16_t sequence)
{
    if (window->highest <= MEDIAN)
        return sequence; /* nothing was rolled over yet, so nothing can come from before */
    int64_t near = (int64_t)window->highest;
    uint16_t last = (uint16_t)near;
    int64_t cycle = near >> 16;
    if (last < MEDIAN && sequence - last > MEDIAN)
        cycle--;
    else if (last >= MEDIAN && last - MEDIAN > sequence)
        cycle++;
    return (uint64_t)cycle << 16 | sequence;
}

static bool came_before(const struct window *window, uint64_t index)
{
    if (index > window->highest)
        return false;
    if (window->highest - index >= SRTP_WINDOW)
        return true;
    return window->seen[index % SRTP_WINDOW / 64] >> index % 64 & 1;
}

static void remember(struct window *window, uint64_t index)
{
    if (index > window->highest) {
        if (index - window->highest >= SRTP_WINDOW)
            memset(window->seen, 0, sizeof window->seen);
        else
            for (uint64_t skipped = window->highest + 1; skipped < index; skipped++)
                window->seen[skipped % SRTP_WINDOW / 64] &= ~(1ull << skipped % 64);
        window->highest = index;
    }
    window->seen[index % SRTP_WINDOW / 64] |= 1ull << index % 64;
}

/* ── ciphers */

/* The vector of one packet: SSRC and index over the salt (RFC 3711 §4.1.1, RFC 7714 §8.1 and §9.1). */
static void make_vector(const struct crypto *crypto, const struct keys *keys, uint32_t ssrc, uint64_t index, uint8_t vector[16])
{
    size_t at = crypto->gcm ? 2 : 4;
    uint8_t fields[10];
    write32(fields, ssrc);
    write16(fields + 4, (uint16_t)(index >> 32));
    write32(fields + 6, (uint32_t)index);
    memset(vector, 0, 16);
    memcpy(vector, keys->salt, crypto->gcm ? GCM_SALT : CM_SALT);
    for (size_t i = 0; i < sizeof fields; i++)
        vector[at + i] ^= fields[i];
}

/* Counter mode: the same both ways. */
static void cm_crypt(struct keys *keys, const uint8_t *vector, uint8_t *out, const uint8_t *in, size_t size)
{
    int written;
    must(EVP_EncryptInit_ex(keys->counter, NULL, NULL, NULL, vector));
    must(EVP_EncryptUpdate(keys->counter, out, &written, in, (int)size));
}

/* HMAC-SHA1 over `data`, and `counter` where there is one. */
static void authenticate(const struct keys *keys, const uint8_t *data, size_t size, const uint32_t *counter, uint8_t *tag)
{
    uint8_t digest[HMAC_SIZE], rolled[4];
    if (counter)
        write32(rolled, *counter);
    hmac_sign(&keys->hmac, data, size, rolled, counter ? sizeof rolled : 0, digest);
    memcpy(tag, digest, CM_TAG);
}

/* ── packets */

int srtp_unprotect(struct crypto *crypto, struct window *window, uint8_t *packet, size_t size)
{
    size_t header = rtp_header_size(packet, size), trailer = crypto_trailer(crypto);
    if (!header)
        return SRTP_FORGED;
    uint64_t index = index_of(window, read16(packet + 2));
    if (came_before(window, index))
        return SRTP_REPLAYED;
    if (size < header + trailer)
        return SRTP_FORGED;
    uint8_t vector[16];
    make_vector(crypto, &crypto->rtp, read32(packet + 8), index, vector);
    size_t plain = size - trailer;
    if (crypto->gcm) {
        if (!gcm_open(crypto->rtp.gcm, vector, (struct associated){packet, header}, packet + header, plain - header))
            return SRTP_FORGED;
    } else {
        uint8_t tag[CM_TAG];
        authenticate(&crypto->rtp, packet, plain, &(uint32_t){(uint32_t)(index >> 16)}, tag);
        if (CRYPTO_memcmp(tag, packet + plain, CM_TAG) != 0)
            return SRTP_FORGED;
        cm_crypt(&crypto->rtp, vector, packet + header, packet + header, plain - header);
    }
    remember(window, index);
    return (int)plain;
}

bool srtp_protect(struct crypto *crypto, struct window *window, uint8_t *out, size_t header, const uint8_t *payload, size_t size)
{
    uint64_t index = index_of(window, read16(out + 2));
    if (came_before(window, index))
        return false;
    remember(window, index);
    uint8_t vector[16];
    make_vector(crypto, &crypto->rtp, read32(out + 8), index, vector);
    if (crypto->gcm) {
        gcm_seal(crypto->rtp.gcm, vector, (struct associated){out, header}, out + header, payload, size);
    } else {
        cm_crypt(&crypto->rtp, vector, out + header, payload, size);
        authenticate(&crypto->rtp, out, header + size, &(uint32_t){(uint32_t)(index >> 16)}, out + header + size);
    }
    return true;
}

/* What a compound's cipher text is sealed with: its first bytes and its last word (RFC 7714 §17). */
static void join_rtcp(uint8_t with[RTCP_FIXED + 4], const uint8_t *compound, const uint8_t *word)
{
    memcpy(with, compound, RTCP_FIXED);
    memcpy(with + RTCP_FIXED, word, 4);
}

int srtcp_unprotect(struct crypto *crypto, struct window *window, uint8_t *packet, size_t size)
{
    size_t tag = crypto_trailer(crypto);
    if (size < RTCP_FIXED + tag + 4)
        return SRTP_FORGED;
    size_t plain = size - tag - 4;
    const uint8_t *word = packet + (crypto->gcm ? size - 4 : plain);
    uint32_t index = read32(word) & ~RTCP_ENCRYPTED;
    if (!(read32(word) & RTCP_ENCRYPTED))
        return SRTP_FORGED;
    if (came_before(window, index))
        return SRTP_REPLAYED;
    uint8_t vector[16], expected[CM_TAG];
    make_vector(crypto, &crypto->rtcp, read32(packet + 4), index, vector);
    if (crypto->gcm) {
        uint8_t with[RTCP_FIXED + 4];
        join_rtcp(with, packet, word);
        if (!gcm_open(crypto->rtcp.gcm, vector, (struct associated){with, sizeof with}, packet + RTCP_FIXED,
                      plain - RTCP_FIXED))
            return SRTP_FORGED;
    } else {
        authenticate(&crypto->rtcp, packet, plain + 4, NULL, expected);
        if (CRYPTO_memcmp(expected, word + 4, CM_TAG) != 0)
            return SRTP_FORGED;
        cm_crypt(&crypto->rtcp, vector, packet + RTCP_FIXED, packet + RTCP_FIXED, plain - RTCP_FIXED);
    }
    remember(window, index);
    return (int)plain;
}

size_t srtcp_protect(struct crypto *crypto, uint32_t index, uint8_t *compound, size_t size)
{
    uint8_t vector[16], word[4];
    write32(word, index | RTCP_ENCRYPTED);
    make_vector(crypto, &crypto->rtcp, read32(compound + 4), index, vector);
    uint8_t *body = compound + RTCP_FIXED;
    if (crypto->gcm) {
        uint8_t with[RTCP_FIXED + 4];
        join_rtcp(with, compound, word);
        gcm_seal(crypto->rtcp.gcm, vector, (struct associated){with, sizeof with}, body, body, size - RTCP_FIXED);
        memcpy(compound + size + GCM_TAG, word, 4);
    } else {
        cm_crypt(&crypto->rtcp, vector, body, body, size - RTCP_FIXED);
        memcpy(compound + size, word, 4);
        authenticate(&crypto->rtcp, compound, size + 4, NULL, compound + size + 4);
    }
    return size + crypto_trailer(crypto) + 4;
}
