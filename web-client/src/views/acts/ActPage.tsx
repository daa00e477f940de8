import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Dialog, follow } from "../../design";
import { moment, t } from "../../i18n";
import { type Act, ApiError } from "../../protocol";
import { useClient } from "../context";
import { Desk } from "../Desk";
import { useLoaded } from "../useLoaded";
import { isOver, KindBadge, StateBadge } from "./ActsPage";
import { Recordings } from "./Recordings";
import { Seats } from "./Seats";
import { Timeline } from "./Timeline";
import "./acts.css";

/** One act as a file: what it is, who is invited, what happened, what was recorded. */
export function ActPage({ id }: { id: string }) {
  const { api } = useClient();
  const { value: act, error, reload } = useLoaded(() => api.act(id), id);
  return (
    <Desk>
      {error ? (
        <p class="notice red" role="alert">
          {t().refusal(error)}
        </p>
      ) : null}
      {act ? <ActFile act={act} reload={reload} /> : error ? null : <p role="status">{t().loading}</p>}
    </Desk>
  );
}

function ActFile({ act, reload }: { act: Act; reload: () => void }) {
  return (
    <>
      <div class="page-head">
        <div class="stack tight">
          <span class="act-line">
            <KindBadge act={act} />
            <strong>{act.number}</strong>
            <StateBadge state={act.state} />
          </span>
          <h1>{act.title || t().kind(act.kind)}</h1>
        </div>
        <ActActions act={act} reload={reload} />
      </div>
      <div class="act-file">
        <div class="stack">
          <Facts act={act} />
          <Seats act={act} changed={reload} />
          <Recordings act={act} />
        </div>
        <Timeline act={act} />
      </div>
    </>
  );
}

function Facts({ act }: { act: Act }) {
  const texts = t().act;
  const planned = act.planned_start ? moment(act.planned_start) : "–";
  const minutes = act.planned_minutes ? ` · ${t().acts.minutes(act.planned_minutes)}` : "";
  return (
    <section class="panel" aria-label={texts.facts}>
      <dl class="facts">
        <Fact name={texts.planned}>{`${planned}${minutes}`}</Fact>
        <Fact name={texts.started}>{moment(act.started_at)}</Fact>
        <Fact name={texts.finished}>{moment(act.ended_at)}</Fact>
        <Fact name={texts.requesting}>{act.requesting_name ?? "–"}</Fact>
        <Fact name={texts.expert}>{act.expert_name ?? "–"}</Fact>
        <Fact name={texts.subject}>{act.subject ?? "–"}</Fact>
        {act.outcome ? <Fact name={texts.outcome}>{act.outcome}</Fact> : null}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt class="quiet small">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Steps of the life cycle that need one press and perhaps a reason; those with a form of their own stand apart. */
const SIMPLE = ["submit", "accept", "book", "open", "take", "validate", "send", "close"];

function ActActions({ act, reload }: { act: Act; reload: () => void }) {
  const { api, store, go } = useClient();
  const [asking, setAsking] = useState<"none" | "cancel" | "reschedule">("none");
  const cancelling = ["cancel", "abort"].find(event => act.events.includes(event));
  const call = `/call/${act.id}`;
  const attempt = async (work: () => Promise<unknown>) => {
    setAsking("none");
    try {
      await work();
    } catch (error) {
      store.say(t().refusal(error instanceof ApiError ? error.code : "unknown"), "warning");
    }
    reload();
  };
  const close = () => setAsking("none");
  return (
    <div class="actions">
      {SIMPLE.filter(event => act.events.includes(event)).map(event => (
        <button
          key={event}
          type="button"
          class="button"
          data-testid={`advance-${event}`}
          onClick={() => void attempt(() => api.advance(act.id, event))}
        >
          {t().event(event)}
        </button>
      ))}
      {isOver(act) || act.started_at ? null : (
        <button type="button" class="button" data-testid="reschedule" onClick={() => setAsking("reschedule")}>
          {t().act.reschedule}
        </button>
      )}
      {cancelling ? (
        <button type="button" class="button danger" data-testid="cancel-act" onClick={() => setAsking("cancel")}>
          {t().act.cancelAct}
        </button>
      ) : null}
      {isOver(act) ? null : (
        <a class="button primary" href={call} data-testid="enter" onClick={event => follow(event, () => go(call))}>
          {t().act.enter}
        </a>
      )}
      {asking === "cancel" && cancelling ? (
        <CancelDialog close={close} confirm={reason => void attempt(() => api.advance(act.id, cancelling, reason))} />
      ) : null}
      {asking === "reschedule" ? (
        <RescheduleDialog
          act={act}
          close={close}
          confirm={(start, minutes) => void attempt(() => api.change(act.id, { start, minutes }))}
        />
      ) : null}
    </div>
  );
}

function CancelDialog({ close, confirm }: { close: () => void; confirm: (reason: string) => void }) {
  const [reason, setReason] = useState("");
  const texts = t().act;
  return (
    <Dialog title={texts.cancelSure} testid="cancel-dialog" onClose={close}>
      <p class="quiet">{texts.cancelNext}</p>
      <label class="field">
        <span>{texts.reason}</span>
        <input
          maxLength={200}
          value={reason}
          data-testid="cancel-reason"
          onInput={event => setReason(event.currentTarget.value)}
        />
      </label>
      <div class="actions end">
        <button type="button" class="button plain" onClick={close}>
          {texts.keep}
        </button>
        <button type="button" class="button danger solid" data-testid="cancel-sure" onClick={() => confirm(reason)}>
          {texts.cancelAct}
        </button>
      </div>
    </Dialog>
  );
}

interface RescheduleProps {
  readonly act: Act;
  readonly close: () => void;
  readonly confirm: (start: string, minutes: number) => void;
}

function RescheduleDialog({ act, close, confirm }: RescheduleProps) {
  const [date, setDate] = useState(act.planned_start ? localInput(act.planned_start) : "");
  const [minutes, setMinutes] = useState(act.planned_minutes ?? 30);
  const texts = t();
  const submit = (event: Event) => {
    event.preventDefault();
    confirm(new Date(date).toISOString(), minutes);
  };
  return (
    <Dialog title={texts.act.rescheduleTitle} testid="reschedule-dialog" onClose={close}>
      <form class="stack" onSubmit={submit}>
        <div class="two">
          <label class="field">
            <span>{texts.acts.form.date}</span>
            <input
              type="datetime-local"
              required
              value={date}
              data-testid="reschedule-date"
              onInput={event => setDate(event.currentTarget.value)}
            />
          </label>
          <label class="field">
            <span>{texts.acts.form.minutes}</span>
            <input
              type="number"
              min={5}
              max={720}
              value={minutes}
              onInput={event => setMinutes(Number(event.currentTarget.value) || 30)}
            />
          </label>
        </div>
        <div class="actions end">
          <button type="button" class="button plain" onClick={close}>
            {texts.cancel}
          </button>
          <button type="submit" class="button primary" data-testid="reschedule-save">
            {texts.act.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A moment as `<input type="datetime-local">` wants it: this machine's clock, without a zone. */
export function localInput(at: string): string {
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
