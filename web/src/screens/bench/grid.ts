// A made-up district for measuring how fast it is drawn.

import type { LinkDto, NetworkDto, NodeDto } from "../../api/types.js";
import type { Mark, Now } from "../map/paint.js";

const SPACING_M = 250;
const SPEED_M_PER_S = 12;
const SOURCES = ["adaptive", "coordinated", "local", "operator", "fault"] as const;

export interface Made { network: NetworkDto; now: Now; vehicles: { link: LinkDto; at: number }[]; places: Float32Array }

/** A grid of so many columns and rows with so many vehicles. */
export function grid(columns: number, rows: number, vehicles: number): Made {
  const junctions: NodeDto[] = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const id = junctions.length;
      junctions.push({ id, name: `j_${column}_${row}`, x_m: column * SPACING_M, y_m: row * SPACING_M, signals: { stages: [], groups: [], approaches: [] } });
    }
  }
  const links: LinkDto[] = [];
  const join = (a: NodeDto, b: NodeDto) => {
    for (const [from, to] of [[a, b], [b, a]] as const) {
      links.push({
        id: links.length, name: `l_${links.length}`, from: from.id, to: to.id, length_m: SPACING_M, speed_m_per_s: SPEED_M_PER_S, lanes: 3,
        points_m: [[from.x_m, from.y_m], [to.x_m, to.y_m]],
      } as LinkDto);
    }
  };
  for (const node of junctions) {
    if (node.id % columns < columns - 1) join(node, junctions[node.id + 1]!);
    if (node.id + columns < junctions.length) join(node, junctions[node.id + columns]!);
  }
  for (const link of links) {
    for (const turn of ["left", "straight", "right"]) junctions[link.to]!.signals!.approaches.push({ link: link.id, turn, group: turn });
  }
  const marks = new Map(junctions.map((node): [string, Mark] => [node.name, {
    source: SOURCES[node.id % SOURCES.length]!, letter: "A", stage: String((node.id % 8) + 1), queue: node.id % 30, old: null,
    aspects: new Map([["left", "red"], ["straight", "green"], ["right", "yellow"]]), alarm: node.id % 50 === 0,
  }]));
  const queues = new Map(links.map((link): [number, number] => [link.id, (link.id * 7) % 60]));
  const all = Array.from({ length: vehicles }, (_, index) => ({ link: links[(index * 31) % links.length]!, at: (index * 97) % SPACING_M }));
  const now: Now = { marks, queues, chosen: "", layers: { queues: true, lamps: true, names: true }, vehicles: null };
  return { network: { epoch: 1, junctions, links }, now, vehicles: all, places: new Float32Array(2 * vehicles) };
}

/** Where the vehicles are after so many seconds, as the map takes them. */
export function step(made: Made, seconds: number): Float32Array {
  made.vehicles.forEach(({ link, at }, index) => {
    const far = ((at + seconds * SPEED_M_PER_S) % SPACING_M) / SPACING_M;
    const [[ax, ay], [bx, by]] = link.points_m as [[number, number], [number, number]];
    made.places[2 * index] = ax + (bx - ax) * far;
    made.places[2 * index + 1] = ay + (by - ay) * far;
  });
  // A new view of the same numbers: what is drawn is told that it has changed.
  return made.places.subarray(0);
}
