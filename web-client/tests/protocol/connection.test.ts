import { beforeEach, describe, expect, test, vi } from "vitest";
import { type AnyEvent, Connection, type Line, Refusal, SessionMemory } from "../../src/protocol";
import { MemoryChannel, settled } from "../support/channel";
import { welcome } from "../support/room";

let channel: MemoryChannel;
let memory: SessionMemory;
let connection: Connection;
let events: AnyEvent[];
let lines: Line[];
const shutOut = vi.fn();
const entrance = { token: async () => "ticket", label: "Firefox", kind: "main" as const, decodes: ["vp8"] as const };

beforeEach(() => {
  sessionStorage.clear();
  shutOut.mockClear();
  channel = new MemoryChannel();
  memory = new SessionMemory(sessionStorage, "session");
  events = [];
  lines = [];
  connection = new Connection(channel, memory, {
    event: event => events.push(event),
    line: line => lines.push(line),
    shutOut,
  });
});

async function joined(): Promise<void> {
  connection.enter(entrance);
  channel.up();
  await settled();
  channel.tellAs(0, welcome());
}

async function cutAndMended(): Promise<void> {
  channel.down();
  channel.up();
  await settled();
}

describe("entering", () => {
  test("a new session begins with join as command 1, and what was asked for meanwhile follows the welcome", async () => {
    connection.enter(entrance);
    const said = connection.command({ type: "chat", text: "early" });
    channel.up();
    await settled();
    expect(channel.sent).toEqual([
      { type: "join", id: 1, version: 1, token: "ticket", label: "Firefox", kind: "main", decodes: ["vp8"] },
    ]);
    channel.tellAs(0, welcome());
    expect(channel.last("chat").id).toBe(2);
    channel.tell({ type: "done", re: 2 });
    await expect(said).resolves.toEqual({ type: "done", re: 2 });
    expect(lines).toEqual(["connecting", "open"]);
  });

  test("who is refused at the door is told why, and nothing is kept", async () => {
    connection.enter(entrance);
    channel.up();
    await settled();
    channel.tellAs(0, { type: "refused", re: 1, code: "not-open", detail: "" });
    expect(shutOut).toHaveBeenCalledWith("not-open");
    expect(memory.load()).toBeNull();
  });

  test("a line that the server gives up before the welcome is no end: the next one joins", async () => {
    connection.enter(entrance);
    channel.up();
    await settled();
    channel.tellAs(0, { type: "left", reason: "not-joined" });
    await cutAndMended();
    expect(channel.last("join").id).toBe(1);
    expect(events).toEqual([]);
  });
});

describe("commands", () => {
  test("numbers grow by one and each answer finds its command", async () => {
    await joined();
    const first = connection.command({ type: "chat", text: "one" });
    const second = connection.command({ type: "admit", seat: "x" });
    channel.tell({ type: "done", re: 2 });
    channel.tell({ type: "refused", re: 3, code: "not-waiting", detail: "" });
    await expect(first).resolves.toMatchObject({ re: 2 });
    await expect(second).rejects.toMatchObject({ code: "not-waiting" });
  });

  test("an unanswered command is sent again after a cut with its old number, an answered one is not", async () => {
    await joined();
    void connection.command({ type: "chat", text: "answered" });
    const lost = connection.command({ type: "chat", text: "lost" });
    channel.tell({ type: "done", re: 2 });
    await cutAndMended();
    channel.tellAs(0, welcome({ secret: "secret-2", resumed: true, snapshot: null }));
    expect(channel.sent.slice(-2).map(({ type, id }) => [type, id])).toEqual([
      ["resume", 4],
      ["chat", 3],
    ]);
    channel.tell({ type: "done", re: 3 });
    await expect(lost).resolves.toMatchObject({ re: 3 });
  });

  test("nothing is sent while the line is cut", async () => {
    await joined();
    channel.down();
    const before = channel.sent.length;
    void connection.command({ type: "chat", text: "later" });
    expect(channel.sent.length).toBe(before);
    expect(lines.at(-1)).toBe("lost");
  });
});

