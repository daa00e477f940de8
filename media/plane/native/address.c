#include "address.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

bool address_read(struct address *address, const char *host, int port)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM}, *found;
    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return false;
    struct sockaddr_storage storage = {0};
    memcpy(&storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    address_take(address, &storage);
    if (address->any.sa_family == AF_INET)
        address->v4.sin_port = htons((uint16_t)port);
    else
        address->v6.sin6_port = htons((uint16_t)port);
    return true;
}

int address_write(const struct address *address, char host[MAX_HOST])
{
    if (getnameinfo(&address->any, address->size, host, MAX_HOST, NULL, 0, NI_NUMERICHOST) != 0)
        host[0] = 0;
    return ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port);
}

void address_take(struct address *address, const struct sockaddr_storage *storage)
{
    memset(address, 0, sizeof *address);
    if (storage->ss_family == AF_INET) {
        const struct sockaddr_in *given = (const struct sockaddr_in *)storage;
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = given->sin_port;
        address->v4.sin_addr = given->sin_addr;
        address->size = sizeof address->v4;
    } else {
        const struct sockaddr_in6 *given = (const struct sockaddr_in6 *)storage;
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = given->sin6_port;
        address->v6.sin6_addr = given->sin6_addr;
        address->v6.sin6_scope_id = given->sin6_scope_id;
        address->size = sizeof address->v6;
    }
}

bool address_equal(const struct address *one, const struct address *other)
{
    return memcmp(&one->v6, &other->v6, sizeof one->v6) == 0;
}

static uint32_t hash(const struct address *address)
{
    uint64_t words[4] = {0}, mixed = 0;
    memcpy(words, &address->v6, sizeof address->v6);
    for (int i = 0; i < 4; i++)
        mixed = (mixed ^ words[i]) * 0x9E3779B97F4A7C15ull;
    return (uint32_t)(mixed >> 32);
}

/* Where `address` is, or where it would go. */
static struct place *place_of(const struct addresses *addresses, const struct address *address)
{
    uint32_t at = hash(address) & addresses->mask;
    while (addresses->places[at].peer && !address_equal(&addresses->places[at].address, address))
        at = (at + 1) & addresses->mask;
    return &addresses->places[at];
}

static void grow(struct addresses *addresses)
{
    struct addresses larger = {.mask = addresses->places ? addresses->mask * 2 + 1 : 15, .count = addresses->count};
    larger.places = claim((larger.mask + 1) * sizeof *larger.places);
    for (uint32_t i = 0; addresses->places && i <= addresses->mask; i++)
        if (addresses->places[i].peer)
            *place_of(&larger, &addresses->places[i].address) = addresses->places[i];
    free(addresses->places);
    *addresses = larger;
}

struct peer *addresses_find(const struct addresses *addresses, const struct address *address)
{
    return addresses->places ? place_of(addresses, address)->peer : NULL;
}

void addresses_set(struct addresses *addresses, const struct address *address, struct peer *peer)
{
    if (!addresses->places || addresses->count * 2 > addresses->mask)
        grow(addresses);
    struct place *place = place_of(addresses, address);
    if (!place->peer)
        addresses->count++;
    place->address = *address;
    place->peer = peer;
}

void addresses_remove(struct addresses *addresses, const struct address *address)
{
    struct place *place = addresses->places ? place_of(addresses, address) : NULL;
    if (!place || !place->peer)
        return;
    place->peer = NULL;
    addresses->count--;
    /* whatever was pushed aside by it, or by others behind, finds its place anew */
    for (uint32_t at = (uint32_t)(place - addresses->places + 1) & addresses->mask; addresses->places[at].peer;
         at = (at + 1) & addresses->mask) {
        struct place moved = addresses->places[at];
        addresses->places[at].peer = NULL;
        *place_of(addresses, &moved.address) = moved;
    }
}

void addresses_free(struct addresses *addresses)
{
    free(addresses->places);
    *addresses = (struct addresses){0};
}
