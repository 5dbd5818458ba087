// The kinds of events, as the daemon names them; and searching in them.

import type { EventDto } from "../../api/types.js";

export const KINDS = [
  "aspect", "demand", "green-end", "refusal", "unanswered", "violation", "control", "operator", "hold", "plan", "cycle",
  "offset", "coordination", "flash", "fallback", "shadow", "health", "reboot", "implausible", "alarm", "what-if",
  "started", "stopped", "reload", "reload-refused", "clock-step", "store-alarm",
] as const;

/** Whether an event has all words that are searched for. */
export function matches(event: EventDto, find: string): boolean {
  const text = [event.kind, event.junction, event.device, event.text, event.utc].join(" ").toLowerCase();
  return find.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
