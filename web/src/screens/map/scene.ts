// What of the map does not move: courses of roads, and where the lamps of each junction are.

import type { LinkDto, NetworkDto, NodeDto } from "../../api/types.js";
import type { Bounds } from "./camera.js";

/** A lamp: the group it is of, and where it is from the middle of its junction, in units of a ring. */
export interface Head { group: string; x: number; y: number; ahead: number; leads: number }

/** A junction with signals. */
export interface Spot { node: NodeDto; short: string; heads: Head[] }

/** A road, and its course as far as the queue on it reaches back. */
export interface Road { link: LinkDto; points: [number, number][]; right: [number, number] }

export interface Scene {
  roads: Road[];
  spots: Spot[];
  bounds: Bounds;
  /** The distance of neighbours, metres: how much of a junction there is room to draw. */
  spacing: number;
}

/** Half the width of a drawn road, metres: each direction on its own side of the middle. */
const ASIDE_M = 6;
const TURNS: Record<string, number> = { straight: 0, left: -Math.PI / 2, right: Math.PI / 2, "u-turn": Math.PI };
const ORDER = ["u-turn", "left", "straight", "right"];

/** The scene of a network. */
export function sceneOf(network: NetworkDto): Scene {
  const signalised = network.junctions.filter((node) => node.signals);
  const shown = signalised.length > 0 ? signalised : network.junctions;
  const common = prefix(shown.map((node) => node.name));
  return {
    roads: network.links.map(road),
    spots: signalised.map((node) => ({ node, short: node.name.slice(common), heads: heads(node, network) })),
    bounds: {
      west: Math.min(...shown.map((node) => node.x_m)), east: Math.max(...shown.map((node) => node.x_m)),
      south: Math.min(...shown.map((node) => node.y_m)), north: Math.max(...shown.map((node) => node.y_m)),
    },
    spacing: median(network.links.map((link) => link.length_m)) || 300,
  };
}

function road(link: LinkDto): Road {
  const points = link.points_m as [number, number][];
  const [[ax, ay], [bx, by]] = [points[0]!, points.at(-1)!];
  const length = Math.hypot(bx - ax, by - ay) || 1;
  const right: [number, number] = [((by - ay) / length) * ASIDE_M, (-(bx - ax) / length) * ASIDE_M];
  return { link, points: points.map(([x, y]) => [x + right[0], y + right[1]]), right };
}

/** The last part of a course, `metres` long, from its end back. */
export function tail(points: [number, number][], metres: number): [number, number][] {
  const back: [number, number][] = [points.at(-1)!];
  let left = metres;
  for (let at = points.length - 2; at >= 0 && left > 0; at -= 1) {
    const [[x, y], [px, py]] = [back.at(-1)!, points[at]!];
    const length = Math.hypot(px - x, py - y);
    const share = length <= left || length === 0 ? 1 : left / length;
    back.push([x + (px - x) * share, y + (py - y) * share]);
    left -= length;
  }
  return back;
}

/** From where a link comes to its junction: a unit vector, y downwards as in the picture. */
export function comesFrom(link: LinkDto): [number, number] {
  const points = link.points_m as [number, number][];
  const [[ax, ay], [bx, by]] = points.slice(-2) as [[number, number], [number, number]];
  const length = Math.hypot(ax - bx, ay - by) || 1;
  return [(ax - bx) / length, -(ay - by) / length];
}

/** Where the lamps of each approach are: side by side as the driver sees them. */
function heads(node: NodeDto, network: NetworkDto): Head[] {
  const all: Head[] = [];
  const links = new Map<number, { turn: string; group: string }[]>();
  for (const approach of node.signals?.approaches ?? []) {
    links.set(approach.link, [...(links.get(approach.link) ?? []), approach]);
  }
  for (const [id, ways] of links) {
    const link = network.links[id];
    if (!link) continue;
    const from = comesFrom(link);
    const right = [from[1], -from[0]] as const;
    const sorted = [...ways].sort((a, b) => ORDER.indexOf(a.turn) - ORDER.indexOf(b.turn));
    sorted.forEach(({ turn, group }, index) => {
      const aside = 0.35 + index * 0.58;
      const ahead = Math.atan2(-from[1], -from[0]);
      all.push({
        group, ahead, leads: ahead + (TURNS[turn] ?? 0),
        x: from[0] * 1.42 + right[0] * aside, y: from[1] * 1.42 + right[1] * aside,
      });
    });
  }
  return all;
}

/** How many letters all names begin with, up to a sign between words: the map need not repeat them. */
export function prefix(names: string[]): number {
  const [first, ...others] = names;
  if (first === undefined || others.length === 0) return 0;
  let length = 0;
  while (length < first.length && others.every((name) => name[length] === first[length])) length += 1;
  return first.slice(0, length).search(/[_\-. ][^_\-. ]*$/) + 1;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
