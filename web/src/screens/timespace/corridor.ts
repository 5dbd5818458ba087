// A row of junctions: the way between two of them, when each is green along it, and the band of those
// who drive through without a stop.

import type { JunctionPlansDto, LinkDto, NetworkDto, NodeDto, PlanDto } from "../../api/types.js";

/** A green time in a cycle, seconds after its begin; it may pass the cycle's end. */
export interface Green { from: number; to: number }

/** A junction of a corridor. */
export interface Stop {
  name: string;
  /** From the first, metres. */
  at_m: number;
  plan: PlanDto | null;
  /** When it is green along the way, and against it. */
  along: Green[];
  against: Green[];
}

/** The links of the shortest way between two junctions; empty where there is none. */
export function way(network: NetworkDto, from: number, to: number): LinkDto[] {
  const out = new Map<number, LinkDto[]>();
  for (const link of network.links) out.set(link.from, [...(out.get(link.from) ?? []), link]);
  const best = new Map<number, { far: number; by: LinkDto | null }>([[from, { far: 0, by: null }]]);
  const open = new Set([from]);
  while (open.size > 0) {
    const here = [...open].reduce((a, b) => (best.get(a)!.far <= best.get(b)!.far ? a : b));
    open.delete(here);
    if (here === to) break;
    for (const link of out.get(here) ?? []) {
      const far = best.get(here)!.far + link.length_m;
      if (far < (best.get(link.to)?.far ?? Infinity)) {
        best.set(link.to, { far, by: link });
        open.add(link.to);
      }
    }
  }
  const links: LinkDto[] = [];
  for (let by = best.get(to)?.by; by; by = best.get(by.from)?.by) links.unshift(by);
  return links;
}

type Vector = readonly [number, number];
const unit = (a: readonly number[], b: readonly number[]): Vector => {
  const length = Math.hypot(b[0]! - a[0]!, b[1]! - a[1]!) || 1;
  return [(b[0]! - a[0]!) / length, (b[1]! - a[1]!) / length];
};
const leaves = (link: LinkDto): Vector => unit(link.points_m[0]!, link.points_m[1]!);
const arrives = (link: LinkDto): Vector => unit(link.points_m.at(-2)!, link.points_m.at(-1)!);
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1];

/** Which way one turns from a heading to another. */
export function turnOf(from: Vector, to: Vector): "straight" | "left" | "right" {
  const cross = from[0] * to[1] - from[1] * to[0];
  return dot(from, to) > 0.7 ? "straight" : cross > 0 ? "left" : "right";
}

/** The group that rules the way of a corridor through a junction; nothing where none does. */
export function groupOn(node: NodeDto, network: NetworkDto, before: LinkDto | undefined, after: LinkDto | undefined): string | null {
  const heading = after ? leaves(after) : before ? arrives(before) : null;
  if (!heading) return null;
  const incoming = network.links.filter((link) => link.to === node.id);
  const from = before ?? incoming.reduce<LinkDto | undefined>(
    (best, link) => (!best || dot(arrives(link), heading) > dot(arrives(best), heading) ? link : best), undefined);
  if (!from) return null;
  const turn = turnOf(arrives(from), heading);
  const all = (node.signals?.approaches ?? []).filter((approach) => approach.link === from.id);
  return (all.find((approach) => approach.turn === turn) ?? all.find((approach) => approach.turn === "straight"))?.group ?? null;
}

/** When a group is green in a plan. */
export function greens(plan: PlanDto, node: NodeDto, group: string | null): Green[] {
  const serves = (stage: number) =>
    group !== null && (node.signals?.stages.find((one) => one.number === stage)?.groups.includes(group) ?? false);
  const all: Green[] = [];
  for (const split of plan.splits.filter((one) => serves(one.stage))) {
    const last = all.at(-1);
    const to = split.start_s + split.split_s;
    // A group that stays green from one stage to the next is not cleared between them.
    if (last && Math.abs(last.to - split.start_s) < 0.05) last.to = to;
    else all.push({ from: split.start_s + split.clearance_s, to });
  }
  const first = all[0];
  const last = all.at(-1);
  if (first && last && first !== last && Math.abs(last.to - plan.cycle_s) < 0.05 && serves(plan.splits[0]!.stage)) {
    last.to = plan.cycle_s + first.to;
    all.shift();
  }
  return all;
}

/** The stops of a corridor, with the plans that run. */
export function stops(network: NetworkDto, links: LinkDto[], plans: JunctionPlansDto[], running: (name: string) => string | null): Stop[] {
  const back = [...links].reverse().map((link) =>
    network.links.find((other) => other.from === link.to && other.to === link.from));
  let at_m = 0;
  return [links[0]!.from, ...links.map((link) => link.to)].flatMap((id, index): Stop[] => {
    if (index > 0) at_m += links[index - 1]!.length_m;
    const node = network.junctions[id];
    if (!node?.signals) return [];
    const own = plans.find((one) => one.name === node.name);
    const plan = own?.plans.find((one) => one.name === running(node.name)) ?? own?.plans[0] ?? null;
    const count = links.length;
    const along = groupOn(node, network, links[index - 1], links[index]);
    const against = groupOn(node, network, back[count - 1 - index], back[count - index]);
    return [{
      name: node.name, at_m, plan,
      along: plan ? greens(plan, node, along) : [], against: plan ? greens(plan, node, against) : [],
    }];
  });
}

/** A plan stretched to another cycle, its splits alike; what is cleared takes as long as before. */
export function stretched(plan: PlanDto, cycle_s: number): PlanDto {
  const by = cycle_s / plan.cycle_s;
  const splits = plan.splits.map((split) => ({ ...split, start_s: split.start_s * by, split_s: split.split_s * by }));
  return { ...plan, cycle_s, offset_s: plan.offset_s % cycle_s, splits };
}

/** A band: when it begins at the first stop in the cycle, and how wide it is, seconds. */
export interface Band { from: number; width: number }

/** In what steps bands are looked for, seconds. */
const STEP = 0.5;

/**
 * The widest band through all stops, which have one cycle: the longest time of entering in which every
 * stop is green when one comes to it. `offsets` are the stops' own, `shifts` the times to reach them.
 */
export function band(cycle: number, greensOf: Green[][], offsets: number[], shifts: number[]): Band {
  const count = Math.round(cycle / STEP);
  if (count < 1 || greensOf.length === 0) return { from: 0, width: 0 };
  const isGreen = (at: number, stop: number) => {
    const second = ((at + shifts[stop]! - offsets[stop]!) % cycle + cycle) % cycle;
    return greensOf[stop]!.some((green) =>
      (second >= green.from && second < green.to) || (second + cycle >= green.from && second + cycle < green.to));
  };
  const open = Array.from({ length: count }, (_, at) => greensOf.every((_one, stop) => isGreen(at * STEP, stop)));
  if (open.every(Boolean)) return { from: 0, width: cycle };
  let best: Band = { from: 0, width: 0 };
  for (let at = 0; at < count; at += 1) {
    if (!open[at] || open[(at - 1 + count) % count]) continue;
    let length = 0;
    while (open[(at + length) % count]) length += 1;
    if (length * STEP > best.width) best = { from: at * STEP, width: length * STEP };
  }
  return best;
}
