#ifndef USE_IPSEC_MB
#include "gcm.h"

#include <openssl/evp.h>

#include "memory.h"

static EVP_CIPHER_CTX *context(const struct gcm *gcm) { return (EVP_CIPHER_CTX *)gcm; }

void gcm_prepare(void) {}

struct gcm *gcm_new(const uint8_t *key, int key_size)
{
    EVP_CIPHER_CTX *made = EVP_CIPHER_CTX_new();
    must(made != NULL);
    must(EVP_CipherInit_ex(made, key_size == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(), NULL, key, NULL, 1));
    return (struct gcm *)made;
}

void gcm_free(struct gcm *gcm) { EVP_CIPHER_CTX_free(context(gcm)); }

void gcm_foresee(const struct gcm *gcm) { __builtin_prefetch(gcm); }

void gcm_seal(struct gcm *gcm, const uint8_t *vector, struct associated with, uint8_t *out, const uint8_t *plain, size_t size)
{
    int written;
    must(EVP_CipherInit_ex(context(gcm), NULL, NULL, NULL, vector, 1));
    must(EVP_EncryptUpdate(context(gcm), NULL, &written, with.data, (int)with.size));
    must(EVP_EncryptUpdate(context(gcm), out, &written, plain, (int)size));
    must(EVP_EncryptFinal_ex(context(gcm), out + size, &written));
    must(EVP_CIPHER_CTX_ctrl(context(gcm), EVP_CTRL_GCM_GET_TAG, GCM_TAG, out + size));
}

bool gcm_open(struct gcm *gcm, const uint8_t *vector, struct associated with, uint8_t *data, size_t size)
{
    int written;
    must(EVP_CipherInit_ex(context(gcm), NULL, NULL, NULL, vector, 0));
    must(EVP_CIPHER_CTX_ctrl(context(gcm), EVP_CTRL_GCM_SET_TAG, GCM_TAG, data + size));
    must(EVP_DecryptUpdate(context(gcm), NULL, &written, with.data, (int)with.size));
    must(EVP_DecryptUpdate(context(gcm), data, &written, data, (int)size));
    return EVP_DecryptFinal_ex(context(gcm), data + size, &written) > 0;
}
#endif
