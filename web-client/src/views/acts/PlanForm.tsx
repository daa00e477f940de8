import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { Dialog } from "../../design";
import { t } from "../../i18n";
import { ApiError, type Establishment } from "../../protocol";
import { useClient } from "../context";
import { useLoaded } from "../useLoaded";
import { BLANK, type Draft, type Fault, faultsOf, KINDS, MINUTES, planOf, STROKE } from "./plan";

/** A new act: what, when, between whom. Without the patient's name. */
export function PlanForm({ close }: { close: () => void }) {
  const { store, api, go } = useClient();
  const [draft, setDraft] = useState(() => ({ ...BLANK, requesting: store.me.value?.establishment ?? "" }));
  const [tried, setTried] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const { value: establishments } = useLoaded(api.establishments, "establishments");
  const texts = t().acts.form;
  const faults = tried ? faultsOf(draft, Date.now()) : NONE;
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (faultsOf(draft, Date.now()).size > 0) return showFirstFault(form.current);
    try {
      const act = await api.plan(planOf(draft));
      go(`/acts/${act.id}`);
    } catch (reason) {
      setError(reason instanceof ApiError ? reason.code : "unknown");
    }
  };
  return (
    <Dialog title={texts.title} testid="plan-dialog" onClose={close}>
      <form ref={form} class="stack" noValidate onSubmit={event => void submit(event)}>
        <KindField draft={draft} set={set} />
        <Field name={texts.name} help={texts.nameHelp} fault={faultOf(faults, "title")}>
          {marks => (
            <input
              {...marks}
              maxLength={200}
              value={draft.title}
              autocomplete="off"
              data-testid="plan-title"
              onInput={event => set({ title: event.currentTarget.value })}
            />
          )}
        </Field>
        <WhenFields draft={draft} set={set} faults={faults} />
        <Places draft={draft} set={set} establishments={establishments ?? []} />
        <Field name={texts.subject} help={texts.subjectHelp}>
          {marks => (
            <input
              {...marks}
              maxLength={64}
              value={draft.subject}
              autocomplete="off"
              data-testid="plan-subject"
              onInput={event => set({ subject: event.currentTarget.value })}
            />
          )}
        </Field>
        <label class="check">
          <input
            type="checkbox"
            checked={draft.direct}
            onChange={event => set({ direct: event.currentTarget.checked })}
          />
          <span>
            {texts.direct}
            <span class="quiet small block">{texts.directHelp}</span>
          </span>
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

const NONE: ReadonlySet<Fault> = new Set();

/** What is wrong with a field, in words. */
function faultOf(faults: ReadonlySet<Fault>, ...own: Fault[]): string {
  const found = own.find(fault => faults.has(fault));
  return found ? t().acts.form.faults[found] : "";
}

/** The first field that is to be set right, once it says so. */
function showFirstFault(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
}

interface Marks {
  readonly id: string;
  readonly "aria-invalid": boolean;
  readonly "aria-describedby": string;
}

interface FieldProps {
  readonly name: string;
  readonly help?: string;
  readonly fault?: string;
  readonly children: (marks: Marks) => ComponentChildren;
}

/** A named field with what helps to fill it in, or with what is wrong with it. */
function Field({ name, help = "", fault = "", children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{name}</label>
      {children({ id, "aria-invalid": fault !== "", "aria-describedby": `${id}-help` })}
      <span
        id={`${id}-help`}
        class={`small ${fault ? "fault" : "quiet"}`}
        data-testid={fault ? "plan-fault" : undefined}
      >
        {fault || help}
      </span>
    </div>
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

function WhenFields({ draft, set, faults }: FieldsProps & { faults: ReadonlySet<Fault> }) {
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
          <Field name={texts.date} fault={faultOf(faults, "date", "past")}>
            {marks => (
              <input
                {...marks}
                type="datetime-local"
                value={draft.date}
                data-testid="plan-date"
                onInput={event => set({ date: event.currentTarget.value })}
              />
            )}
          </Field>
        )}
        <Field name={texts.minutes} fault={faultOf(faults, "minutes")}>
          {marks => (
            <input
              {...marks}
              type="number"
              min={MINUTES.least}
              max={MINUTES.most}
              value={Number.isNaN(draft.minutes) ? "" : draft.minutes}
              data-testid="plan-minutes"
              onInput={event => set({ minutes: event.currentTarget.valueAsNumber })}
            />
          )}
        </Field>
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
