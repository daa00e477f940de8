import { t } from "../i18n";
import type { Notice } from "../state";
import { Icon } from "./Icon";

interface Props {
  readonly notices: readonly Notice[];
  readonly dismiss: (id: number) => void;
}

/** What just happened, said aloud by screen readers and shown for some seconds. */
export function Notices({ notices, dismiss }: Props) {
  return (
    <div class="notices" role="log" aria-live="polite" data-testid="notices">
      {notices.map(({ id, text, kind }) => (
        <div key={id} class={`told ${kind}`}>
          <span>{text}</span>
          <button type="button" class="button plain" aria-label={t().close} onClick={() => dismiss(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
