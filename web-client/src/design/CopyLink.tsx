import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "./Icon";
import "./copyLink.css";

/** A link to hand on: shown whole, and copied by one button. */
export function CopyLink({ url, label }: { url: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(url).catch(() => undefined); // the text can still be marked by hand
    setCopied(true);
  };
  return (
    <div class="copy-link">
      <label class="field">
        <span class="small">{label}</span>
        <input readOnly value={url} data-testid="link" onFocus={event => event.currentTarget.select()} />
      </label>
      <button type="button" class="button" data-testid="copy-link" onClick={copy}>
        <Icon name={copied ? "check" : "copy"} />
        <span aria-live="polite">{copied ? t().copied : t().copy}</span>
      </button>
    </div>
  );
}
