import { expect, test } from "vitest";
import type { EventDto } from "../../api/types.js";
import { availability, outages } from "./outages.js";

const event = (second: number, text: string, kind = "health"): EventDto => ({
  sequence: second + 1, utc: new Date(second * 1000).toISOString(), kind, junction: null, device: "d", indiana: null,
  text, safety: false,
});

test("an outage lasts exactly from the first loss to the first answer", () => {
  const all = outages([
    event(0, "identifying: just connected"), event(2, "online: it answers"), event(100, "open: no answer"),
    event(110, "identifying: probed"), event(112, "online: it answers"), event(200, "open: exception 4"),
  ]);
  expect(all).toEqual([
    { from: 200_000, to: null, why: "exception 4" },
    { from: 100_000, to: 112_000, why: "probed" },
    { from: 0, to: 2_000, why: "just connected" },
  ]);
  expect(availability(all, 100_000, 200_000)).toBeCloseTo(0.88, 9);
  expect(availability(all, 200_000, 300_000)).toBe(0);
});

test("a device of which the log says nothing had no outage", () => {
  expect(outages([event(1, "stage 2", "demand")])).toEqual([]);
  expect(availability([], 0, 0)).toBe(1);
});
