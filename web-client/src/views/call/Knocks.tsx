import { t } from "../../i18n";
import type { SeatState } from "../../protocol";
import { elapsed, may, waiting } from "../../state";
import { useClient } from "../context";
import "./knocks.css";

const SHOWN = 2; // more would push the pictures away; the panel has them all

/** Who waits in the lobby, above the pictures until answered: whoever may let people in does it with one press. */
export function Knocks() {
  const { store } = useClient();
  const call = store.call.value;
  const queue = may(call, "admit") ? waiting(call) : [];
  return (
    <div class="knocks" aria-live="polite" data-testid="knocks">
      {queue.slice(0, SHOWN).map(seat => (
        <Knock key={seat.seat} seat={seat} />
      ))}
      {queue.length > SHOWN ? <More count={queue.length - SHOWN} /> : null}
    </div>
  );
}

function Knock({ seat }: { seat: SeatState }) {
  const { store, visit } = useClient();
  const age = seat.since === null ? "" : t().people.since(elapsed(store.serverNow.value - seat.since));
  return (
    <div class="knock" data-testid="knock" data-seat={seat.seat}>
      <p>
        {t().call.knock(seat.name)} <span class="knock-role">{t().role(seat.role)}</span>
      </p>
      {/* read aloud once with the name, not anew each second */}
      <span class="clock knock-age" aria-hidden="true">
        {age}
      </span>
      <button
        type="button"
        class="button primary"
        data-testid="knock-admit"
        aria-label={`${t().people.admit} ${seat.name}`}
        onClick={() => void visit.admit(seat.seat)}
      >
        {t().people.admit}
      </button>
    </div>
  );
}

function More({ count }: { count: number }) {
  const { store } = useClient();
  return (
    <div class="knock">
      <p>{t().call.knockMore(count)}</p>
      <button
        type="button"
        class="button"
        data-testid="knock-more"
        onClick={() => {
          store.panel.value = "people";
        }}
      >
        {t().call.knockAll}
      </button>
    </div>
  );
}
