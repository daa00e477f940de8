/* A published track: where its packets come from and who gets them. */
#ifndef TRACK_H
#define TRACK_H

#include "packet.h"
#include "peer.h"
#include "plane.h"
#include "route.h"

enum { NOBODY = -1, SILENT = 128 };

/* What one payload type of a publisher means. */
struct format {
    bool known, repairs; /* RTX (RFC 4588) */
    uint8_t kind;        /* enum plane_kind */
    bool layered;        /* may have several layers in one stream */
    uint8_t media_type;  /* its own number, or the payload type that packets of this one repeat */
    uint32_t clock_rate;
};

struct track {
    int32_t index, publisher; /* NOBODY: not published */
    struct format formats[128];
    plane_codec *codecs; /* of which the formats were made */
    uint32_t codec_count;
    struct source *source; /* that has the track now, held */
    struct route **routes;
    uint32_t route_count, route_room;
    int64_t tap;          /* stream of the recorder, NOBODY without */
    uint8_t level;        /* loudest since last asked; SILENT: none told */
    bool video, started, active; /* active: has fresh packets */
    bool marked; /* the last of them ends a picture */
    struct packet *fresh, **fresh_end; /* came in during this turn, to be forwarded at its end */
    uint32_t fresh_count;
};

struct track *track_new(int32_t index);
void track_free(struct track *);
void track_publish(struct track *, int32_t publisher, const plane_section *);
void track_unpublish(struct track *);
void track_feed(struct track *, struct source *); /* NULL: nothing does */
bool track_is_unused(const struct track *);
void track_list(struct track *, struct route *);
void track_unlist(struct track *, const struct route *); /* the others keep their order */
void track_add_fresh(struct track *, struct packet *);
void track_clear_fresh(struct track *);

/* Whether the packets that came in end within a picture. */
bool track_expects_more(const struct track *);

/* Whether a subscriber who has nothing of the track yet can begin with the packet. */
bool track_can_start(const struct track *, const struct packet *);

#endif
