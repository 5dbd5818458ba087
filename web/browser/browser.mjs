// A real browser, without a picture on any screen, and what is watched of each page.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });

/** A page of the street at `url`; what it asks of others and what it complains about is kept. */
export async function page(browser, url, { theme = "light", language = "en", width = 1280, height = 800 } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, acceptDownloads: true });
  await context.addInitScript(([shade, tongue]) => {
    if (localStorage.getItem("greenwave-theme") === null) localStorage.setItem("greenwave-theme", shade);
    if (localStorage.getItem("greenwave-language") === null) localStorage.setItem("greenwave-language", tongue);
  }, [theme, language]);
  const tab = await context.newPage();
  tab.setDefaultTimeout(30_000);
  const foreign = [];
  const complaints = [];
  tab.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("blob:")) foreign.push(request.url());
  });
  tab.on("console", (message) => { if (["error", "warning"].includes(message.type())) complaints.push(message.text()); });
  tab.on("pageerror", (error) => complaints.push(error.message));
  /** Goes to a screen, and waits until the link is live. */
  const go = async (hash) => {
    await tab.goto(`${url}/${hash}`);
    await tab.locator('[data-link="live"]').first().waitFor();
    await tab.locator("main .screen").waitFor();
  };
  return { tab, context, foreign, complaints, go };
}

/** What axe-core has against the page as it is, each with where: by all rules, or by those named. */
export async function axe(tab, rules) {
  // Evaluated by the tool, not by the page: its own policy lets no such script in.
  await tab.evaluate(AXE);
  const found = await tab.evaluate((only) => window.axe.run(document, {
    resultTypes: ["violations"], ...(only ? { runOnly: { type: "rule", values: only } } : {}),
  }), rules);
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 4).join("; ")}`);
}
