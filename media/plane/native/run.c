#include "run.h"

static uint8_t type_of(const struct packet *packet) { return packet->head & 0x7F; }

/* How many packets the run has that begins with the first, and the size of its payloads. */
static uint32_t reach(struct packet **packets, uint32_t count, uint16_t *size)
{
    uint16_t low = packets[0]->size, high = low;
    uint32_t end = 1, limit = count < MAX_RUN ? count : MAX_RUN;
    while (end < limit && high <= MAX_SEGMENT && type_of(packets[end]) == type_of(packets[0])) {
        uint16_t next = packets[end]->size;
        if (next > MAX_SEGMENT)
            break;
        uint16_t lowest = next < low ? next : low, widest = next > high ? next : high;
        if (widest - lowest > MAX_PADDING) {
            end += next < low; /* a short one may still be the last */
            break;
        }
        low = lowest;
        high = widest;
        if ((end + 1) * (high + OVERHEAD) > MAX_RUN_BYTES)
            break;
        end++;
    }
    *size = high;
    return end;
}

uint32_t run_plan(struct packet **packets, uint32_t count, struct run runs[MAX_TURN])
{
    uint32_t planned = 0;
    for (uint32_t start = 0; start < count; planned++) {
        struct run *run = &runs[planned];
        *run = (struct run){.packets = packets + start, .newest = packets[start], .payload_type = type_of(packets[start])};
        run->count = reach(packets + start, count - start, &run->size);
        for (uint32_t i = 0; i < run->count; i++) {
            run->octets += run->packets[i]->size;
            if (run->packets[i]->number > run->newest->number)
                run->newest = run->packets[i];
        }
        start += run->count;
    }
    return planned;
}
