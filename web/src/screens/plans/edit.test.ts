import { expect, test } from "vitest";
import type { PlanDto } from "../../api/types.js";
import { changeFile, cycleOf, draftOf, isChanged, moved, put, wrongs } from "./edit.js";

const split = (stage: number, start_s: number, split_s: number) => ({
  stage, start_s, split_s, clearance_s: 5, min_green_s: 7, max_green_s: 60,
});
const PLAN: PlanDto = {
  number: 1, name: "day", cycle_s: 60, offset_s: 10, splits: [split(1, 0, 30), split(2, 30, 15), split(3, 45, 15)],
};

test("a border that is moved keeps the cycle and everybody's minimum, wherever it is dragged", () => {
  let draft = draftOf(PLAN);
  for (const [at, by] of [[0, 5], [1, -100], [2, 100], [0, -1000], [2, 0.4], [1, 7]] as const) {
    draft = moved(draft, PLAN, at, by);
    expect(cycleOf(draft)).toBe(60);
    expect(wrongs(draft, PLAN)).toEqual([]);
  }
});

test("a split that is set moves the cycle, and what is too short is told with the least", () => {
  const draft = put(draftOf(PLAN), 1, 11);
  expect(cycleOf(draft)).toBe(56);
  expect(wrongs(draft, PLAN)).toEqual([{ at: 1, least: 12 }]);
  expect(wrongs(put(draftOf(PLAN), 0, Number.NaN), PLAN)).toContainEqual({ at: 0, least: 12 });
  expect(wrongs({ ...draftOf(PLAN), offset_s: 60 }, PLAN)).toEqual([{ at: "offset", least: 0 }]);
});

test("the change file says what has changed and nothing else", () => {
  expect(isChanged(draftOf(PLAN), PLAN)).toBe(false);
  const shifted = { ...draftOf(PLAN), offset_s: 20 };
  expect(changeFile('a "b"', PLAN, shifted)).toBe(
    'version = 1\n\n[[plan]]\njunction = "a \\"b\\""\nplan = "day"\noffset_s = 20\n',
  );
  expect(changeFile("a", PLAN, moved(draftOf(PLAN), PLAN, 0, -3))).toContain("splits_s = [27, 18, 15]");
});
