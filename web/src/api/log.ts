// Reading the event log by time: the cursor of a time is found by halving, then it is read forward.

import { api } from "./client.js";
import type { EventDto } from "./types.js";

/** Events in one answer. */
const PAGE = 1000;

/** What was read. */
export interface Reading {
  events: EventDto[];
  /** Whether there is more than was asked for at most. */
  cut: boolean;
  /** The time of the oldest event that is kept at all; `null` where there is none. */
  oldest: string | null;
}

/** What is asked for. */
export interface Asked {
  /** From when, Unix milliseconds. */
  from: number;
  /** Until when; now where nothing is said. */
  to?: number;
  kinds?: readonly string[];
  junction?: string;
  /** At most so many. */
  most: number;
  /** The number of the last event. */
  last: number;
}

/** The number behind which the events of a time begin. */
export async function seek(from: number, last: number): Promise<{ after: number; oldest: string | null }> {
  const first = (await api.events({ after: 0, limit: 1 })).events[0];
  if (!first) return { after: 0, oldest: null };
  let [low, high] = [first.sequence - 1, last];
  // `low` is before the time, or the begin; behind `high` is nothing before it.
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    const event = (await api.events({ after: middle, limit: 1 })).events[0];
    if (event && Date.parse(event.utc) < from) low = middle;
    else high = middle;
  }
  return { after: low, oldest: first.utc };
}

/** The events of a time, in order. */
export async function readLog(asked: Asked): Promise<Reading> {
  const { after: begin, oldest } = await seek(asked.from, asked.last);
  const events: EventDto[] = [];
  const to = asked.to ?? Infinity;
  let after = begin;
  for (;;) {
    const page = await api.events({
      after, limit: PAGE, kind: asked.kinds?.join(",") ?? "", junction: asked.junction ?? "",
    });
    for (const event of page.events) {
      const at = Date.parse(event.utc);
      if (at > to) return { events, cut: false, oldest };
      if (at < asked.from) continue;
      if (events.length >= asked.most) return { events, cut: true, oldest };
      events.push(event);
    }
    if (!page.more || page.next === after) return { events, cut: false, oldest };
    after = page.next;
  }
}
