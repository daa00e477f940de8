#include "packet.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "rtp.h"

enum { GRAIN = 128 }; /* of slots: few sizes, so that a slot soon fits whatever its source sends */

void packet_pad(struct packet *packet, uint16_t size)
{
    if (size == packet->size || size == packet->padded)
        return;
    uint8_t before = packet->head & RTP_PADDING << 8 ? packet->payload[packet->size - 1] : 0;
    memset(packet->payload + packet->size, 0, size - packet->size);
    packet->payload[size - 1] = (uint8_t)(size - packet->size + before);
    packet->padded = size;
}

struct cache *cache_new(void)
{
    struct cache *cache = claim(sizeof *cache);
    for (int i = 0; i < CACHE_SLOTS; i++)
        cache->slots[i].packet.number = INT64_MIN;
    return cache;
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    for (int i = 0; i < CACHE_SLOTS; i++)
        free(cache->slots[i].packet.payload);
    free(cache);
}

static size_t place(int64_t number) { return (size_t)(number & (CACHE_SLOTS - 1)); }

void cache_store(struct cache *cache, const struct packet *packet, const uint8_t *said, uint8_t said_size)
{
    struct slot *slot = &cache->slots[place(packet->number)];
    uint8_t *payload = slot->packet.payload;
    uint32_t needed = (uint32_t)packet->size + said_size;
    if (slot->room < needed) {
        slot->room = (uint16_t)((needed + GRAIN - 1) / GRAIN * GRAIN);
        payload = enlarge(payload, slot->room);
    }
    memcpy(payload, packet->payload, packet->size);
    if (said_size)
        memcpy(payload + packet->size, said, said_size);
    slot->said_size = said_size;
    slot->packet = *packet;
    slot->packet.payload = payload;
}

const struct packet *cache_find(const struct cache *cache, int64_t number)
{
    const struct packet *packet = &cache->slots[place(number)].packet;
    return packet->number == number ? packet : NULL;
}

uint8_t cache_said(const struct packet *found, const uint8_t **said)
{
    *said = found->payload + found->size;
    return ((const struct slot *)found)->said_size;
}
