// Where the arms, lanes and ways of a junction are in its picture: north up, traffic on the right.

import type { LinkDto, NetworkDto, NodeDto } from "../../api/types.js";
import { comesFrom } from "../map/scene.js";

/** From the middle to the stop lines, and to the end of the arms. */
export const STOP = 62;
export const END = 190;
/** The width of a lane. */
export const LANE = 13;

export type Point = readonly [number, number];

/** An arm with its lanes towards the junction. */
export interface Arm {
  link: LinkDto;
  /** Where it comes from. */
  from: Point;
  /** To the right of those who drive towards the junction. */
  right: Point;
  wind: string;
}

/** A way through the junction. */
export interface Way { group: string; link: number; turn: string; path: string; tip: Point; angle: number }

const TURNS: Record<string, number> = { straight: 0, left: -Math.PI / 2, right: Math.PI / 2, "u-turn": Math.PI };
const ORDER = ["u-turn", "left", "straight", "right"];
const WINDS = ["E", "SE", "S", "SW", "W", "NW", "N", "NE"];

/** The side of the sky from which a link comes. */
export function wind(from: Point): string {
  const eighth = Math.round((Math.atan2(from[1], from[0]) / Math.PI) * 4);
  return WINDS[((eighth % 8) + 8) % 8]!;
}

/** The arms that lead to a junction. */
export function arms(node: NodeDto, network: NetworkDto): Arm[] {
  const links = network.links.filter((link) => link.to === node.id);
  return links.map((link) => {
    const from = comesFrom(link);
    return { link, from, right: [from[1], -from[0]], wind: wind(from) };
  });
}

/** The ways through a junction that have a signal. */
export function ways(node: NodeDto, all: Arm[]): Way[] {
  return all.flatMap((arm) => {
    const own = (node.signals?.approaches ?? []).filter((approach) => approach.link === arm.link.id);
    const sorted = [...own].sort((a, b) => ORDER.indexOf(a.turn) - ORDER.indexOf(b.turn));
    return sorted.map((approach, index) => {
      const share = sorted.length === 1 ? 0.5 : index / (sorted.length - 1);
      const aside = LANE * (0.5 + share * (arm.link.lanes - 1));
      return way(arm, approach.turn, approach.group, aside);
    });
  });
}

function way(arm: Arm, turn: string, group: string, aside: number): Way {
  const ahead = Math.atan2(-arm.from[1], -arm.from[0]);
  const angle = ahead + (TURNS[turn] ?? 0);
  const leads: Point = [Math.cos(angle), Math.sin(angle)];
  const start = along(arm.from, STOP, arm.right, aside);
  const out = turn === "u-turn" ? STOP * 0.8 : STOP * 0.72;
  const tip = along(leads, out, [-leads[1], leads[0]], turn === "straight" ? aside : LANE * (turn === "left" ? 0.7 : 1));
  // The corner of a turn is where those who come and those who leave would meet.
  const forward = (tip[0] - start[0]) * -arm.from[0] + (tip[1] - start[1]) * -arm.from[1];
  const corner: Point = [start[0] - arm.from[0] * forward, start[1] - arm.from[1] * forward];
  const path = `M${xy(start)}Q${xy(turn === "straight" ? middle(start, tip) : corner)} ${xy(tip)}`;
  return { group, link: arm.link.id, turn, path, tip, angle: (angle * 180) / Math.PI };
}

/** A point so far along one direction and aside along another. */
export function along(axis: Point, far: number, aside: Point, by: number): Point {
  return [axis[0] * far + aside[0] * by, axis[1] * far + aside[1] * by];
}

const middle = (a: Point, b: Point): Point => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

/** A point as drawings write it. */
export const xy = (point: Point): string => `${point[0].toFixed(1)} ${point[1].toFixed(1)}`;

/** The winds and turns that a group serves, to be put into words. */
export function serves(group: string, all: Way[], of: Arm[]): { wind: string; turn: string }[] {
  return all.filter((one) => one.group === group).map((one) => ({
    wind: of.find((arm) => arm.link.id === one.link)?.wind ?? "N", turn: one.turn,
  }));
}
