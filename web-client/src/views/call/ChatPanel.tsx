import { useEffect, useRef, useState } from "preact/hooks";
import { moment, t } from "../../i18n";
import { MAX_TEXT } from "../../protocol";
import { may } from "../../state";
import { useClient } from "../context";

const DRAFT = "visite.draft";

/** What was written. A draft outlives a reload. */
export function ChatPanel() {
  const { store } = useClient();
  const { chat, seat } = store.call.value;
  const list = useRef<HTMLOListElement>(null);
  // scrolls on with each line
  useEffect(() => {
    list.current?.scrollTo?.({ top: list.current.scrollHeight });
  }, [chat.length]);
  return (
    <div class="panel-body chat">
      <ol ref={list} class="chat-lines" aria-live="polite" data-testid="chat-lines">
        {chat.length === 0 ? <li class="quiet">{t().chat.empty}</li> : null}
        {chat.map(line => (
          <li key={line.number} class={line.seat === seat ? "own" : ""}>
            <span class="small quiet">
              {line.seat === seat ? t().you : line.name} · <time class="clock">{moment(line.at)}</time>
            </span>
            <p>{line.text}</p>
          </li>
        ))}
      </ol>
      {may(store.call.value, "chat") ? <Writing /> : null}
    </div>
  );
}

function Writing() {
  const { visit } = useClient();
  const [text, setText] = useState(() => sessionStorage.getItem(DRAFT) ?? "");
  const write = (draft: string) => {
    setText(draft);
    sessionStorage.setItem(DRAFT, draft);
  };
  const send = async (event: Event) => {
    event.preventDefault();
    const line = text.trim();
    if (line === "") return;
    write("");
    if (!(await visit.say(line))) write(line);
  };
  return (
    <form class="chat-form" onSubmit={event => void send(event)}>
      <label class="field">
        <span class="visually-hidden">{t().chat.write}</span>
        <input
          value={text}
          maxLength={MAX_TEXT}
          placeholder={t().chat.write}
          autocomplete="off"
          data-testid="chat-text"
          onInput={event => write(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button primary" data-testid="chat-send">
        {t().chat.send}
      </button>
    </form>
  );
}
