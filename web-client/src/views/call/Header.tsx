import { LanguageSwitch } from "../../design";
import { t, timeOfDay } from "../../i18n";
import type { ActState, PathState } from "../../protocol";
import { elapsed } from "../../state";
import { useClient } from "../context";
import "./header.css";

/** Which act this is and how it stands: kind, number, title, identity, places; recording, duration, path, time of day. */
export function Header() {
  const { store } = useClient();
  const { act, path, recording } = store.call.value;
  if (!act) return null;
  return (
    <header class="call-head">
      <KindBadge act={act} />
      <strong class="call-number">
        {t().call.act} {act.number}
      </strong>
      <h1 class="call-title">{act.title}</h1>
      <Identity act={act} />
      <span class="call-places quiet">{[act.requesting, act.expert].filter(Boolean).join(" → ")}</span>
      <span class="call-head-end">
        {recording.state === "on" ? <RecordingSign since={recording.since ?? store.serverNow.value} /> : null}
        {act.started_at === null ? (
          <span class="badge grey" data-testid="act-state">
            {t().state(act.state)}
          </span>
        ) : (
          <Duration act={act} />
        )}
        <PathBadge path={path} />
        <time class="clock quiet call-time">{timeOfDay(store.serverNow.value)}</time>
        <LanguageSwitch />
      </span>
    </header>
  );
}

export function isStroke(act: Pick<ActState, "kind" | "components" | "urgency">): boolean {
  const parts = new Set([act.kind, ...act.components]);
  return act.urgency === "emergency" && ["TLC", "TLE", "TLA"].every(kind => parts.has(kind));
}

function KindBadge({ act }: { act: ActState }) {
  const urgent = act.urgency === "emergency";
  return (
    <span class={`badge ${urgent ? "red" : ""}`}>
      {urgent ? <i class="dot" /> : null}
      {isStroke(act) ? t().stroke : t().kind(act.kind)}
    </span>
  );
}

function Identity({ act }: { act: ActState }) {
  if (act.kind === "MTG" || act.kind === "RCP") return null;
  const texts = t().actPanel;
  const firm = act.identity !== null && act.identity !== "provisional";
  return (
    <span class={`badge call-identity ${firm ? "green" : "amber"}`} data-testid="identity">
      {act.identity === null ? texts.missing.identity : texts.method(act.identity)}
    </span>
  );
}

function Duration({ act }: { act: ActState }) {
  const { store } = useClient();
  return (
    <span class="call-duration" title={t().call.since}>
      <span class="visually-hidden">{t().call.since}</span>
      <strong class="clock" data-testid="duration">
        {elapsed((act.ended_at ?? store.serverNow.value) - (act.started_at ?? 0))}
      </strong>
    </span>
  );
}

function RecordingSign({ since }: { since: number }) {
  const { store } = useClient();
  return (
    <span class="badge recording-sign" data-testid="recording-sign">
      <i class="dot" />
      <span class="recording-word">{t().recording.on} </span>
      <span class="clock">{elapsed(store.serverNow.value - since)}</span>
    </span>
  );
}

function PathBadge({ path }: { path: PathState }) {
  const texts = t().call;
  const [name, help, colour] = {
    relay: [texts.relay, texts.relayHelp, "green"],
    direct: [texts.direct, texts.directHelp, "green"],
    none: [texts.noPath, texts.noPathHelp, "grey"],
  }[path.path] as [string, string, string];
  return (
    <span class={`badge ${colour}`} title={help} data-testid="path" data-path={path.path}>
      {name}
    </span>
  );
}
