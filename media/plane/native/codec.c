#include "codec.h"

#include "plane.h"
#include "rtp.h"

enum { VP8_EXTENDED = 0x80, VP8_START = 0x10, VP8_PARTITION = 0x07, VP8_INTER_FRAME = 0x01 };
enum { PICTURE_ID = 0x80, LONG_ID = 0x80, TL0 = 0x40, LAYER_OR_KEY_INDEX = 0x30 };
enum { VP9_INTER_PICTURE = 0x40, VP9_LAYERS = 0x20, VP9_START_OF_FRAME = 0x08, VP9_SPATIAL = 0x0E };
enum { AV1_CONTINUES = 0x80, AV1_NEW_SEQUENCE = 0x08 };
enum { H264_KIND = 0x1F, H264_KEY_SLICE = 5, H264_PARAMETERS = 7, H264_AGGREGATE = 24, H264_FRAGMENT = 28 };
enum { RED_FOLLOWED = 0x80, RED_LENGTH = 0x03FF };

static bool vp8_can_start(const uint8_t *payload, size_t size)
{
    if (size == 0 || (payload[0] & (VP8_START | VP8_PARTITION)) != VP8_START)
        return false;
    size_t at = 1;
    if (payload[0] & VP8_EXTENDED) {
        if (size < 2)
            return false;
        uint8_t present = payload[1];
        at = 2;
        if (present & PICTURE_ID) {
            if (at >= size)
                return false;
            at += payload[at] & LONG_ID ? 2 : 1;
        }
        at += (present & TL0 ? 1u : 0u) + (present & LAYER_OR_KEY_INDEX ? 1u : 0u);
    }
    return at < size && !(payload[at] & VP8_INTER_FRAME);
}

static bool vp9_can_start(const uint8_t *payload, size_t size)
{
    if (size == 0 || (payload[0] & (VP9_INTER_PICTURE | VP9_START_OF_FRAME)) != VP9_START_OF_FRAME)
        return false;
    size_t at = 1;
    if (payload[0] & PICTURE_ID) {
        if (at >= size)
            return false;
        at += payload[at] & LONG_ID ? 2 : 1;
    }
    if (!(payload[0] & VP9_LAYERS))
        return true;
    return at < size && !(payload[at] & VP9_SPATIAL);
}

static bool h264_opens(uint8_t unit)
{
    return (unit & H264_KIND) == H264_KEY_SLICE || (unit & H264_KIND) == H264_PARAMETERS;
}

static bool h264_can_start(const uint8_t *payload, size_t size)
{
    if (size == 0)
        return false;
    if ((payload[0] & H264_KIND) == H264_FRAGMENT)
        return size > 1 && payload[1] & 0x80 && h264_opens(payload[1]);
    if ((payload[0] & H264_KIND) != H264_AGGREGATE)
        return h264_opens(payload[0]);
    for (size_t at = 1; at + 2 < size; at += 2 + (size_t)read16(payload + at))
        if (h264_opens(payload[at + 2]))
            return true;
    return false;
}

static bool av1_can_start(const uint8_t *payload, size_t size)
{
    return size > 0 && (payload[0] & (AV1_CONTINUES | AV1_NEW_SEQUENCE)) == AV1_NEW_SEQUENCE;
}

bool can_start(int kind, const uint8_t *payload, size_t size)
{
    switch (kind) {
    case PLANE_VP8:
        return vp8_can_start(payload, size);
    case PLANE_VP9:
        return vp9_can_start(payload, size);
    case PLANE_H264:
        return h264_can_start(payload, size);
    case PLANE_AV1:
        return av1_can_start(payload, size);
    default:
        return true;
    }
}

bool vp8_picture(const uint8_t *payload, size_t size, struct picture *picture)
{
    if (size < 3 || !(payload[0] & VP8_EXTENDED) || !(payload[1] & PICTURE_ID))
        return false;
    bool is_long = payload[2] & LONG_ID;
    size_t after = is_long ? 4 : 3;
    if (size <= after)
        return false;
    picture->number = is_long ? (payload[2] & 0x7F) << 8 | payload[3] : payload[2];
    picture->has_base = payload[1] & TL0;
    picture->base = picture->has_base ? payload[after] : 0;
    return true;
}

void vp8_renumber(uint8_t *payload, size_t size, const struct picture *change)
{
    if (size < 5 || !(payload[0] & VP8_EXTENDED))
        return;
    size_t at = 2;
    if (payload[1] & PICTURE_ID) {
        if (payload[at] & LONG_ID) {
            int changed = (read16(payload + at) + change->number) & 0x7FFF;
            write16(payload + at, (uint16_t)(0x8000 | changed));
            at++;
        } else {
            payload[at] = (uint8_t)((payload[at] + change->number) & 0x7F);
        }
        at++;
    }
    if (payload[1] & TL0)
        payload[at] = (uint8_t)(payload[at] + change->base);
}

size_t red_primary(const uint8_t *payload, size_t size, uint8_t *type)
{
    size_t at = 0, repeated = 0;
    for (; at < size && payload[at] & RED_FOLLOWED; at += 4) {
        if (size - at < 4)
            return 0;
        repeated += read16(payload + at + 2) & RED_LENGTH;
    }
    size_t begin = at + 1 + repeated;
    if (begin >= size)
        return 0;
    *type = payload[at];
    return begin;
}
