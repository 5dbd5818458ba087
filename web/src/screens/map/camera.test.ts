import { expect, test } from "vitest";
import { fitted, ground, panned, place, read, written, zoomed, type Camera } from "./camera.js";

const CAMERA: Camera = { x: 100, y: 50, scale: 0.5, width: 800, height: 600 };

test("a point of the ground is where its place in the picture says, also after zooming and panning", () => {
  for (const camera of [CAMERA, zoomed(CAMERA, 3, 10, 20), panned(CAMERA, -40, 90)]) {
    for (const [x, y] of [[0, 0], [100, 50], [-731, 422]] as const) {
      const [left, top] = place(camera, x, y);
      const [back, up] = ground(camera, left, top);
      expect(back).toBeCloseTo(x, 6);
      expect(up).toBeCloseTo(y, 6);
    }
  }
});

test("what is under the pointer stays under it", () => {
  const before = ground(CAMERA, 200, 100);
  const after = ground(zoomed(CAMERA, 2.5, 200, 100), 200, 100);
  expect(after[0]).toBeCloseTo(before[0], 6);
  expect(after[1]).toBeCloseTo(before[1], 6);
});

test("a box is seen whole, and one of no size at all too", () => {
  for (const box of [{ west: 0, east: 4000, south: -500, north: 500 }, { west: 3, east: 3, south: 7, north: 7 }]) {
    const camera = fitted(CAMERA, box);
    for (const [x, y] of [[box.west, box.south], [box.east, box.north]] as const) {
      const [left, top] = place(camera, x, y);
      expect(left >= 0 && left <= 800 && top >= 0 && top <= 600).toBe(true);
    }
    expect(Number.isFinite(camera.scale)).toBe(true);
  }
});

test("an address is read back, and nonsense is not", () => {
  expect(read(written(CAMERA))).toEqual({ x: 100, y: 50, scale: 0.5 });
  for (const nonsense of ["", "1,2", "a,b,c", "1,2,-1", "1,2,0", "1,2,Infinity"]) expect(read(nonsense)).toBeNull();
});
