import type { ComponentChildren } from "preact";
import { language, speak, t } from "../i18n";
import "./frame.css";

interface Props {
  readonly phone?: string;
  /** What stands at the right of the bar, before language and help. */
  readonly aside?: ComponentChildren;
  /** `calm`: one message in the middle of the page. */
  readonly layout?: "page" | "calm";
  readonly home?: () => void;
  readonly children: ComponentChildren;
}

/** The light pages: a bar with name, language and help, and one main part. */
export function Frame({ phone, aside, layout = "page", home, children }: Props) {
  return (
    <>
      <a class="skip" href="#main">
        {t().skip}
      </a>
      <header class="top">
        {home ? (
          <a class="brand" href="/" onClick={event => follow(event, home)}>
            {t().product}
          </a>
        ) : (
          <span class="brand">{t().product}</span>
        )}
        {aside}
        <LanguageSwitch />
        {phone ? <span class="quiet clock help">{t().help(phone)}</span> : null}
      </header>
      <main id="main" tabIndex={-1} class={layout}>
        {children}
      </main>
    </>
  );
}

export function LanguageSwitch() {
  return (
    <select
      aria-label="Langue · Language"
      data-testid="language"
      value={language.value}
      onChange={event => speak(event.currentTarget.value === "en" ? "en" : "fr")}
    >
      <option value="fr">Français</option>
      <option value="en">English</option>
    </select>
  );
}

/** A link that stays within the page, unless the person wants it in a tab of its own. */
export function follow(event: MouseEvent, go: () => void): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  go();
}
