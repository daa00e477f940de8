import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Api } from "../protocol";
import type { Store } from "../state";
import type { Door } from "../tab";
import type { Visit } from "../visit";

/** What every view may reach: the state to draw, and those who carry out what a person wants. */
export interface Client {
  readonly store: Store;
  readonly api: Api;
  readonly visit: Visit;
  readonly go: (path: string) => void;
  /** The door of the link that was opened in this tab, if there is one. */
  readonly invited: () => Door | null;
  readonly enterBy: (door: Door) => void;
}

export const ClientContext = createContext<Client | null>(null);

export function useClient(): Client {
  const client = useContext(ClientContext);
  if (!client) throw new Error("a view was drawn outside of the client");
  return client;
}
