import { useEffect, useState } from "preact/hooks";
import { Frame } from "../design";
import { t } from "../i18n";
import type { Door } from "../tab";
import { CallPage } from "./call/CallPage";
import { useClient } from "./context";
import { EndedPage } from "./EndedPage";
import { JoinPage } from "./join/JoinPage";
import { WaitingPage } from "./waiting/WaitingPage";

/** From the door to the end of a call, whichever page that takes. A reload in the middle goes straight back in. */
export function VisitPage({ door }: { door: Door | null }) {
  const { store, visit } = useClient();
  const [returning, setReturning] = useState(true);
  // once for each door
  useEffect(() => {
    if (door) void visit.comeBack(door).then(setReturning);
  }, [door]);
  const { outcome, left, turnedDown } = store.call.value;
  if (!door) return <NoDoor />;
  if (turnedDown) return <WaitingPage door={door} />;
  if (left !== null) return <EndedPage door={door} reason={left} />;
  if (outcome === "present" || outcome === "asked") return <CallPage />;
  if (outcome === "waiting" || outcome === "takeover_asked") return <WaitingPage door={door} />;
  return returning && store.shutOut.value === null ? <Returning /> : <JoinPage door={door} />;
}

function Returning() {
  return (
    <Frame layout="calm">
      <p role="status">{t().loading}</p>
    </Frame>
  );
}

function NoDoor() {
  return (
    <Frame layout="calm">
      <h1>{t().join.problem}</h1>
      <p class="quiet" data-testid="join-problem">
        {t().refusal("token-invalid")}
      </p>
    </Frame>
  );
}
