import { effect, signal } from "@preact/signals";
import { render } from "preact";
import "./design";
import { keepPageLanguage } from "./i18n";
import { Api, SocketChannel } from "./protocol";
import { fragmentOf, type Place, pathOf, placeOf, Store } from "./state";
import { type Door, Tab } from "./tab";
import { App } from "./views/App";
import type { Client } from "./views/context";
import { Visit } from "./visit";

/** The composition root: everything is made once, here, from top to bottom. */
function start(root: HTMLElement): void {
  const api = new Api((url, init) => fetch(url, init));
  const tab = new Tab(sessionStorage, navigator.locks);
  const store = new Store();
  const visit = new Visit(store, api, tab, () => new SocketChannel());
  const place = signal<Place>(placeOf(location.pathname));
  const signIn = takeFragment(tab);
  const invited = tab.door?.by === "invitation" ? tab.door : null;
  const arrive = () => {
    if (place.value.page === "call" || place.value.page === "join") visit.abandon(); // nobody stays in a room unseen
    place.value = placeOf(location.pathname);
    scrollTo(0, 0);
  };
  const go = (path: string) => {
    history.pushState(null, "", path);
    arrive();
  };
  const enterBy = (door: Door) => {
    tab.door = door;
    visit.enter(door);
  };
  const client: Client = { store, api, visit, go, invited: () => invited, enterBy };
  addEventListener("popstate", () => location.pathname !== pathOf(place.value) && arrive());
  addEventListener("hashchange", () => {
    const { invitation, signIn: secret } = fragmentOf(location.hash);
    if (invitation !== null || secret !== null) location.reload(); // another link in the same tab is another visit
  });
  keepPageLanguage(document);
  effect(() => {
    document.title = store.call.value.act ? `${store.call.value.act.number} · Visite` : "Visite";
  });
  api.configuration().then(
    configuration => {
      store.configuration.value = configuration;
    },
    () => undefined, // only the help line is missing then
  );
  render(<App client={client} place={place} signIn={signIn} />, root);
}

/** What a link brought leaves the address bar at once and stays in this tab only. */
function takeFragment(tab: Tab): string | null {
  const { invitation, signIn, demo } = fragmentOf(location.hash);
  if (invitation !== null) {
    tab.demo = demo;
    tab.door = { by: "invitation", token: invitation };
  }
  if (invitation !== null || signIn !== null) history.replaceState(null, "", location.pathname);
  return signIn;
}

const root = document.getElementById("visite");
if (root) start(root);
