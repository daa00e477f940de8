import { useEffect } from "preact/hooks";
import { useClient } from "../context";

/** One key each, never while somebody writes. */
export function useShortcuts(): void {
  const { store, visit } = useClient();
  useEffect(() => {
    const toggle = (source: "microphone" | "camera") => {
      const device = store.device(source);
      if (device.track) visit.mute(source, !device.muted);
    };
    const keys: Record<string, () => void> = {
      m: () => toggle("microphone"),
      v: () => toggle("camera"),
      d: () => store.toggle("chat"),
      p: () => store.toggle("people"),
    };
    const press = (event: KeyboardEvent) => {
      const writing = event.target instanceof Element && event.target.closest("input, textarea, select, dialog");
      if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
      keys[event.key.toLowerCase()]?.();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [store, visit]);
}
