import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon, type IconName } from "../../design";
import { t } from "../../i18n";
import { may, waiting } from "../../state";
import { useClient } from "../context";
import { LeaveButton } from "./LeaveButton";
import { SecondCamera } from "./SecondCamera";
import "./bar.css";

/** What one can do, always in the same place. On a phone the rarer half is behind "More". */
export function Bar() {
  const { store } = useClient();
  const [more, setMore] = useState(false);
  const { value: panel } = store.panel;
  // What was chosen behind "More" is now in sight.
  useEffect(() => {
    if (panel !== "none") setMore(false);
  }, [panel]);
  return (
    <nav class={`bar ${more ? "more" : ""}`} aria-label={t().call.controls} title={t().call.shortcuts}>
      <DeviceButton source="microphone" />
      <DeviceButton source="camera" />
      <span class="rare">
        <ScreenButton />
        <SecondCamera />
        <LayoutButtons />
        <PanelButton panel="act" icon="act" name={t().call.act} />
        <RecordButton />
      </span>
      <ChatButton />
      <PeopleButton />
      <BarButton
        icon="more"
        name={t().call.more}
        testid="more"
        class="only-narrow"
        pressed={more}
        onClick={() => setMore(!more)}
      />
      <LeaveButton />
    </nav>
  );
}

interface BarButtonProps {
  readonly icon: IconName;
  readonly name: string;
  /** What fits where `name` is too long: on the button, or only on a phone. */
  readonly short?: string;
  readonly state?: string;
  readonly testid: string;
  readonly class?: string;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
  readonly children?: ComponentChildren;
}

export function BarButton(props: BarButtonProps) {
  const { icon, name, short, state, testid, pressed, disabled, onClick, children } = props;
  return (
    <button
      type="button"
      class={`bar-button ${props.class ?? ""}`}
      data-testid={testid}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
      <span class={`bar-name ${short ? "long" : ""}`}>{name}</span>
      {short ? (
        <span class="bar-name short" aria-hidden="true">
          {short}
        </span>
      ) : null}
      {state ? <strong class="bar-state">{state}</strong> : null}
      {children}
    </button>
  );
}

function DeviceButton({ source }: { source: "microphone" | "camera" }) {
  const { store, visit } = useClient();
  const device = store.device(source);
  const texts = t().call;
  const camera = source === "camera";
  const here = device.track !== null;
  const on = here && !device.muted;
  const states = camera
    ? { on: texts.onFeminine, off: texts.offFeminine, absent: texts.absentFeminine }
    : { on: texts.on, off: texts.off, absent: texts.absent };
  const press = () => {
    if (here) visit.mute(source, !device.muted);
    else void (camera ? visit.local.openCamera() : visit.local.openMicrophone());
  };
  return (
    <BarButton
      icon={on ? source : `${source}Off`}
      name={camera ? texts.camera : texts.microphone}
      short={camera ? texts.camera : texts.microphoneShort}
      state={on ? states.on : here ? states.off : states.absent}
      testid={`bar-${source}`}
      class={on ? "" : "off"}
      pressed={on}
      onClick={press}
    />
  );
}

function ScreenButton() {
  const { store, visit } = useClient();
  const sharing = store.device("screen").track !== null;
  const possible = may(store.call.value, "share") && navigator.mediaDevices?.getDisplayMedia !== undefined;
  if (!possible) return null;
  return (
    <BarButton
      icon="screen"
      name={sharing ? t().call.stopSharing : t().call.share}
      testid="bar-screen"
      class={sharing ? "active" : ""}
      pressed={sharing}
      onClick={() => (sharing ? visit.local.close("screen") : void visit.local.shareScreen())}
    />
  );
}

function LayoutButtons() {
  const { store } = useClient();
  const order = ["stage", "grid", "side"] as const;
  const current = store.layout.value;
  const next = order[(order.indexOf(current) + 1) % order.length] ?? "stage";
  return (
    <BarButton
      icon={current}
      name={t().call.layout}
      state={t().call.layouts[current]}
      testid="bar-layout"
      onClick={() => {
        store.layout.value = next;
        store.pinned.value = null;
      }}
    />
  );
}

function PanelButton({ panel, icon, name }: { panel: "chat" | "people" | "act"; icon: IconName; name: string }) {
  const { store } = useClient();
  return (
    <BarButton
      icon={icon}
      name={name}
      testid={`bar-${panel}`}
      pressed={store.panel.value === panel}
      onClick={() => store.toggle(panel)}
    />
  );
}

function ChatButton() {
  const { store } = useClient();
  const unread = store.unreadChat.value;
  if (!may(store.call.value, "read_chat")) return null;
  return (
    <BarButton
      icon="chat"
      name={t().call.chat}
      short={t().call.chatShort}
      testid="bar-chat"
      pressed={store.panel.value === "chat"}
      onClick={() => store.toggle("chat")}
    >
      {unread > 0 ? <span class="count">{unread}</span> : null}
    </BarButton>
  );
}

function PeopleButton() {
  const { store } = useClient();
  const call = store.call.value;
  const queue = may(call, "admit") ? waiting(call).length : 0;
  return (
    <BarButton
      icon="people"
      name={t().call.people}
      short={t().call.peopleShort}
      testid="bar-people"
      pressed={store.panel.value === "people"}
      onClick={() => store.toggle("people")}
    >
      {queue > 0 ? (
        <span class="count">
          {queue}
          <span class="visually-hidden">{t().call.waitingRoom(queue)}</span>
        </span>
      ) : null}
    </BarButton>
  );
}

function RecordButton() {
  const { store, visit } = useClient();
  const { recording } = store.call.value;
  const on = recording.state === "on";
  const allowed = may(store.call.value, on ? "stop_recording" : "record");
  if (!allowed) return null;
  return (
    <BarButton
      icon="record"
      name={on ? t().recording.stop : t().recording.ask}
      short={on ? t().call.stopRecordShort : t().call.recordShort}
      testid="bar-record"
      class="record"
      disabled={recording.state === "asked"}
      onClick={() => void visit.record(!on)}
    />
  );
}
