import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Frame } from "../design";
import { t } from "../i18n";
import type { CallState } from "../state";
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
  const standing = useRef<VNode | null>(null);
  if (!store.arriving.value || !standing.current) {
    standing.current = pageOf(store.call.value, door, returning && store.shutOut.value === null);
  }
  return standing.current;
}

function pageOf({ outcome, left, turnedDown }: CallState, door: Door | null, returning: boolean): VNode {
  if (!door) return <NoDoor />;
  if (turnedDown) return <WaitingPage door={door} />;
  if (left !== null) return <EndedPage door={door} reason={left} />;
  if (outcome === "present" || outcome === "asked") return <CallPage />;
  if (outcome === "waiting" || outcome === "takeover_asked") return <WaitingPage door={door} />;
  return returning ? <Returning /> : <JoinPage door={door} />;
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
