// Every screen in both languages and all themes: kept as pictures, held against axe-core, within its
// window. And how fast the page is, as it measures itself: told, not asserted.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { axe, launch, page } from "./browser.mjs";
import { street } from "./street.mjs";

const PICTURES = process.env.GREENWAVE_PICTURES ?? fileURLToPath(new URL("../../target/web-pictures", import.meta.url));
const SCREENS = {
  map: "#/map?junction=j_2_2", junction: "#/junction?name=j_2_2", alarms: "#/alarms?show=all", devices: "#/devices?device=j_1_1",
  plans: "#/plans?name=j_2_2", timespace: "#/timespace?from=j_1_1&to=j_4_1&one=1", performance: "#/performance?name=j_2_2&span=5",
  events: "#/events?span=5", optimiser: "#/optimiser", simulation: "#/simulation",
};
/** A theme changes colours alone: by all rules one of them is looked at. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];
/** What is read from the log comes in after the screen. */
const SETTLE_MS = 350;
/** Other words are there with the next picture. */
const WORDS_MS = 120;
/** The compressed script of the first screen may be so large, bytes. */
const SCRIPT_MAX = 500_000;

let here;
let browser;
before(async () => {
  [here, browser] = await Promise.all([street(["--inject", "disconnect:j_1_1@6+8", "--inject", "silent:j_3_2@8+100000"]), launch()]);
  mkdirSync(PICTURES, { recursive: true });
});
after(async () => {
  await browser?.close();
  await here?.end();
});

for (const theme of ["light", "dark", "sunlight"]) {
  test(`${theme}: every screen fits, reads well, and axe-core has nothing against it`, async () => {
    const one = await page(browser, here.url, { theme });
    await one.go("#/map");
    const against = [];
    for (const [name, hash] of Object.entries(SCREENS)) {
      await one.go(hash);
      await one.tab.waitForTimeout(SETTLE_MS);
      for (const language of ["zh", "en"]) {
        await one.tab.locator("header select").nth(1).selectOption(language);
        await one.tab.waitForTimeout(WORDS_MS);
        await one.tab.screenshot({ path: `${PICTURES}/${name}-${theme}-${language}.png` });
        const wide = await one.tab.evaluate(() => {
          const main = document.getElementById("main");
          return Math.max(document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth);
        });
        assert.ok(wide <= 0, `${name}, ${language}: ${wide} pixels too wide`);
        if (language === "en") against.push(...(await axe(one.tab, theme === "light" ? undefined : COLOUR_RULES)).map((what) => `${name}: ${what}`));
      }
    }
    assert.deepEqual([against, one.foreign, one.complaints], [[], [], []]);
    await one.context.close();
  });
}

test("a tablet of 768 pixels shows every screen without a sideways scroll", async () => {
  const one = await page(browser, here.url, { width: 768, height: 1024, theme: "sunlight" });
  for (const [name, hash] of Object.entries(SCREENS)) {
    await one.go(hash);
    await one.tab.waitForTimeout(SETTLE_MS);
    const wide = await one.tab.evaluate(() => {
      const main = document.getElementById("main");
      return Math.max(document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth);
    });
    assert.ok(wide <= 0, `${name}: ${wide} pixels too wide`);
    await one.tab.screenshot({ path: `${PICTURES}/${name}-tablet.png` });
  }
  await one.context.close();
});

test("the first screen is small, and the page says how fast it is", async () => {
  const one = await page(browser, here.url);
  await one.go("#/map");
  await one.tab.waitForTimeout(4000);
  const seen = await one.tab.evaluate(() => ({
    script: performance.getEntriesByType("resource").filter((entry) => entry.name.endsWith(".js"))
      .reduce((sum, entry) => sum + entry.encodedBodySize, 0),
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    delay: document.querySelector("[data-delay]")?.getAttribute("data-delay"),
  }));
  assert.ok(seen.script > 0 && seen.script < SCRIPT_MAX, `${seen.script} bytes of script`);
  console.log(`# first screen: ${seen.script} bytes of compressed script, first paint after ${seen.paint?.toFixed(0)} ms`);
  console.log(`# a picture is drawn ${seen.delay} ms after the daemon took it (95 %)`);
  await one.go("#/bench");
  await one.tab.locator("[data-rate]").waitFor();
  const status = one.tab.locator("[data-rate]");
  console.log(`# 1,000 junctions and 5,000 vehicles: ${await status.getAttribute("data-rate")} frames a second, ` +
    `95 % within ${await status.getAttribute("data-p95")} ms`);
  await one.context.close();
});
