import { useEffect, useRef, useState } from "preact/hooks";
import { follow, Icon } from "../../design";
import { t } from "../../i18n";
import type { RecordedTrack } from "../../protocol";
import { elapsed, lengthOf } from "../../state";
import { joints, playerOf } from "../acts/joints";
import { useClient } from "../context";
import { Desk } from "../Desk";
import { useLoaded } from "../useLoaded";
import { TracksPlayer } from "./tracksPlayer";
import "./playback.css";

/** A recording: every track in its own element, all on one time line. */
export function PlaybackPage({ act, recording }: { act: string; recording: string }) {
  const { api, go } = useClient();
  const { value, error } = useLoaded(() => api.manifest(act, recording), `${act} ${recording}`);
  const file = `/acts/${act}`;
  const texts = t().playback;
  return (
    <Desk>
      <div class="page-head">
        <h1>{texts.title}</h1>
        <a class="button" href={file} onClick={event => follow(event, () => go(file))}>
          {t().back}
        </a>
      </div>
      {error ? (
        <p class="notice red" role="alert">
          {t().refusal(error)}
        </p>
      ) : null}
      {value ? <Player tracks={value.tracks} /> : error ? null : <p role="status">{texts.loading}</p>}
      <Joints act={act} recording={recording} />
      <p class="quiet small">{texts.logged}</p>
    </Desk>
  );
}

/** The way to the recording in which this one goes on, and to the one that it continues. */
function Joints({ act, recording }: { act: string; recording: string }) {
  const { api } = useClient();
  const { value: all } = useLoaded(() => api.recordings(act), act);
  const mine = all?.find(one => one.recording === recording);
  if (!all || !mine) return null;
  return (
    <>
      {joints(mine, all).map(({ text, other }) => (
        <p key={text} class="notice" data-testid="joint">
          {other?.stopped_at ? <Way path={playerOf(act, other.recording)} text={text} /> : text}
        </p>
      ))}
    </>
  );
}

function Way({ path, text }: { path: string; text: string }) {
  const { go } = useClient();
  return (
    <a href={path} onClick={event => follow(event, () => go(path))}>
      {text}
    </a>
  );
}

const lineOf = (track: RecordedTrack) => ({ offset: track.offset_s, duration: track.duration_s ?? 0 });

function Player({ tracks }: { tracks: readonly RecordedTrack[] }) {
  const player = useRef<TracksPlayer | null>(null);
  const [position, setPosition] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [failed, setFailed] = useState(false);
  const length = lengthOf(tracks.map(lineOf));
  useEffect(() => {
    const made = new TracksPlayer(length, (at, runs) => {
      setPosition(at);
      setPlaying(runs);
    });
    player.current = made;
    for (const element of document.querySelectorAll<HTMLMediaElement>("[data-track]")) {
      const track = tracks.find(({ name }) => name === element.dataset.track);
      if (track) made.add(element, lineOf(track));
    }
    return () => made.close();
  }, [tracks, length]);
  const texts = t().playback;
  return (
    <section class="stack" data-testid="player" data-playing={playing}>
      <div class="player-pictures">
        {tracks.map(track => (
          <Track key={track.name} track={track} failed={() => setFailed(true)} />
        ))}
      </div>
      {failed ? (
        <p class="notice amber" role="alert">
          {texts.failed}
        </p>
      ) : null}
      <div class="panel player-bar">
        <button
          type="button"
          class="button primary"
          data-testid="player-toggle"
          onClick={() => (playing ? player.current?.pause() : player.current?.play())}
        >
          <Icon name={playing ? "pause" : "play"} />
          {playing ? texts.pause : texts.play}
        </button>
        <input
          type="range"
          min={0}
          max={length}
          step={0.1}
          value={position}
          aria-label={texts.position}
          aria-valuetext={texts.of(elapsed(position), elapsed(length))}
          data-testid="player-position"
          onInput={event => player.current?.seek(Number(event.currentTarget.value))}
        />
        <span class="clock">
          {elapsed(position)} / {elapsed(length)}
        </span>
      </div>
    </section>
  );
}

function Track({ track, failed }: { track: RecordedTrack; failed: () => void }) {
  const marks = { "data-track": track.name, "data-seat": track.seat, "data-source": track.source };
  if (track.kind === "audio") {
    // a conversation as it was
    return <audio src={track.url} preload="auto" {...marks} onError={failed} />;
  }
  return (
    <figure class="player-picture">
      <video src={track.url} preload="auto" playsInline muted {...marks} onError={failed} />
      <figcaption class="caption">{track.label || track.source}</figcaption>
    </figure>
  );
}
