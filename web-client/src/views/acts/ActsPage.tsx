import { useState } from "preact/hooks";
import { follow } from "../../design";
import { moment, t } from "../../i18n";
import type { Act } from "../../protocol";
import { isStroke } from "../call/Header";
import { useClient } from "../context";
import { Desk } from "../Desk";
import { useLoaded } from "../useLoaded";
import { PlanForm } from "./PlanForm";
import "./acts.css";

type Period = "today" | "week" | "all";

/** The day's acts, and the way to plan one. */
export function ActsPage() {
  const { api } = useClient();
  const [period, setPeriod] = useState<Period>("today");
  const [planning, setPlanning] = useState(false);
  const { value: acts, error } = useLoaded(() => api.acts(rangeOf(period, Date.now())), period);
  const texts = t().acts;
  return (
    <Desk>
      <div class="page-head">
        <h1>{texts.title}</h1>
        <div class="actions">
          <PeriodChoice period={period} choose={setPeriod} />
          <button type="button" class="button primary" data-testid="plan" onClick={() => setPlanning(true)}>
            {texts.plan}
          </button>
        </div>
      </div>
      {error ? (
        <p class="notice red" role="alert">
          {t().refusal(error)}
        </p>
      ) : null}
      {acts === null && !error ? <p role="status">{t().loading}</p> : null}
      {acts?.length === 0 ? <Empty /> : null}
      {acts && acts.length > 0 ? <ActList acts={acts} /> : null}
      {planning ? <PlanForm close={() => setPlanning(false)} /> : null}
    </Desk>
  );
}

/** What the server is asked for; "today" also holds what began yesterday and what has no time. */
export function rangeOf(period: Period, now: number): Record<string, string> {
  if (period === "all") return {};
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  const until = new Date(midnight);
  until.setDate(until.getDate() + (period === "today" ? 1 : 7));
  return { since: midnight.toISOString(), until: until.toISOString() };
}

function PeriodChoice({ period, choose }: { period: Period; choose: (period: Period) => void }) {
  const texts = t().acts.filters;
  return (
    <span class="segments">
      {(["today", "week", "all"] as const).map(each => (
        <button
          key={each}
          type="button"
          aria-pressed={each === period}
          data-testid={`period-${each}`}
          onClick={() => choose(each)}
        >
          {texts[each]}
        </button>
      ))}
    </span>
  );
}

function Empty() {
  return (
    <div class="panel empty">
      <strong>{t().acts.none}</strong>
      <p class="quiet">{t().acts.noneNext}</p>
    </div>
  );
}

function ActList({ acts }: { acts: readonly Act[] }) {
  return (
    <ul class="act-list" data-testid="acts">
      {acts.map(act => (
        <ActRow key={act.id} act={act} />
      ))}
    </ul>
  );
}

function ActRow({ act }: { act: Act }) {
  const { go } = useClient();
  const between = [act.requesting_name, act.expert_name].filter(Boolean).join(" → ");
  const file = `/acts/${act.id}`;
  const call = `/call/${act.id}`;
  return (
    <li class="panel act-row" data-testid="act" data-act={act.id}>
      <span class="act-when clock">
        <strong>{act.planned_start ? moment(act.planned_start) : t().acts.unplanned}</strong>
        {act.planned_minutes ? <span class="quiet small">{t().acts.minutes(act.planned_minutes)}</span> : null}
      </span>
      <span class="act-what">
        <span class="act-line">
          <KindBadge act={act} />
          <span class="quiet small">{act.number}</span>
        </span>
        <a href={file} class="act-title" onClick={event => follow(event, () => go(file))}>
          {act.title || t().kind(act.kind)}
        </a>
        <span class="quiet small">{between}</span>
      </span>
      <StateBadge state={act.state} />
      <span class="actions">
        {isOver(act) ? null : (
          <a class="button primary" href={call} data-testid="enter" onClick={event => follow(event, () => go(call))}>
            {t().acts.enter}
          </a>
        )}
      </span>
    </li>
  );
}

const OVER = new Set([
  "ended",
  "reported",
  "sent",
  "closed",
  "declined",
  "cancelled",
  "no_show",
  "not_completed",
  "aborted",
  "transferred",
  "entered_in_error",
]);

export const isOver = (act: Pick<Act, "state">): boolean => OVER.has(act.state);

export function KindBadge({ act }: { act: Act }) {
  const urgent = act.urgency === "emergency";
  return (
    <span class={`badge ${urgent ? "red" : ""}`}>
      {urgent ? <i class="dot" /> : null}
      {isStroke(act) ? t().stroke : t().kind(act.kind)}
    </span>
  );
}

export function StateBadge({ state }: { state: string }) {
  const colour = state === "in_progress" || state === "open" ? "green" : state === "interrupted" ? "amber" : "grey";
  return (
    <span class={`badge ${colour}`} data-testid="state" data-state={state}>
      {t().state(state)}
    </span>
  );
}
