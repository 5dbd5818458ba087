// The map's picture: roads, queues as long as they are on the ground, junctions in as much detail as
// there is room for.

import type { AspectName, SourceName } from "../../api/types.js";
import { lampPath, SIGNS } from "../../parts/signs.js";
import { place, type Camera } from "./camera.js";
import { tail, type Road, type Scene, type Spot } from "./scene.js";

/** What is drawn of a junction now. */
export interface Mark {
  source: SourceName;
  letter: string;
  stage: string;
  queue: number | null;
  /** In words how old it is, where it is too old to count as live. */
  old: string | null;
  aspects: Map<string, AspectName>;
  alarm: boolean;
}

/** What is drawn now. */
export interface Now {
  marks: Map<string, Mark>;
  /** Vehicles that queue on a link. */
  queues: Map<number, number>;
  chosen: string;
  layers: { queues: boolean; lamps: boolean; names: boolean };
  /** Vehicles, as metres east and north, one after the other. */
  vehicles: Float32Array | null;
}

export type Colours = Record<string, string>;

/** What a queued vehicle takes of a lane, metres. */
export const VEHICLE_M = 7.5;
/** A link is counted as filling up, and as full, from these shares of its length on. */
const FILLING = 0.25;
const FULL = 0.6;
/** From the ring of a junction to where a queue begins, and the shortest that is drawn, pixels. */
const BESIDE = 16;
const LEAST = 5;
const KINDS = [{ colour: "road-low", width: 3 }, { colour: "road-mid", width: 5 }, { colour: "road-high", width: 7 }];

/** How full a link is: the share of its lanes that stands, 0 to 1. */
export const fill = (vehicles: number, road: Road): number =>
  Math.min(1, (vehicles * VEHICLE_M) / Math.max(1, road.link.length_m * road.link.lanes));

/** Draws everything; the context is scaled to pixels of the page. */
export function paint(draw: CanvasRenderingContext2D, camera: Camera, scene: Scene, now: Now, colours: Colours): void {
  draw.clearRect(0, 0, camera.width, camera.height);
  draw.lineJoin = "round";
  roads(draw, camera, scene, colours);
  if (now.layers.queues) queues(draw, camera, scene, now, colours);
  if (now.vehicles) vehicles(draw, camera, now.vehicles, colours);
  const room = scene.spacing * camera.scale;
  for (const spot of scene.spots) {
    const [x, y] = place(camera, spot.node.x_m, spot.node.y_m);
    if (x < -60 || y < -60 || x > camera.width + 60 || y > camera.height + 60) continue;
    junction(draw, x, y, room, spot, now, colours);
  }
}

/** How large a junction is drawn, pixels. */
export const radius = (room: number): number => (room < 34 ? 6 : room < 100 ? 12 : 17);

function roads(draw: CanvasRenderingContext2D, camera: Camera, scene: Scene, colours: Colours): void {
  draw.beginPath();
  for (const road of scene.roads) line(draw, camera, road.points);
  draw.strokeStyle = colours["road"]!;
  draw.lineWidth = Math.max(1, Math.min(5, camera.scale * 7));
  draw.stroke();
}

function line(draw: CanvasRenderingContext2D, camera: Camera, points: [number, number][]): void {
  points.forEach(([px, py], index) => {
    const [x, y] = place(camera, px, py);
    if (index === 0) draw.moveTo(x, y);
    else draw.lineTo(x, y);
  });
}

