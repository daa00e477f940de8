import { beforeEach, expect, test } from "vitest";
import { ownsSession, SessionMemory } from "../../src/protocol";

beforeEach(() => sessionStorage.clear());

/** The browser's locks as far as they matter here: one holder a name, others wait until they give up. */
class MemoryLocks {
  private readonly held = new Set<string>();

  request(name: string, options: { signal: AbortSignal }, hold: () => Promise<unknown>): Promise<unknown> {
    if (this.held.has(name)) {
      return new Promise((_, reject) => options.signal.addEventListener("abort", () => reject(new Error("gave up"))));
    }
    this.held.add(name);
    return hold();
  }
}

test("a duplicated tab does not own the session whose secret was copied into it", async () => {
  const locks = new MemoryLocks() as unknown as LockManager;
  expect(await ownsSession(locks, "one", 5)).toBe(true);
  expect(await ownsSession(locks, "one", 5)).toBe(false);
  expect(await ownsSession(locks, "two", 5)).toBe(true);
});

test("without locks every tab is taken for the owner, and the server has the last word", async () => {
  expect(await ownsSession(undefined, "one")).toBe(true);
});

test("what is kept comes back as it was, and what somebody spoiled counts as nothing", () => {
  const memory = new SessionMemory(sessionStorage, "key");
  memory.save({ session: "s", secret: "x" });
  expect(memory.load()).toEqual({ session: "s", secret: "x" });
  sessionStorage.setItem("key", '{"session": 4}');
  expect(memory.load()).toBeNull();
  sessionStorage.setItem("key", "{");
  expect(memory.load()).toBeNull();
});
