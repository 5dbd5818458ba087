import { expect, test } from "vitest";
import type { LinkDto, NetworkDto, NodeDto, PlanDto } from "../../api/types.js";
import { band, greens, groupOn, stretched, turnOf, way } from "./corridor.js";

const link = (id: number, from: number, to: number, points_m: number[][], length_m = 300): LinkDto => ({
  id, name: `l${id}`, from, to, length_m, speed_m_per_s: 12, lanes: 2, points_m,
} as LinkDto);
const node = (id: number, signals: NodeDto["signals"] = null): NodeDto => ({ id, name: `j${id}`, x_m: id * 300, y_m: 0, signals });

test("a band through two equal greens is as wide as they are, where the offset is the travel time", () => {
  const open = [{ from: 5, to: 35 }];
  expect(band(80, [open, open], [0, 25], [0, 25])).toEqual({ from: 5, width: 30 });
  expect(band(80, [open, open], [0, 35], [0, 25]).width).toBe(20);
  expect(band(80, [open, open], [0, 65], [0, 25]).width).toBe(0);
  expect(band(80, [[{ from: 60, to: 100 }]], [0], [0])).toEqual({ from: 60, width: 40 });
  expect(band(80, [[{ from: 0, to: 80 }]], [0], [0]).width).toBe(80);
  expect(band(0, [open], [0], [0]).width).toBe(0);
});

test("a group that two stages serve one after the other is green without a break", () => {
  const split = (stage: number, start_s: number, split_s: number) => ({ stage, start_s, split_s, clearance_s: 5, min_green_s: 5, max_green_s: 60 });
  const plan: PlanDto = { number: 1, name: "p", cycle_s: 60, offset_s: 0, splits: [split(1, 0, 20), split(2, 20, 20), split(3, 40, 20)] };
  const stage = (number: number, groups: string[]) => ({ number, name: String(number), groups, min_green_s: 5, max_green_s: 60 });
  const signals = { stages: [stage(1, ["a"]), stage(2, ["b"]), stage(3, ["a", "c"])], groups: [], approaches: [] };
  expect(greens(plan, node(0, signals), "b")).toEqual([{ from: 25, to: 40 }]);
  expect(greens(plan, node(0, signals), "a")).toEqual([{ from: 45, to: 80 }]);
  expect(greens(plan, node(0, signals), null)).toEqual([]);
});

test("a stretched plan fills its cycle and clears as long as before", () => {
  const split = (stage: number, start_s: number) => ({ stage, start_s, split_s: 30, clearance_s: 5, min_green_s: 5, max_green_s: 60 });
  const plan = stretched({ number: 1, name: "p", cycle_s: 60, offset_s: 50, splits: [split(1, 0), split(2, 30)] }, 90);
  expect(plan.splits.map((one) => [one.start_s, one.split_s, one.clearance_s])).toEqual([[0, 45, 5], [45, 45, 5]]);
  expect([plan.cycle_s, plan.offset_s]).toEqual([90, 50]);
});

test("the way is the shortest, and there may be none", () => {
  const network: NetworkDto = {
    epoch: 1, junctions: [node(0), node(1), node(2), node(3)],
    links: [link(0, 0, 1, [[0, 0], [300, 0]]), link(1, 1, 2, [[300, 0], [600, 0]]), link(2, 0, 2, [[0, 0], [600, 0]], 900)],
  };
  expect(way(network, 0, 2).map((one) => one.id)).toEqual([0, 1]);
  expect(way(network, 2, 0)).toEqual([]);
  expect(way(network, 0, 3)).toEqual([]);
});

test("the group of the way through is that of its turn", () => {
  expect(turnOf([1, 0], [0, 1])).toBe("left");
  expect(turnOf([1, 0], [0, -1])).toBe("right");
  expect(turnOf([1, 0], [1, 0])).toBe("straight");
  const approaches = [{ link: 0, turn: "straight", group: "a" }, { link: 0, turn: "left", group: "b" }, { link: 3, turn: "straight", group: "c" }];
  const here = node(1, { stages: [], groups: [], approaches });
  const [into, on, up, other] = [
    link(0, 0, 1, [[0, 0], [300, 0]]), link(1, 1, 2, [[300, 0], [600, 0]]), link(2, 1, 3, [[300, 0], [300, 300]]), link(3, 4, 1, [[300, -300], [300, 0]]),
  ] as const;
  const network: NetworkDto = { epoch: 1, junctions: [], links: [into, on, up, other] };
  expect(groupOn(here, network, into, on)).toBe("a");
  expect(groupOn(here, network, into, up)).toBe("b");
  expect(groupOn(here, network, undefined, on), "the first of a corridor").toBe("a");
  expect(groupOn(here, network, undefined, up)).toBe("c");
});
