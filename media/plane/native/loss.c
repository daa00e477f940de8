#include "loss.h"

#include <string.h>

static const double PATIENCE_S = 0.020, INTERVAL_S = 0.040;
enum { TRIES = 5 };

void loss_note(struct loss *loss, int64_t first, int64_t end, double now)
{
    if (end - first > MAX_MISSING)
        first = end - MAX_MISSING;
    uint32_t added = (uint32_t)(end - first), kept = loss->count;
    if (kept + added > MAX_MISSING) {
        kept = MAX_MISSING - added;
        memmove(loss->missing, loss->missing + loss->count - kept, kept * sizeof loss->missing[0]);
    }
    for (uint32_t i = 0; i < added; i++)
        loss->missing[kept + i] = (struct missing){first + i, now + PATIENCE_S, 0};
    loss->count = kept + added;
    if (now + PATIENCE_S < loss->earliest)
        loss->earliest = now + PATIENCE_S;
}

static void drop(struct loss *loss, uint32_t at)
{
    loss->count--;
    memmove(loss->missing + at, loss->missing + at + 1, (loss->count - at) * sizeof loss->missing[0]);
}

void loss_found(struct loss *loss, int64_t number)
{
    for (uint32_t i = loss->count; i-- > 0 && loss->missing[i].number >= number;)
        if (loss->missing[i].number == number)
            drop(loss, i);
}

uint32_t loss_due(struct loss *loss, double now, uint16_t out[MAX_MISSING])
{
    uint32_t told = 0;
    if (now < loss->earliest || loss->count == 0)
        return 0;
    for (uint32_t i = 0; i < loss->count;) {
        struct missing *missing = &loss->missing[i];
        if (missing->ask_at > now) {
            i++;
            continue;
        }
        out[told++] = (uint16_t)missing->number;
        missing->asked++;
        missing->ask_at = now + INTERVAL_S * (1 << (missing->asked - 1));
        if (missing->asked < TRIES)
            i++;
        else
            drop(loss, i);
    }
    loss->earliest = now;
    for (uint32_t i = 0; i < loss->count; i++)
        if (i == 0 || loss->missing[i].ask_at < loss->earliest)
            loss->earliest = loss->missing[i].ask_at;
    return told;
}
