import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Snapshot } from "../../src/protocol";
import { CallPage } from "../../src/views/call/CallPage";
import { act, seat, snapshot, welcome } from "../support/room";
import { fakeBrowser, makeClient } from "./client";

beforeEach(() => {
  sessionStorage.clear();
  fakeBrowser();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function call(change: Partial<Snapshot> = {}) {
  const made = makeClient();
  await made.enter({ snapshot: snapshot(change) });
  render(<CallPage />, { wrapper: made.around });
  return made;
}

const press = (testid: string) => fireEvent.click(screen.getByTestId(testid));
const off = { state: "off", recording: null, asked_by: null, since: null, missing: [], refused: false } as const;

describe("what one may do is what the server says", () => {
  test("a moderator sees who waits and lets her in by one press", async () => {
    const waiting = seat("patient", { presence: "waiting", role: "patient", name: "Jeanne" });
    const { commands } = await call({ seats: [seat("me"), waiting], rights: ["admit", "invite"] });
    expect(screen.getByTestId("bar-people").textContent).toContain("1");
    press("bar-people");
    press("admit");
    expect(commands().at(-1)).toMatchObject({ type: "admit", seat: "patient" });
  });

  test("who waits is announced above the pictures, and let in from there by one press", async () => {
    const waiting = seat("patient", { presence: "waiting", role: "patient", name: "Jeanne" });
    const { commands, channel } = await call({ rights: ["admit"] });
    expect(screen.getByTestId("knocks").getAttribute("aria-live")).toBe("polite");
    expect(screen.queryByTestId("knock")).toBeNull();
    channel.tell({ type: "seat", seat: waiting });
    expect((await screen.findByTestId("knock")).textContent).toContain("Jeanne");
    press("knock-admit");
    expect(commands().at(-1)).toMatchObject({ type: "admit", seat: "patient" });
    expect(screen.queryByTestId("knock")).not.toBeNull(); // until the server says that she is in
    channel.tell({ type: "seat", seat: { ...waiting, presence: "present" } });
    await waitFor(() => expect(screen.queryByTestId("knock")).toBeNull());
  });

  test("who may let nobody in is not asked to", async () => {
    const waiting = seat("patient", { presence: "waiting", role: "patient", name: "Jeanne" });
    await call({ seats: [seat("me"), waiting], rights: [] });
    expect(screen.queryByTestId("knock")).toBeNull();
  });

  test("without the right there is no button", async () => {
    await call({ rights: [] });
    expect(screen.queryByTestId("bar-record")).toBeNull();
    expect(screen.queryByTestId("bar-detail")).toBeNull();
    press("bar-people");
    expect(screen.queryByTestId("invite")).toBeNull();
    expect(screen.queryByTestId("remove")).toBeNull();
  });

  test("removing somebody is asked twice", async () => {
    const { commands } = await call({ rights: ["remove"] });
    press("bar-people");
    press("remove");
    expect(commands().some(({ type }) => type === "remove")).toBe(false);
    press("remove-sure");
    expect(commands().at(-1)).toMatchObject({ type: "remove", seat: "other" });
  });
});

describe("leaving", () => {
  test("is free for who cannot end the act", async () => {
    const { commands } = await call({ rights: [] });
    press("leave");
    expect(commands().at(-1)?.type).toBe("leave");
  });

  test("asks who can end it whether that is meant", async () => {
    const { commands } = await call({ rights: ["end"], act: act({ events: ["end"] }) });
    press("leave");
    expect(commands().some(({ type }) => type === "leave")).toBe(false);
    press("end-act");
    expect(commands().at(-1)?.type).toBe("end");
  });
});

describe("recording", () => {
  test("everybody is asked, and the answer goes out as one's own consent", async () => {
    const asked = { ...off, state: "asked", asked_by: "other", missing: ["me"] } as const;
    const { commands } = await call({ recording: asked });
    expect(screen.getByTestId("recording-dialog").textContent).toContain("Dr other");
    press("recording-refuse");
    expect(commands().at(-1)).toMatchObject({ type: "consent", purpose: "recording", value: "refused" });
    expect(commands().at(-1)).not.toHaveProperty("seat");
  });

  test("the sign with its age is on every screen while it runs", async () => {
    await call({ recording: { ...off, state: "on", since: 1_000 } });
    expect(screen.getByTestId("recording-sign").textContent).toMatch(/Enregistrement \d+:\d\d|Enregistrement \d+ h/);
  });

  test("who agreed can take it back", async () => {
    const consents = [{ purpose: "recording", seat: "me", value: "obtained", at: 1 }] as const;
    const { commands } = await call({ recording: { ...off, state: "on", since: 1_000 }, act: act({ consents }) });
    press("bar-act");
    press("withdraw");
    expect(commands().at(-1)).toMatchObject({ type: "consent", purpose: "recording", value: "withdrawn" });
  });
});

describe("the act", () => {
  test("says what is missing before it starts, and starts by one press", async () => {
    const open = act({ state: "open", started_at: null, events: ["start"], missing: ["identity", "consent"] });
    const { commands } = await call({ act: open, rights: ["check_identity", "consent_for"] });
    press("bar-act");
    expect(screen.getByRole("region", { name: "Étapes de l’acte" }).textContent).toContain("Identité à vérifier");
    press("advance-start");
    expect(commands().at(-1)).toMatchObject({ type: "advance", event: "start" });
  });

  test("the patient's consent is written down purpose by purpose, also for a patient without a seat", async () => {
    const { commands } = await call({ rights: ["consent_for"] });
    press("bar-act");
    fireEvent.change(screen.getByTestId("consent-photo"), { target: { value: "by_trusted_person" } });
    expect(commands().at(-1)).toMatchObject({ purpose: "photo", value: "by_trusted_person", seat: "patient" });
  });

  test("a meeting asks for neither identity nor consent", async () => {
    await call({ act: act({ kind: "MTG", components: [] }), rights: ["check_identity", "consent_for"] });
    press("bar-act");
    expect(screen.queryByTestId("identity-panel")).toBeNull();
    expect(screen.queryByTestId("consent-panel")).toBeNull();
  });
});

describe("when the line is lost", () => {
  test("the call stays, says so, and the draft is kept", async () => {
    const { channel } = await call({ rights: ["chat", "read_chat"] });
    press("bar-chat");
    fireEvent.input(screen.getByTestId("chat-text"), { target: { value: "à moitié" } });
    channel.down();
    expect(await screen.findByTestId("reconnecting")).toBeTruthy();
    expect((screen.getByTestId("chat-text") as HTMLInputElement).value).toBe("à moitié");
    expect(screen.getAllByTestId("tile")).toHaveLength(2);
  });

  test("too much was missed: the snapshot counts, and the relay is asked for its offer anew", async () => {
    const relay = { path: "relay", number: 3, reason: "third-person", offers: false, other: null, codecs: [] } as const;
    const { channel, commands } = await call({ path: relay });
    const cutAndMended = async (resumed: boolean) => {
      channel.down();
      channel.up();
      const seats = [seat("me"), seat("other"), seat("third")];
      channel.tellAs(0, welcome({ resumed, snapshot: resumed ? null : snapshot({ path: relay, seats }) }));
    };
    const asked = () => new Set(commands().flatMap(({ type, id }) => (type === "resubscribe" ? [id] : []))).size;
    await cutAndMended(true);
    expect(asked()).toBe(0);
    await cutAndMended(false);
    expect(asked()).toBe(1);
    await waitFor(() => expect(screen.getAllByTestId("tile")).toHaveLength(3));
  });
});

test("a second device asks for the seat, and the first one decides", async () => {
  const { channel, commands } = await call();
  channel.tell({ type: "takeover_asked", label: "Firefox · Windows", deadline: Date.now() / 1000 + 10 });
  expect((await screen.findByTestId("takeover-dialog")).textContent).toContain("Firefox · Windows");
  press("takeover-refuse");
  expect(commands().at(-1)).toMatchObject({ type: "answer_takeover", accept: false });
});

test("keys do what the bar does, but not while somebody writes", async () => {
  const { store } = await call({ rights: ["chat", "read_chat"] });
  fireEvent.keyDown(document.body, { key: "d" });
  expect(store.panel.value).toBe("chat");
  fireEvent.keyDown(await screen.findByTestId("chat-text"), { key: "p" });
  expect(store.panel.value).toBe("chat");
});

test("a sound over a new connection is heard although its track has the id of the lost one's", async () => {
  class Stream extends MediaStream {
    constructor(readonly given: MediaStreamTrack[]) {
      super();
    }
  }
  vi.stubGlobal("MediaStream", Stream);
  const { store } = await call();
  const voices = () => [...document.querySelectorAll("audio")];
  const heard = () => voices().map(({ srcObject }) => (srcObject as Stream | null)?.given[0]);
  const lost = { id: "microphone" } as MediaStreamTrack;
  const fresh = { ...lost };
  for (const track of [lost, fresh]) {
    store.remote.value = [{ seat: "expert", source: "microphone", device: "", origin: "d", track, via: "relay" }];
    await waitFor(() => expect(heard().at(-1)).toBe(track));
  }
  for (const voice of voices()) fireEvent.playing(voice);
  await waitFor(() => expect(heard()).toHaveLength(1));
  expect(heard()[0]).toBe(fresh);
});
