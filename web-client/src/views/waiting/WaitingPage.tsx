import { useRef } from "preact/hooks";
import { Frame } from "../../design";
import { t } from "../../i18n";
import { elapsed } from "../../state";
import type { Door } from "../../tab";
import { useClient } from "../context";
import { Preview } from "../join/Preview";
import "./waiting.css";

/** A calm page: your picture, what happens next, and how long so far. */
export function WaitingPage({ door }: { door: Door }) {
  const { store, visit, enterBy } = useClient();
  const since = useRef(Date.now() / 1000);
  const { outcome, turnedDown } = store.call.value;
  const texts = t().waiting;
  const [title, next] = turnedDown
    ? [texts.turnedDown, texts.turnedDownNext]
    : outcome === "takeover_asked"
      ? [texts.takeover, texts.takeoverNext]
      : [texts.title, texts.next];
  const askAgain = () => {
    visit.startOver();
    visit.reopenDevices();
    enterBy(door);
  };
  return (
    <Frame phone={store.configuration.value?.help_phone ?? ""} layout="calm">
      <h1 data-testid="waiting" aria-live="polite">
        {title}
      </h1>
      <p class="quiet">{next}</p>
      {turnedDown ? null : (
        <div class="waiting-preview">
          <Preview />
        </div>
      )}
      {store.line.value === "lost" ? (
        <p class="notice amber" role="status" data-testid="reconnecting">
          <strong>{t().call.reconnecting}</strong>
          {t().call.reconnectingNext}
        </p>
      ) : null}
      {outcome === "waiting" ? (
        <>
          <p class="waiting-clock">
            <span class="quiet small">{texts.since}</span>
            <strong class="clock">{elapsed(store.now.value - since.current)}</strong>
          </p>
          <p class="quiet small">{texts.keep}</p>
        </>
      ) : null}
      <div class="actions">
        {turnedDown ? (
          <button type="button" class="button primary" data-testid="ask-again" onClick={askAgain}>
            {texts.askAgain}
          </button>
        ) : (
          <button type="button" class="button" data-testid="leave" onClick={() => void visit.leave()}>
            {texts.leave}
          </button>
        )}
      </div>
    </Frame>
  );
}
