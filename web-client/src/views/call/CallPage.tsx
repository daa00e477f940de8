import { useEffect } from "preact/hooks";
import { Icon } from "../../design";
import { t } from "../../i18n";
import { may } from "../../state";
import { useClient } from "../context";
import { ActPanel } from "./ActPanel";
import { Bar } from "./Bar";
import { ChatPanel } from "./ChatPanel";
import { Header } from "./Header";
import { Knocks } from "./Knocks";
import { PeoplePanel } from "./PeoplePanel";
import { Prompts } from "./Prompts";
import { Sounds } from "./Sounds";
import { Stage } from "./Stage";
import { useShortcuts } from "./shortcuts";
import { keepAwake } from "./wake";
import "./call.css";
import "./panel.css";

/** The call: what must be known above, the pictures in the middle, what can be done below, and one panel at the side. */
export function CallPage() {
  const { store } = useClient();
  useShortcuts();
  useEffect(keepAwake, []);
  const panel = store.panel.value;
  return (
    <div class={`call ${panel === "none" ? "" : "with-panel"}`} data-testid="call">
      <Header />
      <Knocks />
      <main class="call-stage">
        <Stage />
        <SoundBlocked />
        <Reconnecting />
      </main>
      {panel === "none" ? null : (
        <aside class="call-panel" aria-label={panelName(panel)}>
          <PanelHead name={panelName(panel)} />
          {panel === "chat" ? <ChatPanel /> : null}
          {panel === "people" ? <PeoplePanel /> : null}
          {panel === "act" ? <ActPanel /> : null}
        </aside>
      )}
      <Bar />
      <Sounds />
      <Prompts />
    </div>
  );
}

function panelName(panel: "chat" | "people" | "act"): string {
  const texts = t();
  return { chat: texts.chat.title, people: texts.people.title, act: texts.actPanel.title }[panel];
}

function PanelHead({ name }: { name: string }) {
  const { store } = useClient();
  const tabs = may(store.call.value, "read_chat") ? (["people", "chat", "act"] as const) : (["people", "act"] as const);
  return (
    <div class="panel-head">
      <h2 class="visually-hidden">{name}</h2>
      <div class="tabs">
        {tabs.map(tab => (
          <button
            key={tab}
            type="button"
            aria-pressed={store.panel.value === tab}
            onClick={() => {
              store.panel.value = tab;
            }}
          >
            {panelName(tab)}
          </button>
        ))}
      </div>
      <button
        type="button"
        class="button plain"
        aria-label={t().close}
        data-testid="close-panel"
        onClick={() => {
          store.panel.value = "none";
        }}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

function SoundBlocked() {
  const { store } = useClient();
  if (!store.soundBlocked.value) return null;
  return (
    <div class="over-stage low" role="alert">
      <p>{t().call.soundBlockedNext}</p>
      <button
        type="button"
        class="button primary"
        data-testid="unblock-sound"
        onClick={() => {
          store.soundBlocked.value = false; // the press itself lets the sounds begin
        }}
      >
        <Icon name="sound" />
        {t().call.soundBlocked}
      </button>
    </div>
  );
}

function Reconnecting() {
  const { store } = useClient();
  if (store.line.value === "open") return null;
  return (
    <div class="over-stage" role="status" data-testid="reconnecting">
      <strong>{t().call.reconnecting}</strong>
      <span>{t().call.reconnectingNext}</span>
    </div>
  );
}
