import type { ReadonlySignal } from "@preact/signals";
import { Frame, Notices } from "../design";
import { t } from "../i18n";
import type { Place } from "../state";
import type { Door } from "../tab";
import { ActPage } from "./acts/ActPage";
import { ActsPage } from "./acts/ActsPage";
import { type Client, ClientContext } from "./context";
import { PlaybackPage } from "./playback/PlaybackPage";
import { SignInPage } from "./SignInPage";
import { VisitPage } from "./VisitPage";

interface Props {
  readonly client: Client;
  readonly place: ReadonlySignal<Place>;
  readonly signIn: string | null;
}

export function App({ client, place, signIn }: Props) {
  const { store } = client;
  return (
    <ClientContext.Provider value={client}>
      <Page place={place.value} client={client} signIn={signIn} />
      <Notices notices={store.notices.value} dismiss={id => store.dismiss(id)} />
    </ClientContext.Provider>
  );
}

function Page({ place, client, signIn }: { place: Place; client: Client; signIn: string | null }) {
  switch (place.page) {
    case "acts":
      return <ActsPage />;
    case "act":
      return <ActPage key={place.act} id={place.act} />;
    case "recording":
      return <PlaybackPage key={place.recording} act={place.act} recording={place.recording} />;
    case "sign-in":
      return <SignInPage token={signIn} />;
    case "join":
      return <VisitPage door={client.invited()} />;
    case "call":
      return <Professional key={place.act} act={place.act} />;
    default:
      return <Unknown />;
  }
}

const doors = new Map<string, Door>();

/** The same door object for the same act, so that drawing anew does not mean entering anew. */
function Professional({ act }: { act: string }) {
  const door = doors.get(act) ?? { by: "cookie" as const, act };
  doors.set(act, door);
  return <VisitPage door={door} />;
}

function Unknown() {
  return (
    <Frame layout="calm">
      <h1>{t().notFound}</h1>
      <a href="/">{t().toActs}</a>
    </Frame>
  );
}
