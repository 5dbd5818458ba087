// Asking the daemon again and again as long as a part of the page is shown.

import { untrack } from "svelte";

/**
 * Asks now and then every so many milliseconds, never twice at a time; for an effect, whose end ends it.
 * `ask` is told whether its answer is still wanted.
 */
export function repeat(every_ms: number, ask: (isWanted: () => boolean) => Promise<void>): () => void {
  let isWanted = true;
  let isBusy = false;
  const once = async () => {
    if (isBusy) return;
    isBusy = true;
    await ask(() => isWanted);
    isBusy = false;
  };
  // What is read while asking is no reason to begin anew.
  untrack(() => void once());
  const timer = setInterval(() => void once(), every_ms);
  return () => {
    isWanted = false;
    clearInterval(timer);
  };
}