function queues(draw: CanvasRenderingContext2D, camera: Camera, scene: Scene, now: Now, colours: Colours): void {
  const paths = KINDS.map(() => new Path2D());
  for (const road of scene.roads) {
    const vehicles = now.queues.get(road.link.id) ?? 0;
    if (vehicles < 0.5) continue;
    const share = fill(vehicles, road);
    const path = paths[share < FILLING ? 0 : share < FULL ? 1 : 2]!;
    // It begins beside what is drawn of the junction, and the shortest is still seen.
    const edge = (radius(scene.spacing * camera.scale) + BESIDE) / camera.scale;
    const length = Math.max(share * road.link.length_m, LEAST / camera.scale);
    const near = tail(road.points, edge);
    [near.at(-1)!, ...tail(road.points, edge + length).slice(near.length - 1)].forEach(([px, py], index) => {
      const [x, y] = place(camera, px, py);
      if (index === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    });
  }
  KINDS.forEach(({ colour, width }, index) => {
    draw.strokeStyle = colours[colour]!;
    draw.lineWidth = width;
    draw.stroke(paths[index]!);
  });
}

function vehicles(draw: CanvasRenderingContext2D, camera: Camera, all: Float32Array, colours: Colours): void {
  const size = Math.max(2, Math.min(5, camera.scale * 5));
  draw.fillStyle = colours["ink"]!;
  for (let at = 0; at + 1 < all.length; at += 2) {
    const x = camera.width / 2 + (all[at]! - camera.x) * camera.scale;
    const y = camera.height / 2 - (all[at + 1]! - camera.y) * camera.scale;
    if (x > -5 && y > -5 && x < camera.width + 5 && y < camera.height + 5) {
      draw.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }
}

const lamps = new Map<string, Path2D>();
const lamp = (aspect: AspectName | "unknown"): Path2D => {
  const known = lamps.get(aspect) ?? new Path2D(lampPath(aspect));
  lamps.set(aspect, known);
  return known;
};

function junction(
  draw: CanvasRenderingContext2D, x: number, y: number, room: number, spot: Spot, now: Now, colours: Colours,
): void {
  const mark = now.marks.get(spot.node.name);
  const r = radius(room);
  const chosen = now.chosen === spot.node.name;
  if (room >= 34) ring(draw, x, y, r, chosen, colours);
  if (mark?.alarm) alarm(draw, x, y, r, colours);
  if (chosen && room < 34) ring(draw, x, y, r + 3, true, colours);
  if (!mark) return;
  draw.globalAlpha = mark.old === null ? 1 : 0.45;
  const sprite = sign(mark.source, room < 34 ? "" : mark.letter, r, colours);
  draw.drawImage(sprite, x - sprite.width / 4, y - sprite.height / 4, sprite.width / 2, sprite.height / 2);
  draw.globalAlpha = 1;
  if (room >= 100 && now.layers.lamps) heads(draw, x, y, r, spot, mark, colours);
  if (room >= 60) words(draw, x, y, r, room, spot, mark, now, colours);
}

function ring(
  draw: CanvasRenderingContext2D, x: number, y: number, r: number, chosen: boolean, colours: Colours,
): void {
  draw.beginPath();
  draw.arc(x, y, r, 0, 2 * Math.PI);
  draw.fillStyle = colours[chosen ? "chosen" : "surface"]!;
  draw.fill();
  draw.strokeStyle = colours[chosen ? "accent" : "edge"]!;
  draw.lineWidth = chosen ? 3 : 1;
  draw.stroke();
}

/** A second outline with corners: an alarm is seen without its colour. */
function alarm(draw: CanvasRenderingContext2D, x: number, y: number, r: number, colours: Colours): void {
  const half = r + 4;
  draw.strokeStyle = colours["bad"]!;
  draw.lineWidth = 2.5;
  draw.strokeRect(x - half, y - half, 2 * half, 2 * half);
}

const sprites = new Map<string, HTMLCanvasElement>();

/** The sign of a source with its letter, drawn once for each size and colour. */
function sign(source: SourceName, letter: string, r: number, colours: Colours): HTMLCanvasElement {
  const key = [source, letter, r, colours[source], colours["on-sign"]].join();
  const known = sprites.get(key);
  if (known) return known;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil(r * 1.7) * 2;
  const draw = canvas.getContext("2d")!;
  const scale = (r * 1.45) / 26;
  draw.scale(2, 2);
  draw.translate(canvas.width / 4, canvas.height / 4);
  draw.scale(scale, scale);
  draw.fillStyle = colours[source]!;
  draw.fill(new Path2D(SIGNS[source]));
  draw.fillStyle = colours["on-sign"]!;
  draw.font = "700 12px system-ui, sans-serif";
  draw.textAlign = "center";
  draw.fillText(letter, 0, source === "fault" ? 6.5 : 4.5);
  sprites.set(key, canvas);
  return canvas;
}

function heads(
  draw: CanvasRenderingContext2D, x: number, y: number, r: number, spot: Spot, mark: Mark, colours: Colours,
): void {
  for (const head of spot.heads) {
    const aspect = mark.old === null ? mark.aspects.get(head.group) ?? "unknown" : "unknown";
    draw.save();
    draw.translate(x + head.x * r, y + head.y * r);
    draw.rotate(aspect === "red" ? head.ahead : head.leads);
    draw.scale(4.6, 4.6);
    const colour = colours[aspect.includes("green") ? "green" : aspect.includes("yellow") ? "yellow" : aspect === "red" ? "red" : "unlit"]!;
    const hollow = aspect.startsWith("flashing") || aspect === "dark" || aspect === "unknown";
    if (hollow) {
      draw.strokeStyle = colour;
      draw.lineWidth = 0.32;
      draw.stroke(lamp(aspect));
    } else {
      draw.fillStyle = colour;
      draw.fill(lamp(aspect));
    }
    draw.restore();
  }
}

function words(
  draw: CanvasRenderingContext2D, x: number, y: number, r: number, room: number, spot: Spot, mark: Mark, now: Now,
  colours: Colours,
): void {
  const say = (text: string, dx: number, dy: number, font: string, colour: string, align: CanvasTextAlign) => {
    draw.font = font;
    draw.textAlign = align;
    draw.lineWidth = 3.5;
    draw.strokeStyle = colours["surface"]!;
    draw.strokeText(text, x + dx, y + dy);
    draw.fillStyle = colours[colour]!;
    draw.fillText(text, x + dx, y + dy);
  };
  const out = room >= 100 ? r + 17 : r + 5;
  say(mark.old ?? mark.stage, out, -4, "700 13px system-ui, sans-serif", mark.old === null ? "ink" : "quiet", "left");
  if (mark.old === null && mark.queue !== null && mark.queue >= 0.5) {
    say(mark.queue.toFixed(0), out, 12, "11px system-ui, sans-serif", "quiet", "left");
  }
  if (now.layers.names) say(spot.short, -out, r + 14, "11px system-ui, sans-serif", "quiet", "right");
}
