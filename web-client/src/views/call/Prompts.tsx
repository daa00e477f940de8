import { Dialog } from "../../design";
import { t } from "../../i18n";
import { owesPatientAnswer, owesRecordingAnswer, seatOf } from "../../state";
import { useClient } from "../context";

/** Questions that cannot wait: at most one at a time, the most urgent first. */
export function Prompts() {
  const { store } = useClient();
  const call = store.call.value;
  if (call.takeover) return <TakeoverPrompt label={call.takeover.label} deadline={call.takeover.deadline} />;
  if (owesRecordingAnswer(call)) return <RecordingPrompt />;
  if (owesPatientAnswer(call)) return <PatientPrompt />;
  return <PendingAnswers />;
}

function TakeoverPrompt({ label, deadline }: { label: string; deadline: number }) {
  const { store, visit } = useClient();
  const texts = t().takeover;
  const left = Math.max(0, Math.ceil(deadline - store.serverNow.value));
  return (
    <Dialog title={texts.title} testid="takeover-dialog">
      <p>{texts.text(label)}</p>
      <p class="quiet clock" role="timer">
        {texts.countdown(left)}
      </p>
      <div class="actions end">
        <button
          type="button"
          class="button"
          data-testid="takeover-refuse"
          onClick={() => void visit.answerTakeover(false)}
        >
          {texts.refuse}
        </button>
        <button
          type="button"
          class="button primary"
          data-testid="takeover-accept"
          onClick={() => void visit.answerTakeover(true)}
        >
          {texts.accept}
        </button>
      </div>
    </Dialog>
  );
}

function RecordingPrompt() {
  const { store, visit } = useClient();
  const call = store.call.value;
  const texts = t().recording;
  const late = call.outcome === "asked";
  const asking = seatOf(call, call.recording.asked_by)?.name ?? "";
  return (
    <Dialog title={late ? texts.lateTitle : texts.title} testid="recording-dialog">
      <p>{late ? texts.late : texts.from(asking)}</p>
      <p class="quiet">{texts.rule}</p>
      <div class="actions end">
        <button
          type="button"
          class="button"
          data-testid="recording-refuse"
          onClick={() => void visit.consent("recording", "refused")}
        >
          {texts.refuse}
        </button>
        <button
          type="button"
          class="button primary"
          data-testid="recording-agree"
          onClick={() => void visit.consent("recording", "obtained")}
        >
          {texts.agree}
        </button>
      </div>
    </Dialog>
  );
}

function PatientPrompt() {
  const { visit } = useClient();
  const texts = t().recording;
  return (
    <Dialog title={texts.forPatient} testid="patient-recording-dialog">
      <p>{texts.forPatientNext}</p>
      <p class="quiet">{texts.rule}</p>
      <div class="actions end">
        <button
          type="button"
          class="button"
          data-testid="patient-refuses"
          onClick={() => void visit.consent("recording", "refused", "patient")}
        >
          {texts.patientRefuses}
        </button>
        <button
          type="button"
          class="button primary"
          data-testid="patient-agrees"
          onClick={() => void visit.consent("recording", "obtained", "patient")}
        >
          {texts.patientAgrees}
        </button>
      </div>
    </Dialog>
  );
}

function PendingAnswers() {
  const { store } = useClient();
  const { recording } = store.call.value;
  if (recording.state !== "asked") return null;
  return (
    <p class="pending" role="status" data-testid="recording-pending">
      {t().recording.pending(recording.missing.length)}
    </p>
  );
}
