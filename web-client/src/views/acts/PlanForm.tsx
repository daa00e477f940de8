import { useState } from "preact/hooks";
import { Dialog } from "../../design";
import { t } from "../../i18n";
import { ApiError, type Establishment, type Plan } from "../../protocol";
import { useClient } from "../context";
import { useLoaded } from "../useLoaded";

const KINDS = ["TLC", "TLE", "TLA", "REG", "RCP", "MTG"] as const;
const STROKE = "stroke";

export interface Draft {
  readonly kind: string;
  readonly title: string;
  readonly now: boolean;
  readonly date: string;
  readonly minutes: number;
  readonly emergency: boolean;
  readonly requesting: string;
  readonly expert: string;
  readonly subject: string;
  readonly direct: boolean;
}

const BLANK: Draft = {
  kind: "TLC",
  title: "",
  now: true,
  date: "",
  minutes: 30,
  emergency: false,
  requesting: "",
  expert: "",
  subject: "",
  direct: true,
};

/** What the server is asked for; what was left empty is not sent. A telestroke act is a consultation of three parts. */
export function planOf(draft: Draft): Plan {
  const stroke = draft.kind === STROKE;
  return {
    kind: stroke ? "TLC" : draft.kind,
    title: draft.title.trim(),
    urgency: stroke || draft.emergency ? "emergency" : "scheduled",
    minutes: draft.minutes,
    direct: draft.direct,
    ...(stroke ? { components: ["TLE", "TLA"] } : {}),
    ...(draft.now ? { start: "now" } : draft.date ? { start: new Date(draft.date).toISOString() } : {}),
    ...(draft.requesting ? { requesting: draft.requesting } : {}),
    ...(draft.expert ? { expert: draft.expert } : {}),
    ...(draft.subject.trim() ? { subject: draft.subject.trim() } : {}),
  };
}

/** A new act: what, when, between whom. Without the patient's name. */
export function PlanForm({ close }: { close: () => void }) {
  const { api, go } = useClient();
  const [draft, setDraft] = useState(BLANK);
  const [error, setError] = useState<string | null>(null);
  const { value: establishments } = useLoaded(api.establishments, "establishments");
  const texts = t().acts.form;
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      const act = await api.plan(planOf(draft));
      go(`/acts/${act.id}`);
    } catch (reason) {
      setError(reason instanceof ApiError ? reason.code : "unknown");
    }
  };
  return (
    <Dialog title={texts.title} testid="plan-dialog" onClose={close}>
      <form class="stack" onSubmit={event => void submit(event)}>
        <KindField draft={draft} set={set} />
        <label class="field">
          <span>{texts.name}</span>
          <input
            required
            maxLength={200}
            value={draft.title}
            autocomplete="off"
            data-testid="plan-title"
            onInput={event => set({ title: event.currentTarget.value })}
          />
          <span class="quiet small">{texts.nameHelp}</span>
        </label>
        <WhenFields draft={draft} set={set} />
        <Places draft={draft} set={set} establishments={establishments ?? []} />
        <label class="field">
          <span>{texts.subject}</span>
          <input
            maxLength={64}
            value={draft.subject}
            autocomplete="off"
            data-testid="plan-subject"
            onInput={event => set({ subject: event.currentTarget.value })}
          />
          <span class="quiet small">{texts.subjectHelp}</span>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={draft.direct}
            onChange={event => set({ direct: event.currentTarget.checked })}
          />
          {texts.direct}
        </label>
        {error ? (
          <p class="notice red" role="alert">
            {t().refusal(error)}
          </p>
        ) : null}
        <div class="actions end">
          <button type="button" class="button plain" onClick={close}>
            {t().cancel}
          </button>
          <button type="submit" class="button primary" data-testid="plan-submit">
            {texts.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface FieldsProps {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
}

function KindField({ draft, set }: FieldsProps) {
  const texts = t().acts.form;
  return (
    <div class="two">
      <label class="field">
        <span>{texts.kind}</span>
        <select value={draft.kind} data-testid="plan-kind" onChange={event => set({ kind: event.currentTarget.value })}>
          <option value={STROKE}>{texts.stroke}</option>
          {KINDS.map(kind => (
            <option key={kind} value={kind}>
              {t().kind(kind)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{texts.urgency}</span>
        <select
          value={draft.emergency || draft.kind === STROKE ? "emergency" : "scheduled"}
          disabled={draft.kind === STROKE}
          data-testid="plan-urgency"
          onChange={event => set({ emergency: event.currentTarget.value === "emergency" })}
        >
          <option value="scheduled">{texts.scheduled}</option>
          <option value="emergency">{texts.emergency}</option>
        </select>
      </label>
    </div>
  );
}

function WhenFields({ draft, set }: FieldsProps) {
  const texts = t().acts.form;
  return (
    <>
      <fieldset class="choice">
        <legend>{texts.when}</legend>
        <label>
          <input type="radio" name="when" checked={draft.now} onChange={() => set({ now: true })} />
          {texts.startNow}
        </label>
        <label>
          <input
            type="radio"
            name="when"
            checked={!draft.now}
            data-testid="plan-later"
            onChange={() => set({ now: false })}
          />
          {texts.startAt}
        </label>
      </fieldset>
      <div class="two">
        {draft.now ? null : (
          <label class="field">
            <span>{texts.date}</span>
            <input
              type="datetime-local"
              required
              value={draft.date}
              data-testid="plan-date"
              onInput={event => set({ date: event.currentTarget.value })}
            />
          </label>
        )}
        <label class="field">
          <span>{texts.minutes}</span>
          <input
            type="number"
            min={5}
            max={720}
            value={draft.minutes}
            onInput={event => set({ minutes: Number(event.currentTarget.value) || BLANK.minutes })}
          />
        </label>
      </div>
    </>
  );
}

function Places({ draft, set, establishments }: FieldsProps & { establishments: readonly Establishment[] }) {
  const texts = t().acts.form;
  return (
    <div class="two">
      {(["requesting", "expert"] as const).map(side => (
        <label key={side} class="field">
          <span>{texts[side]}</span>
          <select
            value={draft[side]}
            data-testid={`plan-${side}`}
            onChange={event => set({ [side]: event.currentTarget.value })}
          >
            <option value="">{texts.choose}</option>
            {establishments.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      ))}
    </div>
  );
}
