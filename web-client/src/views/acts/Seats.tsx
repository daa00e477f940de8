import { useState } from "preact/hooks";
import { CopyLink, Dialog } from "../../design";
import { t } from "../../i18n";
import { type Act, ApiError, type Invitation, type Seat } from "../../protocol";
import { InviteForm } from "../call/PeoplePanel";
import { useClient } from "../context";
import { isOver } from "./ActsPage";

interface Props {
  readonly act: Act;
  readonly changed: () => void;
}

/** Who is invited. A link is shown once, when it is made: the server keeps none. */
export function Seats({ act, changed }: Props) {
  const { api, store } = useClient();
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<{ seat: string; name: string; url: string } | null>(null);
  const texts = t();
  const attempt = async (name: string, work: () => Promise<Invitation | undefined>) => {
    try {
      const made = await work();
      setLink(made ? { seat: made.seat, name, url: made.url } : null);
    } catch (error) {
      store.say(texts.refusal(error instanceof ApiError ? error.code : "unknown"), "warning");
    }
    setInviting(false);
    changed();
  };
  const seats = act.seats.filter(({ presence }) => presence !== "revoked");
  return (
    <section class="panel stack tight" aria-label={texts.act.seats}>
      <div class="panel-title">
        <h2>{texts.act.seats}</h2>
        {isOver(act) ? null : (
          <button type="button" class="button" data-testid="invite" onClick={() => setInviting(true)}>
            {texts.people.invite}
          </button>
        )}
      </div>
      {seats.length === 0 ? <p class="quiet">{texts.act.noSeats}</p> : null}
      <ul class="people">
        {seats.map(seat => (
          <SeatRow
            key={seat.seat}
            seat={seat}
            over={isOver(act)}
            link={link?.seat === seat.seat ? link.url : null}
            reissue={() => void attempt(seat.name, () => api.reissue(act.id, seat.seat))}
            revoke={() => void attempt(seat.name, () => api.revoke(act.id, seat.seat).then(() => undefined))}
          />
        ))}
      </ul>
      {inviting ? (
        <Dialog title={texts.people.inviteTitle} testid="invite-dialog" onClose={() => setInviting(false)}>
          <InviteForm
            cancel={() => setInviting(false)}
            submit={(role, name) => attempt(name, () => api.invite(act.id, { role, name }))}
          />
        </Dialog>
      ) : null}
    </section>
  );
}

interface RowProps {
  readonly seat: Seat;
  readonly over: boolean;
  readonly link: string | null;
  readonly reissue: () => void;
  readonly revoke: () => void;
}

function SeatRow({ seat, over, link, reissue, revoke }: RowProps) {
  const texts = t();
  return (
    <li class="person" data-testid="seat" data-seat={seat.seat}>
      <span class="person-text">
        <strong>{seat.name}</strong>
        <span class="quiet small">
          {[texts.role(seat.role), ...(over ? [] : [texts.presence(seat.presence)])].join(" · ")}
        </span>
      </span>
      {over ? null : (
        <span class="actions">
          <button type="button" class="button" title={texts.act.reissueHelp} data-testid="reissue" onClick={reissue}>
            {texts.act.reissue}
          </button>
          <button
            type="button"
            class="button plain"
            data-testid="revoke"
            aria-label={`${texts.act.revoke} ${seat.name}`}
            onClick={revoke}
          >
            {texts.act.revoke}
          </button>
        </span>
      )}
      {link ? (
        <div class="seat-link">
          <CopyLink url={link} label={texts.people.linkFor(seat.name)} />
          <p class="quiet small">{texts.people.linkOnce}</p>
        </div>
      ) : null}
    </li>
  );
}
