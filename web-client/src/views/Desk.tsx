import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Frame } from "../design";
import { t } from "../i18n";
import { ApiError } from "../protocol";
import { useClient } from "./context";

/** The pages of signed-in professionals. Who is not signed in is told how to be. */
export function Desk({ children }: { children: ComponentChildren }) {
  const { store, api, go } = useClient();
  useEffect(() => {
    if (store.me.value) return;
    api.me().then(
      me => {
        store.me.value = me;
      },
      error => error instanceof ApiError && error.status === 401 && go("/sign-in"),
    );
  }, [store, api, go]);
  const me = store.me.value;
  const leave = async () => {
    await api.signOut().catch(() => undefined); // the cookie is gone or the server is: signed out either way
    store.me.value = null;
    go("/sign-in");
  };
  const who = me ? (
    <>
      <span class="who">
        <strong>{me.name}</strong> <span class="quiet small">{me.establishment_name}</span>
      </span>
      <button type="button" class="button plain sign-out" data-testid="sign-out" onClick={() => void leave()}>
        {t().signOut}
      </button>
    </>
  ) : null;
  return (
    <Frame phone={store.configuration.value?.help_phone ?? ""} aside={who} home={() => go("/")}>
      {children}
    </Frame>
  );
}
