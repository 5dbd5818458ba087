import { expect, test } from "vitest";
import type { EventDto } from "../../api/types.js";
import { bars } from "../../parts/lampbars.js";
import { durations, figures, runs } from "./measures.js";

const event = (second: number, kind: string, text: string, indiana: EventDto["indiana"] = null): EventDto => ({
  sequence: second, utc: new Date(second * 1000).toISOString(), kind, junction: "j", device: null, indiana, text, safety: false,
});

test("a stage runs until another one is demanded, and ends as that demand says", () => {
  const all = runs([
    event(0, "demand", "stage 1: begins"), event(10, "demand", "stage 1: again", { code: 4, parameter: 1 }),
    event(30, "demand", "stage 2: a gap", { code: 4, parameter: 2 }), event(50, "demand", "stage 1: enough", { code: 5, parameter: 1 }),
    event(60, "health", "online: x"), event(80, "demand", "stage 3: pressure"),
  ]);
  expect(all.map(({ stage, from, to, ending }) => [stage, from / 1000, to / 1000, ending])).toEqual([
    [1, 0, 30, "gap-out"], [2, 30, 50, "max-out"], [1, 50, 80, "other"],
  ]);
  expect(runs([])).toEqual([]);
});

test("greens are between the codes for green and for what ends it", () => {
  const lamp = (second: number, code: number, parameter = 1) => event(second, "aspect", "", { code, parameter });
  const all = bars([lamp(0, 10), lamp(5, 1), lamp(25, 8), lamp(28, 10), lamp(60, 1, 2), lamp(70, 1)], 90_000);
  expect(durations(all, 1, 90_000)).toEqual([20]);
  expect(durations(all, 2, 90_000)).toEqual([]);
  expect(all.filter((bar) => bar.to === 90_000).map((bar) => bar.group)).toEqual([2, 1]);
});

test("figures of nothing are none", () => {
  expect(figures([], 100)).toBeNull();
  expect(figures([10, 20, 30, 40], 200)).toEqual({ count: 4, mean: 25, median: 30, p85: 40, longest: 40, share: 0.5 });
});