describe("coming back", () => {
  test("a mended line resumes with the newest secret and the last number seen", async () => {
    await joined();
    const number = channel.tell({ type: "takeover_asked", label: "", deadline: 0 });
    await cutAndMended();
    expect(channel.last("resume")).toMatchObject({
      session: "session-1",
      secret: "secret-1",
      last: number,
      fresh: false,
    });
    channel.tellAs(0, welcome({ secret: "secret-2", resumed: true, snapshot: null }));
    await cutAndMended();
    expect(channel.last("resume").secret).toBe("secret-2");
  });

  test("an event that is told twice is taken once", async () => {
    await joined();
    channel.tellAs(1, { type: "takeover_asked", label: "phone", deadline: 0 });
    channel.tellAs(1, { type: "takeover_asked", label: "phone", deadline: 0 });
    expect(events.filter(({ type }) => type === "takeover_asked")).toHaveLength(1);
  });

  test("after a reload the kept session is resumed as a fresh one", async () => {
    connection.enter(entrance, { session: "old", secret: "kept" });
    channel.up();
    expect(channel.last("resume")).toMatchObject({ session: "old", secret: "kept", last: 0, fresh: true });
  });

  test("where the server knows the session no more, one joins anew and what was pending is given up", async () => {
    await joined();
    const pending = connection.command({ type: "chat", text: "lost for ever" });
    await cutAndMended();
    channel.tellAs(0, { type: "refused", re: 3, code: "not-found", detail: "" });
    await expect(pending).rejects.toMatchObject({ code: "not-joined" });
    await settled();
    expect(channel.last("join").id).toBe(1);
    channel.tellAs(0, welcome({ session: "session-2" }));
    channel.tellAs(1, { type: "takeover_asked", label: "", deadline: 0 });
    expect(events.at(-1)?.type).toBe("takeover_asked"); // numbers begin anew with the session
  });

  test("after the last event nothing is kept and nothing goes out any more", async () => {
    await joined();
    channel.tell({ type: "left", reason: "removed" });
    expect(memory.load()).toBeNull();
    expect(channel.closed).toBe(true);
    expect(lines.at(-1)).toBe("over");
    await expect(connection.command({ type: "chat", text: "?" })).rejects.toMatchObject({ code: "not-joined" });
  });
});

describe("a line in doubt", () => {
  beforeEach(async () => {
    await joined();
    vi.useFakeTimers();
    connection.doubt();
    return () => vi.useRealTimers();
  });

  test("that stays silent is left for another one, which resumes", () => {
    vi.advanceTimersByTime(1_000);
    expect(lines.slice(-2)).toEqual(["open", "lost"]);
    expect(channel.last("resume").secret).toBe("secret-1");
  });

  test("on which something comes is kept", () => {
    channel.tell({ type: "takeover_asked", label: "", deadline: 0 });
    vi.advanceTimersByTime(60_000);
    expect(lines.at(-1)).toBe("open");
  });

  test("that turns out to be cut meanwhile is mended once", () => {
    channel.down();
    channel.up();
    vi.advanceTimersByTime(60_000);
    expect(channel.sent.filter(({ type }) => type === "resume")).toHaveLength(1);
  });
});

describe("a server that restarts", () => {
  test("ends the session, not the visit: it is joined anew by a fresh ticket", async () => {
    await joined();
    const pending = connection.command({ type: "chat", text: "lost" });
    channel.tell({ type: "left", reason: "server-stopping" });
    await expect(pending).rejects.toMatchObject({ code: "not-joined" });
    expect(events.at(-1)?.type).toBe("welcome");
    expect(channel.closed).toBe(false);
    await cutAndMended();
    expect(channel.last("join")).toMatchObject({ id: 1, token: "ticket" });
    channel.tellAs(0, welcome({ session: "session-2" }));
    expect(lines).toEqual(["connecting", "open", "lost", "open"]);
  });

  test("is asked again while it is not ready", async () => {
    vi.useFakeTimers();
    try {
      const token = vi.fn(async () => "ticket");
      connection.enter({ ...entrance, token });
      channel.up();
      await vi.advanceTimersByTimeAsync(0);
      channel.tellAs(0, welcome());
      channel.tell({ type: "left", reason: "server-stopping" });
      channel.down();
      token.mockRejectedValueOnce(new Refusal("store-down"));
      channel.up();
      await vi.advanceTimersByTimeAsync(0);
      expect(channel.sent).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(2_000);
      expect(channel.sent.map(({ type }) => type)).toEqual(["join", "join"]);
      expect(shutOut).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });

  test("shuts out whoever's link has ended meanwhile", async () => {
    await joined();
    channel.tell({ type: "left", reason: "server-stopping" });
    await cutAndMended();
    channel.tellAs(0, { type: "refused", re: 1, code: "act-ended", detail: "" });
    expect(shutOut).toHaveBeenCalledWith("act-ended");
  });
});
