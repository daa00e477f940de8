#include "rtp.h"

enum { ONE_BYTE = 0xBEDE, TWO_BYTE = 0x1000, STOP = 15 };

size_t rtp_header_size(const uint8_t *packet, size_t size)
{
    if (size < RTP_FIXED)
        return 0;
    size_t end = RTP_FIXED + 4 * (size_t)(packet[0] & 0x0F);
    if (packet[0] & RTP_EXTENSION) {
        if (end + 4 > size)
            return 0;
        end += 4 + 4 * (size_t)read16(packet + end + 2);
    }
    return end <= size ? end : 0;
}

static void note(struct header *header, uint8_t id, size_t at, size_t size)
{
    if (header->element_count < MAX_ELEMENTS)
        header->elements[header->element_count++] = (struct element){id, (uint16_t)at, (uint16_t)size};
}

static bool one_byte_elements(const uint8_t *packet, size_t at, size_t end, struct header *header)
{
    while (at < end) {
        uint8_t first = packet[at++];
        if (first == 0)
            continue;
        size_t size = (size_t)(first & 0x0F) + 1;
        if (first >> 4 == STOP)
            return true;
        if (size > end - at)
            return false;
        note(header, first >> 4, at, size);
        at += size;
    }
    return true;
}

static bool two_byte_elements(const uint8_t *packet, size_t at, size_t end, struct header *header)
{
    while (at < end) {
        uint8_t id = packet[at++];
        if (id == 0)
            continue;
        if (at == end)
            return false;
        size_t size = packet[at++];
        if (size > end - at)
            return false;
        note(header, id, at, size);
        at += size;
    }
    return true;
}

bool rtp_parse(const uint8_t *packet, size_t size, struct header *header)
{
    size_t end = rtp_header_size(packet, size);
    if (!end)
        return false;
    header->payload = (uint32_t)end;
    header->element_count = 0;
    if (!(packet[0] & RTP_EXTENSION))
        return true;
    size_t block = RTP_FIXED + 4 * (size_t)(packet[0] & 0x0F);
    uint16_t profile = read16(packet + block);
    if (profile == ONE_BYTE)
        return one_byte_elements(packet, block + 4, end, header);
    if ((profile & 0xFFF0) == TWO_BYTE)
        return two_byte_elements(packet, block + 4, end, header);
    return true;
}

const struct element *rtp_element(const struct header *header, uint8_t id, uint16_t size)
{
    if (id == 0)
        return NULL;
    for (uint32_t i = 0; i < header->element_count; i++) {
        const struct element *element = &header->elements[i];
        if (element->id == id && (size == 0 || element->size == size))
            return element;
    }
    return NULL;
}

size_t rtp_payload_end(const uint8_t *packet, size_t payload, size_t size)
{
    size_t padding = size > payload ? packet[size - 1] : 0;
    return padding > 0 && padding <= size - payload ? size - padding : 0;
}
