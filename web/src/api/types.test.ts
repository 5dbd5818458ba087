import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
// @ts-expect-error: a script without types of its own
import { typesOf } from "../../scripts/types.mjs";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

test("the types are those of the description that the daemon serves", () => {
  const fresh = typesOf(JSON.parse(read("../../../docs/openapi.json")));
  expect(read("./types.ts"), "node scripts/types.mjs writes them anew").toBe(fresh);
});

test("every path that is asked for is one of the description", () => {
  const description = JSON.parse(read("../../../docs/openapi.json")) as { paths: Record<string, unknown> };
  const known = Object.keys(description.paths).map((path) => path.replace(/\{\w+\}/g, "*"));
  const asked = [...read("./client.ts").matchAll(/[`"](\/api\/v1\/[^`"?]*)/g)].map((found) => found[1]!);
  expect(asked.length).toBeGreaterThan(10);
  for (const path of asked) {
    const plain = path.replace(/\$\{encode[^}]*\}/g, "*").replace(/\$\{\w+\}/g, "*");
    const template = plain.endsWith("/junctions/*/*") ? plain.replace(/\*$/, "hold") : plain;
    expect(known, path).toContain(template);
  }
});
