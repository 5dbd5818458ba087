// When a device did not answer, as intervals: from the changes of its health that the log has.

import type { EventDto } from "../../api/types.js";

/** A time without answers, Unix milliseconds; `to` is nothing while it lasts. */
export interface Outage { from: number; to: number | null; why: string }

/** The state of a health event's text, as `open: no answer`. */
const stateOf = (text: string): string => text.split(":")[0]?.trim() ?? "";
const whyOf = (text: string): string => text.slice(text.indexOf(":") + 1).trim();

/** The outages of one device, the newest first; `events` are its own, in order. */
export function outages(events: EventDto[]): Outage[] {
  const all: Outage[] = [];
  let open: Outage | null = null;
  for (const event of events) {
    if (event.kind !== "health") continue;
    const at = Date.parse(event.utc);
    const isUp = stateOf(event.text) === "online";
    if (isUp && open) {
      open.to = at;
      open = null;
    } else if (!isUp && !open) {
      open = { from: at, to: null, why: whyOf(event.text) };
      all.push(open);
    } else if (!isUp && open) {
      open.why = whyOf(event.text) || open.why;
    }
  }
  return all.reverse();
}

/** The share of a time in which a device answered, 0 to 1. */
export function availability(all: Outage[], from: number, to: number): number {
  const lost = all.reduce((sum, one) => sum + Math.max(0, Math.min(one.to ?? to, to) - Math.max(one.from, from)), 0);
  return to > from ? 1 - lost / (to - from) : 1;
}
