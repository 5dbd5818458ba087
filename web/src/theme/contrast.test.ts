import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The colours of a theme; what it does not name is the light one's. */
function colours(theme: string): Record<string, string> {
  const of = (name: string) => {
    const css = readFileSync(new URL(`./${name}.css`, import.meta.url), "utf8");
    return Object.fromEntries([...css.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((found) => [found[1]!, found[2]!]));
  };
  return { ...of("light"), ...of(theme) };
}

/** The contrast of two colours, WCAG 2.2, "relative luminance" and "contrast ratio". */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r, g, blue] = [1, 3, 5].map((at) => {
      const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const SIGNS = ["adaptive", "coordinated", "local", "operator", "corridor", "fault"];
const LETTERS = ["ink", "quiet", "accent", "good", "warn", "bad"];
const LAMPS = ["green", "yellow", "red"];
const GROUNDS = ["surface", "ground", "raised", "chosen"];
const MARKS = ["unlit", "edge", "road-low", "road-mid", "road-high", "series-1", "series-2", "series-3", "series-4"];

test.each([["light", 4.5, 3], ["dark", 4.5, 3], ["sunlight", 7, 4.5]])("%s: text and marks stand out", (theme, text, mark) => {
  const known = colours(theme);
  const check = (least: number, front: string, back: string) => {
    const got = contrast(known[front]!, known[back]!);
    expect(got, `${front} on ${back} has ${got.toFixed(2)}, needs ${least}`).toBeGreaterThanOrEqual(least);
  };
  for (const front of LETTERS) for (const back of GROUNDS) check(text, front, back);
  for (const front of LAMPS) check(text, front, "surface");
  for (const back of ["bad-ground", "warn-ground"]) for (const front of ["ink", "quiet", "bad", "warn"]) check(4.5, front, back);
  for (const sign of [...SIGNS, "accent", "bad"]) {
    check(text, "on-sign", sign);
    check(mark, sign, "surface");
  }
  for (const front of MARKS) check(mark, front, "surface");
});
