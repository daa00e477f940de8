import { t, timeOfDay } from "../../i18n";
import type { Act, TimelineEntry } from "../../protocol";
import { useClient } from "../context";
import { useLoaded } from "../useLoaded";

/** What happened, in order, with the server's times. */
export function Timeline({ act }: { act: Act }) {
  const { api } = useClient();
  const { value: entries } = useLoaded(() => api.timeline(act.id), `${act.id} ${act.state} ${act.seats.length}`);
  const texts = t().act;
  return (
    <section class="panel stack tight" aria-label={texts.timeline}>
      <h2>{texts.timeline}</h2>
      {entries?.length === 0 ? <p class="quiet">{texts.noTimeline}</p> : null}
      <ol class="timeline" data-testid="timeline">
        {(entries ?? []).map(entry => (
          <li key={entry.version} data-type={entry.type}>
            <time class="clock quiet small" dateTime={entry.at}>
              {timeOfDay(Date.parse(entry.at) / 1000)}
            </time>
            <span>
              <strong>{t().fact(entry.type)}</strong>
              <span class="quiet small"> {detailOf(entry, act)}</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The one or two things worth reading of a fact: whom it concerns, and what came of it. */
export function detailOf(entry: TimelineEntry, act: Act): string {
  const { data } = entry;
  const nameOf = (seat: unknown) => act.seats.find(each => each.seat === seat)?.name ?? "";
  const author = entry.by?.startsWith("seat:") ? nameOf(entry.by.slice("seat:".length)) : "";
  const texts = t();
  const parts = [
    nameOf(data.seat),
    typeof data.after === "string" && typeof data.event === "string" ? `→ ${texts.state(data.after)}` : "",
    typeof data.method === "string" ? texts.actPanel.method(data.method) : "",
    typeof data.purpose === "string" ? nameFrom(texts.actPanel.purposes, data.purpose) : "",
    typeof data.value === "string" ? nameFrom(texts.actPanel.answers, data.value) : "",
    typeof data.grade === "string" ? nameFrom(texts.call.line, data.grade) : "",
    typeof data.reason === "string" ? texts.reason(data.reason) : "",
    author !== "" && author !== nameOf(data.seat) ? texts.act.by(author) : "",
  ];
  return parts.filter(part => part !== "").join(" · ");
}

function nameFrom(names: Readonly<Record<string, string>>, key: string): string {
  return names[key] ?? key;
}
