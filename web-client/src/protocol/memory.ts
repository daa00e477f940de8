/** What a tab keeps of its session, so that a reload comes back to the same seat. */
export interface Kept {
  readonly session: string;
  readonly secret: string;
}

/** Where it is kept: sessionStorage, which belongs to one tab but is copied when that tab is duplicated. */
export class SessionMemory {
  constructor(
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
    private readonly key: string,
  ) {}

  load(): Kept | null {
    const text = this.storage.getItem(this.key);
    return text === null ? null : parse(text);
  }

  save(kept: Kept): void {
    this.storage.setItem(this.key, JSON.stringify(kept));
  }

  clear(): void {
    this.storage.removeItem(this.key);
  }
}

function parse(text: string): Kept | null {
  try {
    const value = JSON.parse(text) as Partial<Kept>;
    const { session, secret } = value;
    return typeof session === "string" && typeof secret === "string" ? { session, secret } : null;
  } catch {
    return null;
  }
}

/**
 * Whether this tab alone holds the session. A duplicated tab finds the lock taken by the first one and must join as a
 * second device: using the copied secret would end the session for both. `patience` leaves a reloaded page the time to
 * let go of its own lock. Without the Web Locks API (a page without TLS) everybody is taken for the owner.
 */
export async function ownsSession(locks: LockManager | undefined, session: string, patience = 600): Promise<boolean> {
  if (!locks) return true;
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), patience);
  return new Promise(resolve => {
    const hold = () => {
      clearTimeout(timer);
      resolve(true);
      return new Promise<never>(() => undefined); // held until the tab goes
    };
    locks.request(`visite-session-${session}`, { signal: giveUp.signal }, hold).catch(() => resolve(false));
  });
}
