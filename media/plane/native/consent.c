#include "consent.h"

#include <openssl/crypto.h>
#include <string.h>

#include "rtp.h"

/* STUN (RFC 8489 §5 and §14). */
enum { HEADER = 20, COOKIE_AT = 4, TRANSACTION_AT = 8, ATTRIBUTE = 4, REQUEST = 0x0001, SUCCESS = 0x0101 };
enum { USERNAME = 0x0006, INTEGRITY = 0x0008, MAPPED_ADDRESS = 0x0020, FINGERPRINT = 0x8028 };
enum { SIGNED = ATTRIBUTE + HMAC_SIZE, PRINTED = ATTRIBUTE + 4 };
static const uint32_t COOKIE = 0x2112A442, PRINT = 0x5354554E;

void consent_set(struct consent *consent, const uint8_t *username, size_t size, const uint8_t *password, size_t password_size)
{
    bool fits = size <= MAX_USERNAME && password_size <= HMAC_KEY;
    consent->username_size = fits ? size : 0;
    if (!fits)
        return;
    memcpy(consent->username, username, size);
    hmac_key(&consent->password, password, password_size);
}

/* CRC-32 as Ethernet's, over the few bytes of a check. */
static uint32_t fingerprint(const uint8_t *message, size_t size)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < size; i++) {
        crc ^= message[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc ^ PRINT;
}

/* Signs what stands before `at` as if the message ended with the signature (RFC 8489 §14.5). */
static void sign(const struct consent *consent, const uint8_t *message, size_t at, uint8_t digest[HMAC_SIZE])
{
    uint8_t header[HEADER];
    memcpy(header, message, HEADER);
    write16(header + 2, (uint16_t)(at + SIGNED - HEADER));
    hmac_sign(&consent->password, header, HEADER, message + HEADER, at - HEADER, digest);
}

/* Where the signature of a request stands which has our name before it and a right fingerprint, and nothing else,
   behind; 0 for all others. */
static size_t find_signature(const struct consent *consent, const uint8_t *request, size_t size)
{
    bool named = false;
    for (size_t at = HEADER, next; at + SIGNED + PRINTED <= size; at = next) {
        const uint8_t *value = request + at + ATTRIBUTE;
        uint16_t kind = read16(request + at), length = read16(request + at + 2);
        next = at + ATTRIBUTE + ((length + 3u) & ~3u);
        if (kind == INTEGRITY) {
            const uint8_t *print = request + size - PRINTED;
            bool last = length == HMAC_SIZE && next + PRINTED == size && read16(print) == FINGERPRINT && read16(print + 2) == 4;
            return named && last && read32(print + ATTRIBUTE) == fingerprint(request, size - PRINTED) ? at : 0;
        }
        if (kind == USERNAME) {
            if (named || length != consent->username_size || at + ATTRIBUTE + length > size || memcmp(value, consent->username, length) != 0)
                return 0;
            named = true;
        }
    }
    return 0;
}

static size_t write_mapped(uint8_t *out, const struct address *from, const uint8_t *transaction)
{
    const uint8_t *host = (const uint8_t *)&from->v4.sin_addr;
    size_t size = 4;
    uint16_t port = from->v4.sin_port;
    if (from->any.sa_family == AF_INET6) {
        bool inside = IN6_IS_ADDR_V4MAPPED(&from->v6.sin6_addr); /* the client knows itself as IPv4 */
        host = from->v6.sin6_addr.s6_addr + (inside ? 12 : 0);
        size = inside ? 4 : 16;
        port = from->v6.sin6_port;
    }
    write16(out, MAPPED_ADDRESS);
    write16(out + 2, (uint16_t)(4 + size));
    write16(out + 4, size == 4 ? 1 : 2);
    write16(out + 6, (uint16_t)(ntohs(port) ^ COOKIE >> 16));
    for (size_t i = 0; i < size; i++) /* the cookie and the transaction stand side by side */
        out[8 + i] = host[i] ^ transaction[i];
    return ATTRIBUTE + 4 + size;
}

size_t consent_answer(const struct consent *consent, const uint8_t *request, size_t size, const struct address *from, uint8_t out[CONSENT_ANSWER])
{
    uint8_t digest[HMAC_SIZE];
    if (!consent->username_size || size < CONSENT_ANSWER || size % 4 || read16(request) != REQUEST ||
        read16(request + 2) != size - HEADER || read32(request + COOKIE_AT) != COOKIE)
        return 0;
    size_t at = find_signature(consent, request, size);
    if (!at)
        return 0;
    sign(consent, request, at, digest);
    if (CRYPTO_memcmp(digest, request + at + ATTRIBUTE, HMAC_SIZE) != 0)
        return 0;
    memcpy(out, request, HEADER);
    write16(out, SUCCESS);
    size_t end = HEADER + write_mapped(out + HEADER, from, request + COOKIE_AT);
    sign(consent, out, end, out + end + ATTRIBUTE);
    write16(out + end, INTEGRITY);
    write16(out + end + 2, HMAC_SIZE);
    write16(out + 2, (uint16_t)(end + SIGNED + PRINTED - HEADER));
    end += SIGNED;
    write16(out + end, FINGERPRINT);
    write16(out + end + 2, 4);
    write32(out + end + ATTRIBUTE, fingerprint(out, end));
    return end + PRINTED;
}
