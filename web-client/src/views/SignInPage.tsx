import { useEffect, useState } from "preact/hooks";
import { Frame } from "../design";
import { t } from "../i18n";
import { useClient } from "./context";

/** Uses a sign-in link, once; without one, says where it comes from. */
export function SignInPage({ token }: { token: string | null }) {
  const { store, api, go } = useClient();
  const [failed, setFailed] = useState(false);
  // a link works once, and so does this
  useEffect(() => {
    if (token === null) return;
    api.signIn(token).then(
      me => {
        store.me.value = me;
        go("/");
      },
      () => setFailed(true),
    );
  }, [token]);
  const texts = t().signIn;
  return (
    <Frame phone={store.configuration.value?.help_phone ?? ""} layout="calm">
      <h1>{texts.title}</h1>
      {failed ? (
        <p class="notice red" role="alert" data-testid="sign-in-failed">
          {texts.failed}
        </p>
      ) : (
        <p class="quiet" role="status">
          {token === null ? texts.needed : texts.working}
        </p>
      )}
    </Frame>
  );
}
