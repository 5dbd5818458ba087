import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import en from "./en.json";
import zh from "./zh.json";

const english: Record<string, string> = en;
const chinese: Record<string, string> = zh;
const SOURCE = new URL("../", import.meta.url);

/** Keys that are put together from a list and a name. */
const LISTS = [
  "alarm_", "asked_", "aspect_", "coordination_", "ending_", "from_", "kind_", "lamp_", "layer_", "letter_", "link_",
  "measure_", "mode_", "optimiser_", "priority_", "progress_", "screen_", "show_", "sign_in_", "source_", "state_", "sure_", "theme_",
  "turn_", "verdict_", "weather_", "who_",
];

test("both languages say everything, with the same blanks", () => {
  expect(Object.keys(chinese)).toEqual(Object.keys(english));
  const blanks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const [key, text] of Object.entries(english)) {
    expect(text.length > 0 && chinese[key]!.length > 0, key).toBe(true);
    expect(blanks(chinese[key]!), key).toEqual(blanks(text));
  }
});

test("a stage is no phase: 阶段 and 相位 are kept apart", () => {
  for (const [key, text] of Object.entries(chinese)) {
    // An offset has the word in its own name, 相位差, and means no phase.
    expect(text.replaceAll("相位差", ""), key).not.toContain("相位");
    if (/\bstages?\b/i.test(english[key]!)) expect(text, key).toContain("阶段");
  }
});

test("every word is said somewhere", () => {
  const files = readdirSync(SOURCE, { recursive: true }) as string[];
  const sources = files.filter((name) => /\.(svelte|ts)$/.test(name) && !name.endsWith(".test.ts"));
  const all = sources.map((name) => readFileSync(new URL(name, SOURCE), "utf8")).join("\n");
  const said = new Set([...all.matchAll(/"([\w-]+)"/g)].map((found) => found[1]));
  for (const key of Object.keys(english)) {
    expect(said.has(key) || LISTS.some((list) => key.startsWith(list)), `${key} is said nowhere`).toBe(true);
  }
});

test("every name of the daemon's closed lists has words", () => {
  const description = JSON.parse(readFileSync(new URL("../../docs/openapi.json", SOURCE), "utf8")) as {
    components: { schemas: Record<string, { enum?: string[]; oneOf?: { enum?: string[] }[] }> };
  };
  const lists: [string, string][] = [
    ["ModeName", "mode"], ["SourceName", "source"], ["SourceName", "letter"], ["AspectName", "aspect"], ["AspectName", "lamp"],
    ["RoleName", "who"], ["CoordinationName", "coordination"], ["AlarmName", "alarm"], ["PriorityName", "priority"],
    ["AskedName", "asked"], ["ProgressName", "progress"],
  ];
  for (const [schema, list] of lists) {
    const of = description.components.schemas[schema]!;
    const names = of.enum ?? (of.oneOf ?? []).flatMap((one) => one.enum ?? []);
    expect(names.length, schema).toBeGreaterThan(0);
    for (const name of names) expect(english[`${list}_${name}`], `${list}_${name}`).toBeDefined();
  }
});
