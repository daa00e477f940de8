#ifdef USE_IPSEC_MB
#include "gcm.h"

#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>

#include "memory.h"

/* Those that suit this processor, for one size of keys. */
struct functions {
    aes_gcm_pre_t expand;
    aes_gcm_enc_dec_t seal, open;
};

struct gcm {
    struct gcm_key_data key;
    const struct functions *by;
};

static struct functions shorter, longer;

static void choose(void)
{
    IMB_MGR *manager = alloc_mb_mgr(0);
    must(manager != NULL);
    init_mb_mgr_auto(manager, NULL);
    must(manager->features & IMB_FEATURE_SELF_TEST_PASS);
    shorter = (struct functions){manager->gcm128_pre, manager->gcm128_enc, manager->gcm128_dec};
    longer = (struct functions){manager->gcm256_pre, manager->gcm256_enc, manager->gcm256_dec};
    free_mb_mgr(manager);
}

void gcm_prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose);
}

struct gcm *gcm_new(const uint8_t *key, int key_size)
{
    void *room = NULL;
    gcm_prepare();
    must(posix_memalign(&room, _Alignof(struct gcm), sizeof(struct gcm)) == 0);
    struct gcm *gcm = room;
    gcm->by = key_size == 32 ? &longer : &shorter;
    gcm->by->expand(key, &gcm->key);
    return gcm;
}

void gcm_free(struct gcm *gcm)
{
    if (gcm)
        OPENSSL_cleanse(gcm, sizeof *gcm);
    free(gcm);
}

void gcm_foresee(const struct gcm *gcm)
{
    __builtin_prefetch(&gcm->by);
    for (size_t at = 0; at < 4 * 64; at += 64) /* round keys, and the hash keys nearest to them */
        __builtin_prefetch((const char *)&gcm->key + at);
}

void gcm_seal(struct gcm *gcm, const uint8_t *vector, struct associated with, uint8_t *out, const uint8_t *plain, size_t size)
{
    struct gcm_context_data state;
    gcm->by->seal(&gcm->key, &state, out, plain, size, vector, with.data, with.size, out + size, GCM_TAG);
}

bool gcm_open(struct gcm *gcm, const uint8_t *vector, struct associated with, uint8_t *data, size_t size)
{
    struct gcm_context_data state;
    uint8_t tag[GCM_TAG];
    gcm->by->open(&gcm->key, &state, data, data, size, vector, with.data, with.size, tag, GCM_TAG);
    return CRYPTO_memcmp(tag, data + size, GCM_TAG) == 0;
}
#endif
