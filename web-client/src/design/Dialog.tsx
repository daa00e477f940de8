import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import "./dialog.css";

interface Props {
  readonly title: string;
  readonly testid?: string;
  /** Escape and the backdrop; without it the dialog stays until it is answered. */
  readonly onClose?: () => void;
  readonly children: ComponentChildren;
}

/** A question over the page. The browser's own dialog keeps the focus inside. */
export function Dialog({ title, testid, onClose, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = element.current;
    if (!dialog?.open) dialog?.showModal();
    return () => dialog?.close();
  }, []);
  const cancel = (event: Event) => {
    event.preventDefault();
    onClose?.();
  };
  return (
    <dialog ref={element} aria-labelledby={heading} data-testid={testid} onCancel={cancel}>
      <div class="stack">
        <h2 id={heading}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
