// Greens and how they ended, from the event log: what a split monitor shows.

import type { EventDto } from "../../api/types.js";
import type { Bar } from "../../parts/lampbars.js";

export type Ending = "gap-out" | "max-out" | "force-off" | "other";
const ENDINGS: Record<number, Ending> = { 4: "gap-out", 5: "max-out", 6: "force-off" };

/** A stage that ran: from its demand to the next one's. */
export interface Run { stage: number; from: number; to: number; ending: Ending }

/** The runs of one junction's demands, in order; the last one, which still runs, is not among them. */
export function runs(events: EventDto[]): Run[] {
  const all: Run[] = [];
  let before = null as { stage: number; from: number } | null;
  for (const event of events) {
    if (event.kind !== "demand") continue;
    const stage = Number(/^stage (\d+)/.exec(event.text)?.[1] ?? Number.NaN);
    if (!Number.isFinite(stage)) continue;
    const at = Date.parse(event.utc);
    // The code says how the green before it ended.
    if (before && before.stage !== stage) all.push({ ...before, to: at, ending: ENDINGS[event.indiana?.code ?? 0] ?? "other" });
    if (before?.stage !== stage) before = { stage, from: at };
  }
  return all;
}

/** The greens of one group in figures. */
export interface Figures { count: number; mean: number; median: number; p85: number; longest: number; share: number }

/** Figures of durations, seconds; `span_s` is the time that they are of. */
export function figures(durations: number[], span_s: number): Figures | null {
  if (durations.length === 0) return null;
  const sorted = [...durations].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const sum = sorted.reduce((total, one) => total + one, 0);
  return { count: sorted.length, mean: sum / sorted.length, median: at(0.5), p85: at(0.85), longest: sorted.at(-1)!, share: sum / Math.max(1, span_s) };
}

/** The durations of a group's greens that are over, seconds. */
export const durations = (bars: Bar[], group: number, end: number): number[] =>
  bars.filter((bar) => bar.group === group && bar.shows === "green" && bar.to < end).map((bar) => (bar.to - bar.from) / 1000);
