// What is drawn for a lamp, a source, a stage. Shape and letter carry the meaning, colour repeats it:
// an arrow goes, a diamond closes, a bar stops, a ring is dark or not known.

import { svg } from "./dom.js";
import { t } from "./text.js";

const GO = ["green", "flashing-green"];
const CLOSING = ["yellow", "red-yellow", "flashing-yellow"];

/** Half the size of a lamp, pixels. */
const SIZE = 4.5;

/**
 * A lamp at a place of the drawing. Its traffic goes `ahead` up to the stop line, and `leads` beyond
 * it; both in radians, 0 is east, clockwise.
 */
export function lamp(aspect, x, y, { ahead, leads }) {
  const class_ = `lamp ${aspect}`;
  const degrees = ((aspect === "red" ? ahead : leads) * 180) / Math.PI;
  const transform = `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${degrees.toFixed(0)})`;
  const s = SIZE;
  if (GO.includes(aspect)) {
    const d = `M${-1.2 * s} ${-0.35 * s}H0V${-s}L${1.4 * s} 0L0 ${s}V${0.35 * s}H${-1.2 * s}Z`;
    return svg("path", { class: class_, transform, d });
  }
  if (CLOSING.includes(aspect)) {
    const d = `M0 ${-1.1 * s}L${1.1 * s} 0L0 ${1.1 * s}L${-1.1 * s} 0Z`;
    return svg("path", { class: class_, transform, d });
  }
  if (aspect === "red") {
    return svg("rect", { class: class_, transform, x: -0.35 * s, y: -0.9 * s, width: 0.7 * s, height: 1.8 * s });
  }
  return svg("circle", { class: `lamp ${aspect ?? "unknown"}`, transform, r: 0.7 * s });
}

const SHAPES = {
  fault: "M0 -12L12 9H-12Z",
  operator: "M-9 -9H9V9H-9Z",
  corridor: "M0 -12L12 0L0 12L-12 0Z",
  adaptive: "M10 0A10 10 0 1 1 -10 0A10 10 0 1 1 10 0Z",
  coordinated: "M-5.5 -9.5H5.5L11 0L5.5 9.5H-5.5L-11 0Z",
  local: "M-10 -4L-4 -10H4L10 -4V4L4 10H-4L-10 4Z",
};

/** The sign of who controls: a shape of its own with a letter in it. */
export function sourceSign(source) {
  return svg("g", { class: `source ${source}` },
    svg("path", { d: SHAPES[source] ?? SHAPES.local }),
    svg("text", { y: source === "fault" ? 6 : 4 }, t(`letter_${source}`)));
}

/** The same as a small picture of its own, for lists. */
export function sourcePicture(source) {
  return svg("svg", { class: "sign", viewBox: "-13 -13 26 26", "aria-hidden": "true" }, sourceSign(source));
}

/** From where a link comes to its junction: a unit vector in the drawing's plane, y downwards. */
export function comesFrom(link) {
  const points = link.points_m;
  const [[ax, ay], [bx, by]] = points.slice(-2);
  const length = Math.hypot(ax - bx, ay - by) || 1;
  return [(ax - bx) / length, -(ay - by) / length];
}

const WINDS = ["E", "SE", "S", "SW", "W", "NW", "N", "NE"];

/** The wind that a link comes from, in words of the compass. */
export function wind(link) {
  const [x, y] = comesFrom(link);
  return WINDS[(Math.round(Math.atan2(y, x) / (Math.PI / 4)) + 8) % 8];
}

/** Where a turn leads, as an angle: traffic that comes from `from`. */
export function heading(from, turn) {
  const ahead = Math.atan2(-from[1], -from[0]);
  const by = { straight: 0, left: -Math.PI / 2, right: Math.PI / 2, "u-turn": -Math.PI };
  return ahead + (by[turn] ?? 0);
}

/** A picture of a stage: the ways that are green in it, as a crossroads shows them. */
export function stagePicture(stage, signals, links) {
  const picture = svg("svg", { class: "stage-picture", viewBox: "-20 -20 40 40", "aria-hidden": "true" });
  const arms = new Set(signals.approaches.map((approach) => approach.link));
  for (const id of arms) {
    const [x, y] = comesFrom(links[id]);
    picture.append(svg("line", { class: "arm", x1: 0, y1: 0, x2: 19 * x, y2: 19 * y }));
  }
  for (const { link, turn, group } of signals.approaches) {
    if (stage.groups.includes(group)) picture.append(way(comesFrom(links[link]), turn));
  }
  return picture;
}

function way(from, turn) {
  const out = heading(from, turn);
  const to = [Math.cos(out), Math.sin(out)];
  // Traffic keeps to the right of the middle of the road.
  const right = ([x, y]) => [-y, x];
  const inward = right([-from[0], -from[1]]);
  const outward = right(to);
  const begin = [from[0] * 18 + inward[0] * 3, from[1] * 18 + inward[1] * 3];
  const end = [to[0] * 14 + outward[0] * 3, to[1] * 14 + outward[1] * 3];
  const bend = [inward[0] * 3 + outward[0] * 3, inward[1] * 3 + outward[1] * 3];
  const tip = (x, y) => `${(end[0] + to[0] * x + outward[0] * y).toFixed(1)} ${(end[1] + to[1] * x + outward[1] * y).toFixed(1)}`;
  const text = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  return svg("g", { class: "way" },
    svg("path", { class: "line", d: `M${text(begin)}Q${text(bend)} ${text(end)}` }),
    svg("path", { class: "tip", d: `M${tip(4.5, 0)}L${tip(-1, 3)}L${tip(-1, -3)}Z` }));
}
