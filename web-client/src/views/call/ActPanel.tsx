import { useState } from "preact/hooks";
import { t } from "../../i18n";
import type { ActState, ConsentAnswer, IdentityMethod, Purpose } from "../../protocol";
import { consentFor, may, subject } from "../../state";
import { useClient } from "../context";

const PURPOSES: readonly Purpose[] = ["act", "recording", "photo", "third_persons", "data_sharing"];
const ANSWERS: readonly ConsentAnswer[] = [
  "obtained",
  "refused",
  "not_possible_emergency",
  "by_trusted_person",
  "by_legal_representative",
  "withdrawn",
];
const METHODS: readonly IdentityMethod[] = [
  "document_shown",
  "wristband",
  "known_to_requester",
  "spoken",
  "provisional",
];
/** Steps that a person takes with one press; others need more than this panel asks. */
const STEPS: readonly string[] = ["open", "take", "start", "decide"];

/** The act beside the call: what is missing before it starts, who the patient is, what she agreed to. */
export function ActPanel() {
  const { store } = useClient();
  const call = store.call.value;
  const { act } = call;
  if (!act) return null;
  const withPatient = act.kind !== "MTG" && act.kind !== "RCP";
  return (
    <div class="panel-body stack">
      <Steps act={act} />
      {withPatient && may(call, "check_identity") ? <Identity act={act} /> : null}
      {withPatient && may(call, "consent_for") ? <PatientConsents /> : null}
      <OwnConsents />
    </div>
  );
}

function Steps({ act }: { act: ActState }) {
  const { visit } = useClient();
  const texts = t().actPanel;
  const steps = STEPS.filter(event => act.events.includes(event));
  if (steps.length === 0) return null;
  return (
    <section class="stack tight" aria-label={texts.steps}>
      <p>
        <span class="badge grey">{t().state(act.state)}</span>
      </p>
      {act.missing.length > 0 && steps.includes("start") ? (
        <div class="notice amber">
          <strong>{texts.before}</strong>
          <ul>
            {act.missing.map(guard => (
              <li key={guard}>{texts.missing[guard] ?? guard}</li>
            ))}
          </ul>
        </div>
      ) : null}
      <div class="actions">
        {steps.map(event => (
          <button
            key={event}
            type="button"
            class={`button ${event === "start" ? "primary" : ""}`}
            data-testid={`advance-${event}`}
            onClick={() => void visit.advance(event)}
          >
            {t().event(event)}
          </button>
        ))}
      </div>
    </section>
  );
}

function Identity({ act }: { act: ActState }) {
  const { visit } = useClient();
  const texts = t().actPanel;
  const [method, setMethod] = useState<IdentityMethod>("document_shown");
  return (
    <section class="stack tight" aria-label={texts.identity} data-testid="identity-panel">
      <h3>{texts.identity}</h3>
      <p>
        <span class={`badge ${act.identity === null ? "amber" : "green"}`}>
          {act.identity === null ? texts.identityMissing : texts.method(act.identity)}
        </span>
      </p>
      <label class="field">
        <span class="small">{texts.identityHow}</span>
        <select
          value={method}
          data-testid="identity-method"
          onChange={event => setMethod(METHODS.find(known => known === event.currentTarget.value) ?? "spoken")}
        >
          {METHODS.map(known => (
            <option key={known} value={known}>
              {texts.methods[known]}
            </option>
          ))}
        </select>
      </label>
      <div class="actions">
        <button
          type="button"
          class="button primary"
          data-testid="identity-confirm"
          onClick={() => void visit.checkIdentity(method, true)}
        >
          {texts.identityConfirmed}
        </button>
        <button
          type="button"
          class="button"
          data-testid="identity-deny"
          onClick={() => void visit.checkIdentity(method, false)}
        >
          {texts.identityNot}
        </button>
      </div>
    </section>
  );
}

/** The patient's answers, each purpose by itself, written down by a professional. */
function PatientConsents() {
  const { store } = useClient();
  const patient = subject(store.call.value);
  return (
    <section class="stack tight" aria-label={t().actPanel.consents} data-testid="consent-panel">
      <h3>{t().actPanel.consents}</h3>
      {PURPOSES.map(purpose => (
        <PatientConsent key={purpose} purpose={purpose} patient={patient} />
      ))}
    </section>
  );
}

function PatientConsent({ purpose, patient }: { purpose: Purpose; patient: string | null }) {
  const { store, visit } = useClient();
  const texts = t().actPanel;
  const given = consentFor(store.call.value, purpose, patient)?.value;
  const write = (value: string) => {
    const answer = ANSWERS.find(known => known === value);
    if (answer) void visit.consent(purpose, answer, patient ?? "patient");
  };
  return (
    <label class="consent field">
      <span class="small">{texts.purposes[purpose]}</span>
      <select
        value={given ?? ""}
        data-testid={`consent-${purpose}`}
        class={given === "refused" || given === "withdrawn" ? "no" : given ? "yes" : ""}
        onChange={event => write(event.currentTarget.value)}
      >
        {given ? null : <option value="">{texts.noAnswer}</option>}
        {ANSWERS.map(answer => (
          <option key={answer} value={answer}>
            {texts.answers[answer]}
          </option>
        ))}
      </select>
    </label>
  );
}

/** One's own agreement to a recording can be taken back at any time, by anybody. */
function OwnConsents() {
  const { store, visit } = useClient();
  const call = store.call.value;
  const own = consentFor(call, "recording", call.seat)?.value;
  if (own !== "obtained" || call.recording.state !== "on") return null;
  return (
    <section class="stack tight" aria-label={t().actPanel.ownConsents}>
      <h3>{t().actPanel.ownConsents}</h3>
      <button
        type="button"
        class="button danger"
        data-testid="withdraw"
        onClick={() => void visit.consent("recording", "withdrawn")}
      >
        {t().recording.withdraw}
      </button>
    </section>
  );
}
