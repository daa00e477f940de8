import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Language, language, startingLanguage } from "../../src/i18n";
import { en } from "../../src/i18n/en";
import { fr } from "../../src/i18n/fr";
import { type Act, ApiError, type Recording } from "../../src/protocol";
import { ActsPage, rangeOf } from "../../src/views/acts/ActsPage";
import { BLANK, faultsOf, planOf } from "../../src/views/acts/plan";
import { Recordings } from "../../src/views/acts/Recordings";
import { detailOf } from "../../src/views/acts/Timeline";
import { PlaybackPage } from "../../src/views/playback/PlaybackPage";
import { VisitPage } from "../../src/views/VisitPage";
import { settled } from "../support/channel";
import { seat, snapshot, welcome } from "../support/room";
import { DOOR, fakeBrowser, makeClient } from "./client";

beforeEach(() => {
  sessionStorage.clear();
  fakeBrowser();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const ACT: Act = {
  id: "a1",
  number: "2026-0417",
  kind: "TLC",
  components: [],
  urgency: "scheduled",
  title: "Suivi de plaie",
  requesting: "e1",
  requesting_name: "EHPAD des Tilleuls",
  expert: "e2",
  expert_name: "CHU de Rochebrune",
  subject: null,
  direct: true,
  state: "open",
  outcome: "",
  planned_start: null,
  planned_minutes: 20,
  started_at: null,
  ended_at: null,
  seats: [{ seat: "s1", role: "patient", name: "Jeanne", presence: "invited" }],
  events: [],
};

describe("the way in", () => {
  test("the join page says who one is, and that one will wait", async () => {
    const { around } = makeClient();
    render(<VisitPage door={DOOR} />, { wrapper: around });
    expect((await screen.findByTestId("greeting")).textContent).toBe("Bonjour Mme Claire Martin");
    expect(screen.getByTestId("join").textContent).toBe("Entrer dans la salle d’attente");
  });

  test("without camera and microphone the page says what to do and there is a way in", async () => {
    const { around, channel } = makeClient();
    render(<VisitPage door={DOOR} />, { wrapper: around });
    const help = await screen.findByTestId("problem-camera");
    expect(help.dataset.problem).toBe("insecure"); // no mediaDevices here, as on a page without TLS
    fireEvent.click(screen.getByTestId("enter-anyway"));
    channel.up();
    await settled();
    expect(channel.last("join").token).toBe("ticket");
  });

  test("a dead link says so in words", async () => {
    const { around } = makeClient({
      entryWithInvitation: () => Promise.reject(new ApiError(401, "invitation-revoked")),
    });
    render(<VisitPage door={DOOR} />, { wrapper: around });
    expect((await screen.findByTestId("join-problem")).textContent).toContain("remplacé ou retiré");
  });

  test("the call page is built when the relay is being reached, and not before", async () => {
    const connections = fakeBrowser();
    const { around, enter } = makeClient();
    render(<VisitPage door={DOOR} />, { wrapper: around });
    await screen.findByTestId("join");
    const sources = [{ source: "camera" as const, muted: false, silent: false, device: "" }];
    const path = { path: "relay" as const, number: 1, reason: "", offers: false, other: null, codecs: [] };
    await enter({ snapshot: snapshot({ path, seats: [seat("me"), seat("other", { sources })] }) });
    await settled();
    expect(screen.getByTestId("join").hasAttribute("disabled")).toBe(true);
    expect(screen.queryByTestId("call")).toBeNull();
    for (const connection of connections) connection.dispatchEvent(new Event("iceconnectionstatechange"));
    expect(await screen.findByTestId("call")).toBeTruthy();
  });

  test("who waits sees a calm page, is admitted into the call, and told how it ended", async () => {
    const { around, enter, channel } = makeClient();
    render(<VisitPage door={DOOR} />, { wrapper: around });
    await screen.findByTestId("join");
    await enter({ outcome: "waiting", snapshot: null });
    expect(await screen.findByTestId("waiting")).toBeTruthy();
    const { snapshot } = welcome();
    if (snapshot) channel.tell({ type: "admitted", snapshot });
    expect(await screen.findByTestId("call")).toBeTruthy();
    channel.tell({ type: "left", reason: "act-ended" });
    expect((await screen.findByTestId("ended")).dataset.reason).toBe("act-ended");
    expect(screen.queryByTestId("again")).toBeNull();
  });

  test("a reload in mid-call does not show the join page again", async () => {
    sessionStorage.setItem("visite.session", JSON.stringify({ session: "s", secret: "x" }));
    const { around, channel } = makeClient();
    render(<VisitPage door={DOOR} />, { wrapper: around });
    await settled();
    channel.up();
    expect(channel.last("resume")).toMatchObject({ session: "s", secret: "x", fresh: true });
    expect(screen.queryByTestId("join")).toBeNull();
    channel.tellAs(0, welcome());
    expect(await screen.findByTestId("call")).toBeTruthy();
  });
});

test("nothing that was said in the room is left when the act has ended, nor a word of what was under way", async () => {
  const { channel, enter, store, visit } = makeClient();
  await enter();
  store.say("Paul Vidal a quitté la salle.");
  const ending = visit.end();
  channel.tell({ type: "left", reason: "act-ended" });
  expect(await ending).toBeNull();
  expect(store.notices.value).toEqual([]);
});

describe("acts", () => {
  test("the list leads to the file and to the room", async () => {
    const { around, client } = makeClient({
      acts: async () => [ACT],
      me: () => Promise.reject(new ApiError(401, "?")),
    });
    render(<ActsPage />, { wrapper: around });
    fireEvent.click(await screen.findByText("Suivi de plaie"));
    expect(client.go).toHaveBeenLastCalledWith("/acts/a1");
    fireEvent.click(screen.getByTestId("enter"));
    expect(client.go).toHaveBeenLastCalledWith("/call/a1");
  });

  test("an act that is over has no way in", async () => {
    const over = { ...ACT, state: "ended" };
    const { around } = makeClient({ acts: async () => [over], me: () => Promise.reject(new ApiError(401, "?")) });
    render(<ActsPage />, { wrapper: around });
    await screen.findByText("Suivi de plaie");
    expect(screen.queryByTestId("enter")).toBeNull();
  });

  test("a telestroke act is an emergency of three parts; what was left empty is not sent", () => {
    const draft = {
      kind: "stroke",
      title: " Alerte ",
      now: true,
      date: "",
      minutes: 60,
      emergency: false,
      requesting: "",
      expert: "e2",
      subject: " ",
      direct: true,
    };
    expect(planOf(draft)).toEqual({
      kind: "TLC",
      components: ["TLE", "TLA"],
      urgency: "emergency",
      title: "Alerte",
      start: "now",
      minutes: 60,
      expert: "e2",
      direct: true,
    });
  });

  test("a plan says in words what is to be set right, and asks from one's own establishment", async () => {
    const plan = vi.fn(async () => ({ id: "a2", number: "2026-0418" }) as Act);
    const places = [
      { id: "e1", name: "EHPAD des Tilleuls" },
      { id: "e2", name: "CHU de Rochebrune" },
    ];
    const { client, around } = makeClient({ acts: async () => [], establishments: async () => places, plan });
    client.store.me.value = { person: "p1", name: "Dr Roy", establishment: "e2", establishment_name: "", rights: [] };
    render(<ActsPage />, { wrapper: around });
    fireEvent.click(screen.getByTestId("plan"));
    await screen.findAllByText("CHU de Rochebrune");
    fireEvent.click(screen.getByTestId("plan-submit"));
    expect((await screen.findByTestId("plan-fault")).textContent).toContain("intitulé");
    expect(plan).not.toHaveBeenCalled();
    fireEvent.input(screen.getByTestId("plan-title"), { target: { value: "Plaie" } });
    fireEvent.click(screen.getByTestId("plan-submit"));
    await settled();
    expect(plan).toHaveBeenCalledWith(expect.objectContaining({ title: "Plaie", requesting: "e2" }));
  });

  test("an act needs a title, a date to come unless it begins now, and a duration", () => {
    const now = Date.parse("2026-11-21T15:30:00");
    const draft = { ...BLANK, title: "Plaie" };
    expect([...faultsOf(draft, now)]).toEqual([]);
    expect([...faultsOf({ ...draft, title: " ", minutes: Number.NaN }, now)]).toEqual(["title", "minutes"]);
    expect([...faultsOf({ ...draft, now: false }, now)]).toEqual(["date"]);
    expect([...faultsOf({ ...draft, now: false, date: "2026-11-20T09:00" }, now)]).toEqual(["past"]);
    expect([...faultsOf({ ...draft, now: false, date: "2026-11-22T09:00" }, now)]).toEqual([]);
  });

  test("a week is seven days from this morning", () => {
    const { since, until } = rangeOf("week", Date.parse("2026-11-21T15:30:00"));
    expect(Date.parse(until ?? "") - Date.parse(since ?? "")).toBe(7 * 86_400_000);
    expect(rangeOf("all", 0)).toEqual({});
  });

  test("a line of the timeline says whom it concerns and who did it, by name", () => {
    const entry = {
      version: 4,
      at: "2026-11-21T03:12:00Z",
      type: "seat-admitted",
      by: "seat:s2",
      data: { seat: "s1" },
    };
    const act = { ...ACT, seats: [...ACT.seats, { seat: "s2", role: "expert", name: "Dr Roy", presence: "present" }] };
    expect(detailOf(entry, act)).toBe("Jeanne · par Dr Roy");
  });
});

describe("recordings", () => {
  const recording = (change: Partial<Recording>): Recording => ({
    recording: "r1",
    started_at: "2026-11-22T14:02:00",
    stopped_at: "2026-11-22T14:05:00",
    state: "finished",
    duration_s: 180,
    continues: null,
    gap_s: null,
    ...change,
  });
  const cut = recording({ state: "recovered" });
  const rest = recording({ recording: "r2", started_at: "2026-11-22T14:05:12", continues: "r1", gap_s: 12.3 });

  async function joints(recordings: Recording[], spoken: Language = "fr"): Promise<(string | null)[]> {
    language.value = spoken;
    const { around } = makeClient({ recordings: async () => recordings });
    render(<Recordings act={ACT} />, { wrapper: around });
    await screen.findAllByText(/14:0/);
    return screen.queryAllByTestId("joint").map(({ textContent }) => textContent);
  }

  test("one that a fault cut off, and the one in which it goes on, say so", async () => {
    const [before, after] = await joints([cut, rest]);
    expect(before).toMatch(/^Coupé par une panne : la suite est l’enregistrement de .*14:05\.$/);
    expect(after).toMatch(/^Suite de l’enregistrement de .*14:02, coupé par une panne : il manque 12\ss\.$/);
  });

  test("in English, too", async () => {
    const [before, after] = await joints([cut, rest], "en");
    expect(before).toMatch(/^Cut off by a fault: it goes on in the recording of .*14:05\.$/);
    expect(after).toMatch(/^Continues the recording of .*14:02, cut off by a fault: 12\ss are missing\.$/);
  });

  test("what was lost, or how much, need not be known", async () => {
    expect(await joints([{ ...rest, gap_s: null }])).toEqual(["Suite d’un enregistrement, coupé par une panne."]);
  });

  test("in the player it is a link to the other one, once that can be played", async () => {
    const me = { person: "p1", name: "Elsa", establishment: "e1", establishment_name: "CHU", rights: [] };
    const links = async (all: Recording[]) => {
      const { around, client } = makeClient({
        me: async () => me,
        recordings: async () => all,
        manifest: async () => ({ tracks: [] }),
      });
      const { unmount } = render(<PlaybackPage act="act-1" recording="r1" />, { wrapper: around });
      await screen.findByTestId("joint");
      const found = screen.queryAllByRole("link", { name: /la suite/ });
      found.forEach(link => {
        fireEvent.click(link);
      });
      unmount();
      return vi.mocked(client.go).mock.calls;
    };
    expect(await links([cut, rest])).toEqual([["/acts/act-1/recordings/r2"]]);
    expect(await links([cut, { ...rest, stopped_at: null }])).toEqual([]);
  });

  test("others say nothing of the kind, and one that runs cannot be played yet", async () => {
    expect(await joints([recording({}), recording({ recording: "r2", state: "on", stopped_at: null })])).toEqual([]);
    expect(screen.getByText("En cours")).toBeTruthy();
    expect(screen.getAllByTestId("play")).toHaveLength(1);
  });
});

describe("languages", () => {
  test("every text exists in both, down to each list", () => {
    const shape = (value: unknown): unknown =>
      value && typeof value === "object" && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value)
              .map(([key, inner]) => [key, shape(inner)])
              .sort(),
          )
        : typeof value;
    expect(shape(en)).toEqual(shape(fr));
  });

  test("French first, unless somebody chose or her browser prefers English", () => {
    expect(startingLanguage(null, ["de-DE", "fr-FR"])).toBe("fr");
    expect(startingLanguage(null, ["en-GB", "fr"])).toBe("en");
    expect(startingLanguage("fr", ["en-GB"])).toBe("fr");
    expect(startingLanguage(null, [])).toBe("fr");
  });
});
