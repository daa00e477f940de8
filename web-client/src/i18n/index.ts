import { effect, signal } from "@preact/signals";
import { en } from "./en";
import { type Dictionary, fr } from "./fr";

export type Language = "fr" | "en";

const KEY = "visite.language";
const dictionaries: Record<Language, Dictionary> = { fr, en };

/** French, unless the person chose otherwise before or her browser asks for English first. */
export function startingLanguage(chosen: string | null, preferred: readonly string[]): Language {
  if (chosen === "fr" || chosen === "en") return chosen;
  const first = preferred.find(name => /^(fr|en)\b/.test(name));
  return first?.startsWith("en") ? "en" : "fr";
}

export const language = signal<Language>(
  typeof localStorage === "undefined" ? "fr" : startingLanguage(localStorage.getItem(KEY), navigator.languages),
);

/** The texts of the language chosen now; a component that calls it is drawn anew when that changes. */
export const t = (): Dictionary => dictionaries[language.value];

export function speak(chosen: Language): void {
  localStorage.setItem(KEY, chosen);
  language.value = chosen;
}

export function keepPageLanguage(page: Document): void {
  effect(() => {
    page.documentElement.lang = language.value;
  });
}

/** "21 nov. à 14:05", "today 14:05": a moment as a person says it, on this machine's clock. */
export function moment(at: string | number | null, now = Date.now()): string {
  if (at === null) return "–";
  const date = new Date(typeof at === "number" ? at * 1000 : at);
  const { locale } = t();
  const time = date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.toLocaleDateString(locale, { weekday: "short", day: "numeric", month: "short" })} ${time}`;
}

export const timeOfDay = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleTimeString(t().locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
