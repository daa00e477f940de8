import { useEffect, useRef, useState } from "preact/hooks";
import { kindOf, type RemoteTrack, slotOf } from "../../media";
import { useClient } from "../context";

/** Everybody's sound, apart from the pictures, so that it goes on whatever becomes of a tile. */
export function Sounds() {
  const { store } = useClient();
  const heard = store.remote.value.filter(({ source }) => kindOf(source) === "audio");
  const named = heard.map(remote => ({ remote, key: slotOf(remote) }));
  named.sort((a, b) => a.key.localeCompare(b.key)); // an element that is moved within the page falls silent for a moment
  return (
    <>
      {named.map(({ remote, key }) => (
        <Sound key={key} remote={remote} />
      ))}
    </>
  );
}

/** A new connection's track may have the id of the lost one's, and is another track all the same. */
const keys = new WeakMap<MediaStreamTrack, string>();
let made = 0;

function keyOf(track: MediaStreamTrack): string {
  const key = keys.get(track) ?? `${track.id}/${++made}`;
  keys.set(track, key);
  return key;
}

/** Longer than this (ms) the old track is not kept for a new one that does not begin. */
const SWAP_LIMIT_MS = 1_000;

/** A sound that may change its track without a gap: the old one is heard until the new one plays. */
function Sound({ remote }: { remote: RemoteTrack }) {
  const { track } = remote;
  const [heard, setHeard] = useState(track);
  useEffect(() => {
    const timer = setTimeout(() => setHeard(track), SWAP_LIMIT_MS);
    return () => clearTimeout(timer);
  }, [track]);
  const tracks = heard === track ? [heard] : [heard, track];
  return (
    <>
      {tracks.map(each => (
        <Voice key={keyOf(each)} remote={remote} track={each} next={each !== heard} playing={() => setHeard(track)} />
      ))}
    </>
  );
}

interface VoiceProps {
  readonly remote: RemoteTrack;
  readonly track: MediaStreamTrack;
  /** Not heard yet: it takes over when it plays. */
  readonly next: boolean;
  readonly playing: () => void;
}

function Voice({ remote, track, next, playing }: VoiceProps) {
  const { store } = useClient();
  const element = useRef<HTMLAudioElement>(null);
  const blocked = store.soundBlocked.value;
  // Tried again when the person has allowed sound.
  useEffect(() => {
    const audio = element.current;
    if (!audio || blocked) return;
    if (audio.srcObject === null) audio.srcObject = new MediaStream([track]);
    audio.play?.().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") store.soundBlocked.value = true;
    });
  }, [track, blocked, store]);
  const marks = next ? {} : { "data-seat": remote.seat, "data-source": remote.source };
  // A conversation has no captions of its own; the chat stands beside it.
  return <audio ref={element} autoPlay muted={store.silent.value} {...marks} onPlaying={next ? playing : undefined} />;
}
