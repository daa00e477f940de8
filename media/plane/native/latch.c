#include "latch.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

static void *copy(const void *from, size_t size)
{
    if (!size)
        return NULL;
    return memcpy(claim(size), from, size);
}

plane_section *latch_copy(const plane_section *sections, uint32_t count)
{
    plane_section *copies = copy(sections, count * sizeof *sections);
    for (uint32_t i = 0; i < count; i++) {
        plane_section *section = &copies[i];
        section->ssrcs = copy(section->ssrcs, section->ssrc_count * sizeof *section->ssrcs);
        section->rtx_ssrcs = copy(section->rtx_ssrcs, section->rtx_ssrc_count * sizeof *section->rtx_ssrcs);
        section->codecs = copy(section->codecs, section->codec_count * sizeof *section->codecs);
        section->mid = copy(section->mid, section->mid_size);
        section->rid = copy(section->rid, section->rid_size);
    }
    return copies;
}

void latch_free(plane_section *sections, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        free((void *)sections[i].ssrcs);
        free((void *)sections[i].rtx_ssrcs);
        free((void *)sections[i].codecs);
        free((void *)sections[i].mid);
        free((void *)sections[i].rid);
    }
    free(sections);
}

static bool contains(const uint32_t *ssrcs, uint32_t count, uint32_t ssrc)
{
    for (uint32_t i = 0; i < count; i++)
        if (ssrcs[i] == ssrc)
            return true;
    return false;
}

static bool is(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size)
{
    return one_size == other_size && (one_size == 0 || memcmp(one, other, one_size) == 0);
}

static bool by_type(const plane_section *section, uint8_t payload_type, struct belonging *found)
{
    found->track = section->track;
    for (int repairs = 0; repairs < 2; repairs++)
        for (uint32_t i = 0; i < section->codec_count; i++) {
            const plane_codec *codec = &section->codecs[i];
            found->repairs = repairs;
            if (payload_type == (repairs ? codec->rtx_payload_type : codec->payload_type))
                return true;
        }
    return false;
}

static const plane_section *by_name(const plane_section *sections, uint32_t count, const uint8_t *mid, size_t mid_size,
                                    const uint8_t *rid, size_t rid_size)
{
    for (uint32_t i = 0; i < count; i++)
        if (is(sections[i].mid, sections[i].mid_size, mid, mid_size) && is(sections[i].rid, sections[i].rid_size, rid, rid_size))
            return &sections[i];
    return NULL;
}

bool latch_find(const plane_section *sections, uint32_t count, uint32_t ssrc, uint8_t payload_type, const uint8_t *mid,
                size_t mid_size, const uint8_t *rid, size_t rid_size, struct belonging *found)
{
    for (uint32_t i = 0; i < count; i++) {
        *found = (struct belonging){sections[i].track, false};
        if (contains(sections[i].ssrcs, sections[i].ssrc_count, ssrc))
            return true;
        found->repairs = true;
        if (contains(sections[i].rtx_ssrcs, sections[i].rtx_ssrc_count, ssrc))
            return true;
    }
    const plane_section *named = mid_size ? by_name(sections, count, mid, mid_size, rid, rid_size) : NULL;
    if (!named && mid_size)
        named = by_name(sections, count, mid, mid_size, NULL, 0);
    if (named)
        return by_type(named, payload_type, found);
    for (uint32_t i = 0; i < count; i++)
        if (sections[i].payload_types_only && by_type(&sections[i], payload_type, found))
            return true;
    return false;
}
