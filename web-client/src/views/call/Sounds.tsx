import { useEffect, useRef } from "preact/hooks";
import { kindOf, type RemoteTrack, slotOf } from "../../media";
import { useClient } from "../context";

/** Everybody's sound, apart from the pictures, so that it goes on whatever becomes of a tile. */
export function Sounds() {
  const { store } = useClient();
  const heard = store.remote.value.filter(({ source }) => kindOf(source) === "audio");
  return (
    <>
      {heard.map(remote => (
        <Sound key={slotOf(remote)} remote={remote} />
      ))}
    </>
  );
}

function Sound({ remote }: { remote: RemoteTrack }) {
  const { store } = useClient();
  const element = useRef<HTMLAudioElement>(null);
  const silent = store.silent.value;
  const blocked = store.soundBlocked.value;
  // tried again when the person has allowed sound
  useEffect(() => {
    const audio = element.current;
    if (!audio) return;
    const [playing] = audio.srcObject instanceof MediaStream ? audio.srcObject.getTracks() : [];
    if (playing !== remote.track) audio.srcObject = new MediaStream([remote.track]);
    audio.play?.().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") store.soundBlocked.value = true;
    });
  }, [remote.track, blocked]);
  // A conversation has no captions of its own; the chat stands beside it.
  // live speech
  return <audio ref={element} autoPlay muted={silent} data-seat={remote.seat} data-source={remote.source} />;
}
