import { Frame } from "../design";
import { t } from "../i18n";
import type { Door } from "../tab";
import { useClient } from "./context";

const MAY_RETURN = new Set(["left", "moved", "replaced", "turned-away", "gone"]);

/** Why one is out, and whether there is a way back. */
export function EndedPage({ door, reason }: { door: Door; reason: string }) {
  const { store, visit, enterBy, go } = useClient();
  const texts = t().ended;
  const again = () => {
    visit.startOver();
    visit.reopenDevices();
    enterBy(door);
  };
  return (
    <Frame phone={store.configuration.value?.help_phone ?? ""} layout="calm">
      <h1 aria-live="polite" data-testid="ended" data-reason={reason}>
        {texts.titles[reason] ?? texts.other}
      </h1>
      <p class="quiet">{texts.texts[reason] ?? ""}</p>
      <div class="actions">
        {reason === "act-ended" || !MAY_RETURN.has(reason) ? null : (
          <button type="button" class="button primary" data-testid="again" onClick={again}>
            {reason === "moved" ? t().takeover.here : texts.again}
          </button>
        )}
        {store.me.value ? (
          <button type="button" class="button" onClick={() => go("/")}>
            {t().toActs}
          </button>
        ) : null}
      </div>
    </Frame>
  );
}
