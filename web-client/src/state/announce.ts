import type { CallState } from "./call";
import { inside, may } from "./people";

/** What happened between two states that everybody in the room should be told, whatever they look at. */
export type News =
  | { readonly what: "came" | "went" | "lost" | "back" | "waits"; readonly name: string }
  | { readonly what: "recording-on" | "recording-off" | "recording-refused" }
  | { readonly what: "relay"; readonly reason: string };

export function newsBetween(before: CallState, after: CallState): News[] {
  if (before.act === null || after.act === null) return []; // just in: the screen itself tells
  return [...peopleNews(before, after), ...recordingNews(before, after), ...pathNews(before, after)];
}

function peopleNews(before: CallState, after: CallState): News[] {
  const was = new Map(before.seats.map(seat => [seat.seat, seat.presence]));
  const wasInside = new Set(inside(before).map(({ seat }) => seat));
  const isInside = new Set(inside(after).map(({ seat }) => seat));
  return after.seats.flatMap(({ seat, name, presence }): News[] => {
    const earlier = was.get(seat);
    if (seat === after.seat || earlier === presence) return [];
    if (presence === "waiting") return may(after, "admit") ? [] : [{ what: "waits", name }]; // the one stands on the screen
    if (presence === "interrupted" && earlier === "present") return [{ what: "lost", name }];
    if (presence === "present" && earlier === "interrupted") return [{ what: "back", name }];
    if (isInside.has(seat) && !wasInside.has(seat)) return [{ what: "came", name }];
    return wasInside.has(seat) && !isInside.has(seat) ? [{ what: "went", name }] : [];
  });
}

function recordingNews(before: CallState, after: CallState): News[] {
  const [was, is] = [before.recording, after.recording];
  if (was.state !== "on" && is.state === "on") return [{ what: "recording-on" }];
  if (was.state === "on" && is.state !== "on") return [{ what: "recording-off" }];
  return was.state === "asked" && is.refused ? [{ what: "recording-refused" }] : [];
}

function pathNews(before: CallState, after: CallState): News[] {
  const promoted = before.path.path === "direct" && after.path.path === "relay";
  return promoted ? [{ what: "relay", reason: after.path.reason }] : [];
}
