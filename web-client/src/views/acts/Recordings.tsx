import { follow } from "../../design";
import { moment, t } from "../../i18n";
import type { Act, Recording } from "../../protocol";
import { elapsed } from "../../state";
import { useClient } from "../context";
import { useLoaded } from "../useLoaded";
import { joints, playerOf } from "./joints";

/** What was recorded; shown only to those who may know of it. */
export function Recordings({ act }: { act: Act }) {
  const { api } = useClient();
  const { value: recordings, error } = useLoaded(() => api.recordings(act.id), act.id);
  const texts = t().act;
  if (error) return null; // without the right there is nothing to see, not even that there is something
  return (
    <section class="panel stack tight" aria-label={texts.recordings}>
      <h2>{texts.recordings}</h2>
      {recordings?.length === 0 ? <p class="quiet">{texts.noRecordings}</p> : null}
      <ul class="people" data-testid="recordings">
        {(recordings ?? []).map(recording => (
          <Entry
            key={recording.recording}
            act={act}
            recording={recording}
            words={joints(recording, recordings ?? []).map(({ text }) => text)}
          />
        ))}
      </ul>
    </section>
  );
}

function Entry({ act, recording, words }: { act: Act; recording: Recording; words: readonly string[] }) {
  const { go } = useClient();
  const { started_at, stopped_at, duration_s, state } = recording;
  const path = playerOf(act.id, recording.recording);
  const texts = t().act;
  return (
    <li class="person">
      <span class="person-text">
        <strong class="clock">{moment(started_at)}</strong>
        <span class="quiet small clock">
          {state === "on" ? texts.recordingNow : duration_s ? elapsed(duration_s) : ""}
        </span>
        {words.map(sentence => (
          <span key={sentence} class="small" data-testid="joint">
            {sentence}
          </span>
        ))}
      </span>
      {stopped_at ? (
        <a class="button" href={path} data-testid="play" onClick={event => follow(event, () => go(path))}>
          {texts.play}
        </a>
      ) : null}
    </li>
  );
}
