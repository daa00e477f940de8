import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../protocol";

export interface Loaded<T> {
  readonly value: T | null;
  /** Why it could not be had: an error code. */
  readonly error: string | null;
  readonly reload: () => void;
}

/** Asks the server once, again whenever `key` changes, and on demand; what was there stays until the new one comes. */
export function useLoaded<T>(load: () => Promise<T>, key: string): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  // `key` stands for what `load` depends on
  useEffect(() => {
    let wanted = true;
    load().then(
      loaded => {
        if (!wanted) return;
        setValue(loaded);
        setError(null);
      },
      reason => wanted && setError(reason instanceof ApiError ? reason.code : "unknown"),
    );
    return () => {
      wanted = false;
    };
  }, [key, turn]);
  return { value, error, reload: () => setTurn(turn + 1) };
}
