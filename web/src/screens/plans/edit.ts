// A plan that somebody changes: splits move against each other, the cycle stays or is stretched; what
// it may not be is told with the reason.

import type { PlanDto, SplitDto } from "../../api/types.js";

/** What is changed. */
export interface Draft { splits_s: number[]; offset_s: number }

export const draftOf = (plan: PlanDto): Draft => ({
  splits_s: plan.splits.map((split) => split.split_s), offset_s: plan.offset_s,
});

/** The cycle of a draft. */
export const cycleOf = (draft: Draft): number => draft.splits_s.reduce((sum, split) => sum + split, 0);

/** The least that a split can be: what the stage before it clears, and its own minimum green. */
export const leastOf = (split: SplitDto): number => split.clearance_s + split.min_green_s;

/** The border behind a split moved by so many seconds: its neighbour gives or takes; whole seconds. */
export function moved(draft: Draft, plan: PlanDto, at: number, by: number): Draft {
  const next = (at + 1) % draft.splits_s.length;
  const room = (index: number) => draft.splits_s[index]! - leastOf(plan.splits[index]!);
  const step = Math.max(-Math.floor(room(at)), Math.min(Math.floor(room(next)), Math.round(by)));
  const splits_s = draft.splits_s.map((split, index) =>
    index === at ? split + step : index === next ? split - step : split);
  return { ...draft, splits_s };
}

/** A split set to a figure; the cycle follows. */
export function put(draft: Draft, at: number, seconds: number): Draft {
  return { ...draft, splits_s: draft.splits_s.map((split, index) => (index === at ? seconds : split)) };
}

/** What is wrong with a draft. */
export interface Wrong { at: number | "offset"; least: number }

/** Everything that is wrong with a draft. */
export function wrongs(draft: Draft, plan: PlanDto): Wrong[] {
  const short = draft.splits_s.flatMap((split, at): Wrong[] => {
    const least = leastOf(plan.splits[at]!);
    return Number.isFinite(split) && split >= least ? [] : [{ at, least }];
  });
  const isOffset = Number.isFinite(draft.offset_s) && draft.offset_s >= 0 && draft.offset_s < cycleOf(draft);
  return isOffset ? short : [...short, { at: "offset", least: 0 }];
}

/** Whether anything has changed. */
export const isChanged = (draft: Draft, plan: PlanDto): boolean =>
  draft.offset_s !== plan.offset_s || draft.splits_s.some((split, at) => split !== plan.splits[at]!.split_s);

/** The change file of a draft, as a what-if takes it. */
export function changeFile(junction: string, plan: PlanDto, draft: Draft): string {
  const lines = [
    "version = 1", "", "[[plan]]", `junction = ${JSON.stringify(junction)}`, `plan = ${JSON.stringify(plan.name)}`,
  ];
  if (draft.offset_s !== plan.offset_s) lines.push(`offset_s = ${draft.offset_s}`);
  if (draft.splits_s.some((split, at) => split !== plan.splits[at]!.split_s)) {
    lines.push(`splits_s = [${draft.splits_s.join(", ")}]`);
  }
  return `${lines.join("\n")}\n`;
}
