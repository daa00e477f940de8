import { useState } from "preact/hooks";
import { CopyLink, Dialog, Icon } from "../../design";
import { t } from "../../i18n";
import type { SeatState } from "../../protocol";
import { elapsed, inside, may, mutes, publishes, waiting } from "../../state";
import { useClient } from "../context";

/** Who waits, who is in, who is still to come; and what a moderator can do about it. */
export function PeoplePanel() {
  const { store } = useClient();
  const call = store.call.value;
  const texts = t().people;
  const queue = waiting(call);
  const present = inside(call);
  const absent = call.seats.filter(({ presence }) => presence === "invited");
  return (
    <div class="panel-body stack">
      {queue.length > 0 ? (
        <section class="stack tight" aria-label={texts.waiting}>
          <h3>{texts.waiting}</h3>
          <ul class="people">
            {queue.map(seat => (
              <Waiting key={seat.seat} seat={seat} />
            ))}
          </ul>
        </section>
      ) : null}
      <section class="stack tight" aria-label={texts.inside}>
        <h3>{texts.inside}</h3>
        <ul class="people">
          {present.map(seat => (
            <Present key={seat.seat} seat={seat} />
          ))}
        </ul>
      </section>
      {absent.length > 0 ? (
        <section class="stack tight" aria-label={texts.absent}>
          <h3>{texts.absent}</h3>
          <ul class="people">
            {absent.map(seat => (
              <Person key={seat.seat} seat={seat} />
            ))}
          </ul>
        </section>
      ) : null}
      {may(call, "invite") ? <Invite /> : null}
    </div>
  );
}

function Person({ seat, children }: { seat: SeatState; children?: preact.ComponentChildren }) {
  const { store } = useClient();
  const own = seat.seat === store.call.value.seat;
  return (
    <li class="person" data-testid="person" data-seat={seat.seat} data-presence={seat.presence}>
      <span class="person-text">
        <strong>
          {seat.name}
          {own ? ` (${t().you})` : ""}
        </strong>
        <span class="quiet small">
          {t().role(seat.role)}
          {seat.presence === "present" || seat.presence === "invited" ? "" : ` · ${t().presence(seat.presence)}`}
        </span>
      </span>
      {children}
    </li>
  );
}

function Waiting({ seat }: { seat: SeatState }) {
  const { store, visit } = useClient();
  const allowed = may(store.call.value, "admit");
  return (
    <Person seat={seat}>
      {seat.since === null ? null : (
        <span class="quiet small clock">{t().people.since(elapsed(store.serverNow.value - seat.since))}</span>
      )}
      {allowed ? (
        <span class="actions">
          <button type="button" class="button primary" data-testid="admit" onClick={() => void visit.admit(seat.seat)}>
            {t().people.admit}
          </button>
          <button type="button" class="button" data-testid="turn-away" onClick={() => void visit.turnAway(seat.seat)}>
            {t().people.turnAway}
          </button>
        </span>
      ) : null}
    </Person>
  );
}

function Present({ seat }: { seat: SeatState }) {
  const { store, visit } = useClient();
  const [sure, setSure] = useState(false);
  const removable = may(store.call.value, "remove") && seat.seat !== store.call.value.seat;
  const silent = mutes(seat, "microphone") || !publishes(seat, "microphone");
  const dark = mutes(seat, "camera") || !publishes(seat, "camera");
  return (
    <Person seat={seat}>
      <span class="person-icons quiet">
        <Icon name={silent ? "microphoneOff" : "microphone"} />
        <Icon name={dark ? "cameraOff" : "camera"} />
      </span>
      {removable ? (
        <button
          type="button"
          class="button plain"
          data-testid="remove"
          aria-label={`${t().people.remove} ${seat.name}`}
          onClick={() => setSure(true)}
        >
          {t().people.remove}
        </button>
      ) : null}
      {sure ? (
        <Dialog title={t().people.remove} testid="remove-dialog" onClose={() => setSure(false)}>
          <p>{t().people.removeSure(seat.name)}</p>
          <div class="actions end">
            <button type="button" class="button plain" onClick={() => setSure(false)}>
              {t().cancel}
            </button>
            <button
              type="button"
              class="button danger solid"
              data-testid="remove-sure"
              onClick={() => {
                setSure(false);
                void visit.remove(seat.seat);
              }}
            >
              {t().people.remove}
            </button>
          </div>
        </Dialog>
      ) : null}
    </Person>
  );
}

function Invite() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button" data-testid="invite" onClick={() => setOpen(true)}>
        {t().people.invite}
      </button>
      {open ? <InviteDialog close={() => setOpen(false)} /> : null}
    </>
  );
}

function InviteDialog({ close }: { close: () => void }) {
  const { visit } = useClient();
  const [link, setLink] = useState<{ name: string; url: string } | null>(null);
  const texts = t().people;
  const submit = async (role: string, name: string) => {
    const url = await visit.invite(role, name);
    if (url) setLink({ name, url });
  };
  return (
    <Dialog title={texts.inviteTitle} testid="invite-dialog" onClose={close}>
      {link ? (
        <>
          <CopyLink url={link.url} label={texts.linkFor(link.name)} />
          <p class="quiet small">{texts.linkOnce}</p>
          <div class="actions end">
            <button type="button" class="button" onClick={close}>
              {t().close}
            </button>
          </div>
        </>
      ) : (
        <InviteForm submit={submit} cancel={close} />
      )}
    </Dialog>
  );
}

interface FormProps {
  readonly submit: (role: string, name: string) => Promise<void>;
  readonly cancel: () => void;
}

/** Name and role: all that a seat needs. */
export function InviteForm({ submit, cancel }: FormProps) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("family");
  const texts = t().people;
  const send = (event: Event) => {
    event.preventDefault();
    if (name.trim() !== "") void submit(role, name.trim());
  };
  return (
    <form class="stack" onSubmit={send}>
      <label class="field">
        <span>{texts.name}</span>
        <input
          required
          maxLength={120}
          value={name}
          autocomplete="off"
          data-testid="invite-name"
          onInput={event => setName(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>{texts.role}</span>
        <select value={role} data-testid="invite-role" onChange={event => setRole(event.currentTarget.value)}>
          {Object.entries(t().roles).map(([key, label]) => (
            <option key={key} value={key}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <div class="actions end">
        <button type="button" class="button plain" onClick={cancel}>
          {t().cancel}
        </button>
        <button type="submit" class="button primary" data-testid="make-link">
          {texts.makeLink}
        </button>
      </div>
    </form>
  );
}
