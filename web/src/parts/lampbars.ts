// Green and yellow times from the lamps that the log has seen, by the Indiana codes 1, 8, 10 and 22.

import type { EventDto } from "../api/types.js";

/** A time in which a group showed something other than red, Unix milliseconds. */
export interface Bar { group: number; from: number; to: number; shows: "green" | "yellow" }

const GREEN = 1;
const YELLOW = 8;
const RED = 10;
/** Pedestrians on the crossing may finish. */
const CLEARING = 22;

/** The bars of one junction's events, in order; what is lit at the end lasts until it. */
export function bars(events: EventDto[], end: number): Bar[] {
  const all: Bar[] = [];
  const open = new Map<number, Bar>();
  for (const event of events) {
    const { code, parameter } = event.indiana ?? { code: 0, parameter: 0 };
    if (![GREEN, YELLOW, RED, CLEARING].includes(code)) continue;
    const at = Date.parse(event.utc);
    const before = open.get(parameter);
    if (before) {
      before.to = at;
      open.delete(parameter);
    }
    if (code === RED) continue;
    const bar: Bar = { group: parameter, from: at, to: end, shows: code === GREEN ? "green" : "yellow" };
    open.set(parameter, bar);
    all.push(bar);
  }
  return all;
}
