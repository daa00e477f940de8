import { useEffect, useState } from "preact/hooks";
import { Frame } from "../../design";
import { moment, t } from "../../i18n";
import type { Entry } from "../../protocol";
import type { Door } from "../../tab";
import { useClient } from "../context";
import { DeviceCard } from "./DeviceCard";
import { Preview } from "./Preview";
import "./join.css";

/** One page, one button: who you are, which act, what you look and sound like, and in. */
export function JoinPage({ door }: { door: Door }) {
  const { store, visit } = useClient();
  const [failure, setFailure] = useState<string | null>(null);
  const entry = store.entry.value;
  // once for each door
  useEffect(() => {
    visit.look(door).catch(error => setFailure(error.code ?? "unknown"));
  }, [door]);
  useEffect(() => {
    if (!entry || visit.local.get("camera").status !== "off") return;
    void visit.local.openCamera();
    void visit.local.openMicrophone();
  }, [entry, visit]);
  const phone = store.configuration.value?.help_phone ?? "";
  const code = failure ?? store.shutOut.value;
  return (
    <Frame phone={phone} layout={entry && !failure ? "page" : "calm"}>
      {entry && !failure ? (
        <div class="join">
          <Preview />
          <section class="stack" aria-label={t().join.hello(entry.name)}>
            <Greeting entry={entry} />
            {code ? <Problem code={code} /> : null}
            <DeviceCard source="camera" />
            <DeviceCard source="microphone" />
            {store.silent.value ? (
              <p class="notice" role="status" data-testid="silent">
                {t().join.silent}
              </p>
            ) : null}
            <EnterButtons entry={entry} door={door} />
          </section>
        </div>
      ) : (
        <Waiting code={code} />
      )}
    </Frame>
  );
}

function Greeting({ entry }: { entry: Entry }) {
  const texts = t().join;
  return (
    <div class="stack tight">
      <h1 data-testid="greeting">{texts.hello(entry.name)}</h1>
      <p class="quiet">
        {[
          texts.act(t().kind(entry.kind), entry.title),
          entry.expert_name ? texts.expert(entry.expert_name) : "",
          entry.planned_start ? texts.planned(moment(entry.planned_start)) : "",
          entry.waits ? texts.waits : "",
        ].join(" ")}
      </p>
    </div>
  );
}

function EnterButtons({ entry, door }: { entry: Entry; door: Door }) {
  const { store, enterBy } = useClient();
  const texts = t().join;
  const entering = store.line.value === "connecting" || store.line.value === "open";
  const [camera, microphone] = [store.device("camera"), store.device("microphone")];
  const complete = camera.status === "on" && microphone.status === "on";
  const label = entry.waits ? texts.enterLobby : texts.enterCall;
  return (
    <div class="stack tight">
      <button
        type="button"
        class="button primary large"
        data-testid="join"
        disabled={entering}
        onClick={() => enterBy(door)}
      >
        {entering ? texts.entering : label}
      </button>
      <p class="quiet small">
        {complete ? null : (
          <>
            {texts.without}{" "}
            <button
              type="button"
              class="link-button"
              data-testid="enter-anyway"
              disabled={entering}
              onClick={() => enterBy(door)}
            >
              {texts.enterAnyway}
            </button>
            {" · "}
          </>
        )}
        {texts.notRecorded}
      </p>
    </div>
  );
}

function Problem({ code }: { code: string }) {
  return (
    <div class="notice red" role="alert" data-testid="join-problem">
      <strong>{t().join.problem}</strong>
      {t().refusal(code)}
    </div>
  );
}

function Waiting({ code }: { code: string | null }) {
  if (code) return <Problem code={code} />;
  return <p role="status">{t().loading}</p>;
}
