import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n";
import { isTestPicture } from "../../media";
import { type Tile, tileKey } from "../../state";
import { useClient } from "../context";

/** Longer than this (ms) the old picture is not kept for a new one that does not come. */
const SWAP_LIMIT_MS = 3_000;

interface Props {
  readonly tile: Tile;
  readonly track: MediaStreamTrack;
  readonly hidden: boolean;
}

/**
 * A video that may change its track without a gap: the new one is prepared behind the old one and takes its place at its
 * first frame. Only the one that is seen carries `data-seat`.
 */
export function Picture({ tile, track, hidden }: Props) {
  const [shown, setShown] = useState(track);
  const next = shown === track ? null : track;
  const tracks = next ? [shown, next] : [shown];
  return (
    <>
      {tracks.map(each => (
        <Video
          key={each.id}
          tile={tile}
          track={each}
          hidden={hidden}
          behind={each === next}
          firstFrame={each === next ? () => setShown(track) : null}
        />
      ))}
    </>
  );
}

interface VideoProps extends Props {
  readonly behind: boolean;
  readonly firstFrame: (() => void) | null;
}

function Video({ tile, track, hidden, behind, firstFrame }: VideoProps) {
  const { visit } = useClient();
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => (element.current ? visit.screen.show(element.current, track) : undefined), [track]);
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    video.srcObject = new MediaStream([track]);
    void video.play?.().catch(() => undefined); // replaced before it began; sound is played elsewhere
    return () => {
      video.srcObject = null;
    };
  }, [track]);
  // waits once for each track that is prepared
  useEffect(() => {
    if (!firstFrame) return;
    const timer = setTimeout(firstFrame, SWAP_LIMIT_MS);
    const frame = element.current?.requestVideoFrameCallback?.(firstFrame);
    return () => {
      clearTimeout(timer);
      if (frame !== undefined) element.current?.cancelVideoFrameCallback(frame);
    };
  }, [track]);
  const marks = behind ? {} : { "data-seat": tile.seat.seat, "data-source": tile.source, "data-testid": "picture" };
  const mirrored = tile.own && tile.source === "camera" && !isTestPicture(track);
  return (
    <video
      ref={element}
      {...marks}
      data-tile={tileKey(tile)}
      class={[mirrored ? "mirrored" : "", behind ? "behind" : "", hidden ? "hidden" : ""].join(" ")}
      aria-label={t().call.videoOf(tile.seat.name)}
      muted
      playsInline
      autoPlay
    />
  );
}
