import type { ComponentChildren } from "preact";
import { vi } from "vitest";
import { language } from "../../src/i18n";
import type { Api, CommandBody } from "../../src/protocol";
import { type CallState, Store } from "../../src/state";
import type { Door } from "../../src/tab";
import { Tab } from "../../src/tab";
import { type Client, ClientContext } from "../../src/views/context";
import { Visit } from "../../src/visit";
import { MemoryChannel, settled } from "../support/channel";
import { welcome } from "../support/room";

export const DOOR: Door = { by: "invitation", token: "invitation" };

export const ENTRY = {
  ticket: "ticket",
  act: "act-1",
  number: "2026-0417",
  kind: "TLC",
  title: "Télé-AVC",
  state: "open",
  planned_start: null,
  seat: "me",
  role: "family",
  name: "Mme Claire Martin",
  waits: true,
  expert_name: "Dr Roy",
};

/** The whole client over a line in memory, without WebRTC: what a view needs to be drawn and pressed. */
export function makeClient(api: Partial<Api> = {}) {
  const channel = new MemoryChannel();
  const store = new Store();
  const answers = { entryWithInvitation: async () => ENTRY, ...api } as unknown as Api;
  const visit = new Visit(store, answers, new Tab(sessionStorage, undefined), () => channel);
  const client: Client = {
    store,
    api: answers,
    visit,
    go: vi.fn(),
    invited: () => DOOR,
    enterBy: door => visit.enter(door),
  };
  const around = ({ children }: { children: ComponentChildren }) => (
    <ClientContext.Provider value={client}>{children}</ClientContext.Provider>
  );
  /** Lets the person into the room, as the server would. */
  const enter = async (state: Partial<Parameters<typeof welcome>[0]> = {}) => {
    visit.enter(DOOR);
    channel.up();
    await settled();
    channel.tellAs(0, welcome(state));
  };
  const show = (state: CallState) => {
    store.call.value = state;
  };
  const commands = () => channel.sent as unknown as (CommandBody & { id: number })[];
  return { client, store, visit, channel, around, enter, show, commands };
}

/** Browsers have these, the test environment does not; and the person speaks French. Gives the connections made from now on. */
export function fakeBrowser(): EventTarget[] {
  const connections: EventTarget[] = [];
  language.value = "fr";
  vi.stubGlobal(
    "RTCPeerConnection",
    class extends EventTarget {
      connectionState = "new";
      constructor() {
        super();
        connections.push(this);
      }
      close() {}
      setConfiguration() {}
      getStats = async () => new Map();
    },
  );
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
  vi.stubGlobal("AudioContext", undefined);
  return connections;
}
