import { follow } from "../../design";
import { moment, t } from "../../i18n";
import type { Act, Recording } from "../../protocol";
import { elapsed, lasting } from "../../state";
import { useClient } from "../context";
import { useLoaded } from "../useLoaded";

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
            words={joints(recording, recordings ?? [])}
          />
        ))}
      </ul>
    </section>
  );
}

function Entry({ act, recording, words }: { act: Act; recording: Recording; words: readonly string[] }) {
  const { go } = useClient();
  const { started_at, stopped_at, duration_s, state } = recording;
  const path = `/acts/${act.id}/recordings/${recording.recording}`;
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

/** A recording that a fault cut off goes on in another one: what is to be said of it on either side. */
function joints({ recording, continues, gap_s }: Recording, all: readonly Recording[]): string[] {
  const texts = t().act;
  const said: string[] = [];
  if (continues) {
    const before = all.find(({ recording }) => recording === continues);
    said.push(texts.continues(before ? moment(before.started_at) : "", gap_s === null ? "" : lasting(gap_s)));
  }
  const after = all.find(other => other.continues === recording);
  if (after) said.push(texts.continuedBy(moment(after.started_at)));
  return said;
}
