// Where on the ground one looks: metres east and north become pixels right and down.

/** The part of the ground that is seen. */
export interface Camera {
  /** The point in the middle, metres. */
  x: number;
  y: number;
  /** Pixels a metre. */
  scale: number;
  /** Of the picture, pixels. */
  width: number;
  height: number;
}

/** A box on the ground, metres. */
export interface Bounds { west: number; east: number; south: number; north: number }

/** One does not go closer or further than this, pixels a metre. */
const SCALE_MAX = 8;
const SCALE_MIN = 0.002;
/** Room at the edge, pixels. */
const MARGIN = 70;

/** Where a point of the ground is in the picture. */
export function place(camera: Camera, x: number, y: number): [number, number] {
  return [
    camera.width / 2 + (x - camera.x) * camera.scale,
    camera.height / 2 - (y - camera.y) * camera.scale,
  ];
}

/** Which point of the ground is there in the picture. */
export function ground(camera: Camera, left: number, top: number): [number, number] {
  return [
    camera.x + (left - camera.width / 2) / camera.scale,
    camera.y - (top - camera.height / 2) / camera.scale,
  ];
}

/** The camera that shows a box whole; a single point not larger than life allows. */
export function fitted(camera: Camera, box: Bounds): Camera {
  const room = (size: number, length: number) => Math.max(40, size - 2 * MARGIN) / Math.max(length, 1);
  const scale = Math.min(room(camera.width, box.east - box.west), room(camera.height, box.north - box.south), 1.2);
  return { ...camera, x: (box.west + box.east) / 2, y: (box.south + box.north) / 2, scale: bounded(scale) };
}

/** Goes closer or further, with the point under the pointer where it is. */
export function zoomed(camera: Camera, by: number, left: number, top: number): Camera {
  const scale = bounded(camera.scale * by);
  const [x, y] = ground(camera, left, top);
  return {
    ...camera, scale,
    x: x - (left - camera.width / 2) / scale,
    y: y + (top - camera.height / 2) / scale,
  };
}

/** Moves the picture by so many pixels. */
export function panned(camera: Camera, right: number, down: number): Camera {
  return { ...camera, x: camera.x - right / camera.scale, y: camera.y + down / camera.scale };
}

/** The camera as it stands in the address, and back; nothing where that cannot be read. */
export const written = (camera: Camera): string =>
  [camera.x.toFixed(0), camera.y.toFixed(0), camera.scale.toPrecision(3)].join(",");

export function read(text: string): { x: number; y: number; scale: number } | null {
  const [x, y, scale] = text.split(",").map(Number);
  const known = [x, y, scale].every((value) => value !== undefined && Number.isFinite(value));
  return known && scale! > 0 ? { x: x!, y: y!, scale: bounded(scale!) } : null;
}

function bounded(scale: number): number {
  return Math.min(SCALE_MAX, Math.max(SCALE_MIN, scale));
}
