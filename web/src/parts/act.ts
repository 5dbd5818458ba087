// Doing something and saying what came of it, and what to do next where nothing did.

import { connect } from "../feed/feed.js";
import { Refused } from "../api/client.js";
import { live } from "../state/live.svelte.js";
import { t } from "../text/text.svelte.js";
import { told } from "./toast.svelte.js";

/** Does something; true where it was done. */
export async function act(what: () => Promise<{ done: string }>): Promise<boolean> {
  if (live.link() !== "live") {
    told.tell(t("failed_link"), true);
    return false;
  }
  try {
    const { done } = await what();
    told.tell(t("done", { what: done }), false);
    return true;
  } catch (error) {
    told.tell(words(error), true);
    return false;
  }
}

/** What went wrong, in words, with what to do next. */
export function words(error: unknown): string {
  if (!(error instanceof Refused)) return t("failed", { why: String(error) });
  if (error.status === 401) {
    void connect();
    return t("failed_session");
  }
  if (error.status === 403) return t("failed_forbidden", { why: error.message });
  if (error.status === 0) return t("failed_link");
  return t("failed", { why: error.message });
}
