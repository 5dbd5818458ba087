// Every screen in a real browser against the running daemon and its virtual street: what is shown, what
// may be done, and what is said where it may not.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, page } from "./browser.mjs";
import { street } from "./street.mjs";

let here;
let browser;
before(async () => {
  [here, browser] = await Promise.all([
    street(["--speed", "4", "--inject", "silent:j_3_2@8+100000"]), launch(),
  ]);
});
after(async () => {
  await browser?.close();
  await here?.end();
});

/** A page on a screen; whatever it complains about or asks of others fails the test. */
async function on(hash, work, options) {
  const one = await page(browser, here.url, options);
  await one.go(hash);
  await work(one.tab, one);
  assert.deepEqual(one.foreign, [], "a request that leaves the machine");
  assert.deepEqual(one.complaints, [], "the browser complains");
  await one.context.close();
}

const text = (tab, selector) => tab.locator(selector).first().innerText();
const log = async (kind) => (await (await fetch(`${here.url}/api/v1/events?kind=${kind}&limit=1000`)).json()).events;

test("network: the list has every junction, is searched and sorted, and chooses on the map", async () => {
  await on("#/map", async (tab) => {
    const rows = tab.locator(".list tbody tr");
    await tab.waitForFunction(() => document.querySelectorAll(".list tbody tr").length === 12);
    await tab.keyboard.press("/");
    await tab.keyboard.type("2_3");
    await tab.waitForFunction(() => document.querySelectorAll(".list tbody tr").length === 1);
    assert.match(await rows.first().innerText(), /j_2_3/);
    await tab.locator(".list input[type=search]").fill("");
    const queue = tab.locator(".list thead button").nth(4);
    await queue.focus();
    await tab.keyboard.press("Enter");
    assert.equal(await tab.locator(".list th[aria-sort=descending]").count(), 1);
    assert.match(tab.url(), /sort=queue%3Adown/);
    await rows.filter({ hasText: "j_2_2" }).locator("td").nth(1).click();
    await tab.waitForFunction(() => location.hash.includes("junction=j_2_2"));
    const drawn = await tab.evaluate(() => {
      const canvas = document.querySelector("canvas");
      const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      return new Set(Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 3).join())).size;
    });
    assert.ok(drawn > 20, `the map is drawn in ${drawn} colours`);
    await tab.locator("canvas").focus();
    await tab.keyboard.press("+");
    await tab.waitForFunction(() => location.hash.includes("at="));
    await tab.locator("canvas").focus();
    await tab.keyboard.press("Enter");
    await tab.waitForFunction(() => location.hash.startsWith("#/junction?name=j_2_2"));
  });
});

test("junction: a stage is held with an end and a reason, shown with its end, and released", async () => {
  await on("#/junction?name=j_2_1", async (tab) => {
    await tab.getByRole("button", { name: "Hold…" }).click();
    assert.match(await text(tab, "#reason-why"), /reason is needed/);
    await tab.locator("#hold-seconds").fill("601");
    assert.match(await text(tab, "#seconds-why"), /1 to 600/);
    await tab.locator("#hold-seconds").fill("300");
    await tab.locator("#hold-stage").selectOption("3");
    await tab.locator("#hold-reason").fill("a parade");
    await tab.getByRole("button", { name: "Hold…" }).click();
    await tab.keyboard.press("Escape");
    assert.deepEqual((await log("operator")).filter((one) => one.text.includes("parade")), [], "Escape does not do it");
    await tab.getByRole("button", { name: "Hold…" }).click();
    await tab.getByRole("button", { name: "Do it" }).click();
    await tab.locator(".asked", { hasText: "Stage 3 held" }).waitFor();
    assert.equal((await log("operator")).filter((one) => one.text.includes("parade")).length, 1);
    await tab.locator("li.now", { hasText: "3" }).waitFor();
    await tab.getByText("operator", { exact: true }).first().waitFor();
    await tab.getByRole("button", { name: "Release…" }).click();
    await tab.getByRole("button", { name: "Do it" }).click();
    await tab.locator(".asked").waitFor({ state: "detached" });
    await tab.locator("td.wide", { hasText: "parade" }).first().waitFor();
    await tab.locator("[aria-label='Queues by lane'] tbody tr").nth(11).waitFor();
  });
});

test("junction: a plan is selected for a time, or the refusal is told in words", async () => {
  await on("#/junction?name=j_4_1", async (tab) => {
    await tab.getByText("Run a plan").click();
    await tab.locator("#hold-reason").fill("a match");
    await tab.getByRole("button", { name: "Run…" }).click();
    await tab.getByRole("button", { name: "Do it" }).click();
    await tab.locator(".place p").waitFor();
    assert.match(await text(tab, ".place p"), /^(Done|Not done): .+/);
  });
});

test("junction: one that does not answer is greyed with its age, and one that is not there is told", async () => {
  await on("#/junction?name=j_3_2", async (tab) => {
    await tab.locator(".old").waitFor();
    await tab.locator("dd .stale").waitFor();
    assert.equal(await tab.locator("li.now").count(), 0, "no green is shown as if it were live");
    await tab.goto(`${here.url}/#/junction?name=nowhere`);
    assert.match(await text(tab, "main [role=alert]"), /nowhere/);
  });
});

test("alarms: a silent device explains its junction; it is acknowledged, suspended and brought back", async () => {
  await on("#/alarms", async (tab) => {
    const line = tab.locator("tbody tr", { hasText: "Device" }).filter({ hasText: "j_3_2" });
    await line.waitFor();
    await tab.locator("tr.below", { hasText: "j_3_2" }).waitFor();
    await line.getByRole("button", { name: "Acknowledge…" }).click();
    await tab.locator("#dialog-text").fill("a digger");
    await tab.getByRole("button", { name: "Do it" }).click();
    await line.getByText("✓ local: a digger").waitFor();
    await line.getByRole("button", { name: "Suspend…" }).click();
    await tab.getByRole("button", { name: "Do it" }).click();
    assert.match(await text(tab, "#dialog-why"), /reason is needed/);
    await tab.locator("#dialog-text").fill("works");
    await tab.getByRole("button", { name: "Do it" }).click();
    await line.waitFor({ state: "detached" });
    await tab.getByRole("button", { name: "Suspended" }).click();
    await line.getByText("works").waitFor();
    await line.getByRole("button", { name: "Bring back" }).click();
    await line.waitFor({ state: "detached" });
    assert.equal((await log("alarm")).length, 3);
  });
});

test("devices: one that does not answer stands first, with its outage as an interval", async () => {
  await on("#/devices", async (tab) => {
    await tab.locator("tbody tr.alert", { hasText: "not answering" }).first().waitFor();
    assert.equal(await tab.locator("[aria-label='Devices'] tbody tr").count() >= 12, true);
    assert.match(await text(tab, ".scroll tbody tr"), /j_3_2/);
    await tab.locator(".scroll tbody tr button").first().click();
    await tab.getByText("lasts").waitFor();
    await tab.getByLabel("Only those that do not answer").check();
    await tab.waitForFunction(() => document.querySelectorAll(".scroll tbody tr").length === 1);
  });
});

test("events: filtered, searched, read back in time, and taken along", async () => {
  await on("#/events?span=15", async (tab) => {
    await tab.getByRole("button", { name: "operator", exact: true }).click();
    await tab.locator("tbody tr", { hasText: "parade" }).first().waitFor();
    await tab.locator("input[type=search]").fill("parade local");
    await tab.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
    const [download] = await Promise.all([tab.waitForEvent("download"), tab.getByRole("button", { name: "CSV" }).click()]);
    const file = await (await download.createReadStream()).setEncoding("utf8").toArray();
    assert.match(file.join(""), /^sequence,utc,kind,.*\r\n\d+,.*operator,j_2_1,.*parade/);
    await tab.locator("input[type=search]").fill("no such words");
    await tab.getByText("Nothing in this time").waitFor();
  });
});

test("plans: a border is moved by key, a step taken back, too short a split refused, the rest tried", async () => {
  await on("#/plans?name=j_1_1", async (tab) => {
    const split = tab.locator(".cards input").first();
    const was = Number(await split.inputValue());
    const border = tab.locator("[role=slider]").first();
    await border.focus();
    await tab.keyboard.press("ArrowRight");
    assert.equal(Number(await split.inputValue()), was + 1);
    await tab.keyboard.press("Control+z");
    assert.equal(Number(await split.inputValue()), was);
    await split.fill("3");
    await split.press("Tab");
    await tab.getByText(/At least .* minimum green/).waitFor();
    assert.equal(await tab.getByText("Try in simulation…").count(), 0);
    await tab.keyboard.press("Control+z");
    await border.focus();
    await tab.keyboard.press("Shift+ArrowLeft");
    await tab.getByText("Try in simulation…").click();
    assert.match(await tab.locator("#wi-file").inputValue(), /junction = "j_1_1"[\s\S]*splits_s = \[/);
    await tab.locator("#wi-seconds").selectOption("600");
    await tab.locator("#wi-seeds").selectOption("1");
    // A street on which nothing was counted for a minute yet refuses the question, and says so.
    const [answer, refusal] = [tab.getByText("Mean travel time, s"), tab.locator(".wrong li").first()];
    for (let tried = 0; tried < 6 && !(await answer.isVisible()); tried += 1) {
      if (tried > 0) await tab.waitForTimeout(5000);
      await tab.getByRole("button", { name: "Ask", exact: true }).click();
      await answer.or(refusal).waitFor({ timeout: 60_000 });
    }
    assert.ok(await answer.isVisible(), await tab.locator("main").innerText());
  });
});

test("what-if: a form says what is wrong before it is sent, and every mistake of a file comes back", async () => {
  const one = await page(browser, here.url);
  await one.go("#/simulation");
  await one.tab.locator("#wi-demand").fill("5");
  await one.tab.getByRole("button", { name: "Ask", exact: true }).click();
  assert.match(await text(one.tab, "main .why"), /10 to 300/);
  await one.tab.locator("#wi-file").fill("version = 1\nmode = \"sideways\"\n");
  // One question is answered at a time: whoever asked before may still be served.
  const mistake = one.tab.locator(".wrong", { hasText: "sideways" }).first();
  for (let tried = 0; tried < 8 && !(await mistake.isVisible()); tried += 1) {
    await one.tab.getByRole("button", { name: "Ask", exact: true }).click({ timeout: 10_000 }).catch(() => {});
    await mistake.waitFor({ timeout: 5000 }).catch(() => {});
  }
  assert.ok(await mistake.isVisible(), await one.tab.locator("main").innerText());
  await one.context.close();
});

test("time-space: an offset is moved by key and the band follows", async () => {
  await on("#/timespace?from=j_1_1&to=j_4_1&one=1", async (tab) => {
    const slider = tab.locator("[role=slider]").nth(1);
    await slider.waitFor();
    const band = () => text(tab, ".figures");
    const first = await band();
    await slider.focus();
    for (let step = 0; step < 4; step += 1) await tab.keyboard.press("Shift+ArrowLeft");
    assert.notEqual(await slider.getAttribute("aria-valuenow"), "0");
    assert.match(first, /Cycle.*band to j_4_1/s);
    const file = await tab.getByText("Try in simulation…").getAttribute("href");
    assert.match(decodeURIComponent(file.replaceAll("+", " ")), /cycle_s = \d+[\s\S]*offset_s = \d+/);
    await tab.getByLabel("As the log has seen it").check();
    await tab.locator("rect.seen").first().waitFor();
  });
});

test("performance and optimiser: figures with what the log covers", async () => {
  await on("#/performance?name=j_1_2&span=5", async (tab) => {
    await tab.getByText(/the log covers \d+ %/).waitFor();
    await tab.locator("[aria-label='Split monitor'] tbody tr").nth(7).waitFor();
    await tab.getByText("detector actuations").waitFor();
    await tab.goto(`${here.url}/#/optimiser`);
    await tab.locator("tbody tr", { hasText: "off" }).nth(11).waitFor();
  });
});

test("the mode is changed for all junctions after a question", async () => {
  await on("#/map", async (tab) => {
    await tab.getByRole("button", { name: "Change…" }).click();
    await tab.getByLabel("adaptive (planner)").check();
    await tab.getByRole("button", { name: "Do it" }).click();
    await tab.locator("header b", { hasText: "adaptive (planner)" }).waitFor();
    await tab.goto(`${here.url}/#/optimiser`);
    await tab.locator("tbody tr", { hasText: "in control" }).first().waitFor();
  });
});

test("keys lead everywhere, and the address brings one back", async () => {
  await on("#/map", async (tab) => {
    for (const [key, screen] of [["a", "alarms"], ["d", "devices"], ["e", "events"], ["p", "plans"], ["m", "map"]]) {
      await tab.keyboard.press("g");
      await tab.keyboard.press(key);
      await tab.waitForFunction((to) => location.hash.startsWith(`#/${to}`), screen);
    }
    await tab.goBack();
    await tab.waitForFunction(() => location.hash.startsWith("#/plans"));
    await tab.keyboard.press("?");
    await tab.getByRole("heading", { name: "Keys" }).waitFor();
    await tab.keyboard.press("Escape");
    await tab.locator("header select").nth(1).selectOption("zh");
    await tab.getByRole("link", { name: "配时方案" }).waitFor();
    assert.equal(await tab.locator("html").getAttribute("lang"), "zh-Hans");
  });
});

test("a lost link is told, greys what is shown, and is resumed without a gap", async () => {
  const one = await page(browser, here.url);
  await one.go("#/map");
  here.freeze();
  await one.tab.locator("[role=alert]", { hasText: "link to the daemon is lost" }).waitFor();
  await one.tab.locator("tr.stale").nth(11).waitFor();
  here.thaw();
  await one.tab.locator('.frame[data-link="live"]').waitFor();
  await one.tab.locator("[role=alert]").waitFor({ state: "detached" });
  assert.equal(await one.tab.locator("main > .gap").count(), 0, "no event was passed over");
  assert.deepEqual(one.foreign, []);
  await one.context.close();
});

test("who must sign in is asked until a token is good, and a refused command says what to do", async () => {
  const one = await page(browser, here.url);
  let good = false;
  const problem = (status, code, detail) => ({ status, contentType: "application/problem+json", body: JSON.stringify({ code, detail }) });
  await one.tab.route("**/api/v1/session", async (route) => {
    if (route.request().method() === "POST") good = route.request().postDataJSON().token === "gw_good";
    if (good) await route.fulfill({ json: { name: "wall screen", role: "operate", roles: ["operate"], rights: ["look", "operate"] } });
    else await route.fulfill(problem(401, "unauthorised", "the token is not known"));
  });
  await one.tab.goto(`${here.url}/#/junction?name=j_1_1`);
  await one.tab.getByRole("radio", { name: "Token", exact: true }).check();
  for (const token of ["gw_wrong", "gw_good"]) {
    await one.tab.locator("#token").fill(token);
    await one.tab.getByRole("button", { name: "Sign in" }).click();
    if (token === "gw_wrong") await one.tab.getByText("the token is not known").waitFor();
  }
  await one.tab.getByText("wall screen · may operate").waitFor();
  await one.tab.route("**/hold", (route) => route.fulfill(problem(403, "forbidden", "wall screen may view, this needs operate")));
  await one.tab.locator("#hold-reason").fill("a look");
  await one.tab.getByRole("button", { name: "Hold…" }).click();
  await one.tab.getByRole("button", { name: "Do it" }).click();
  await one.tab.getByText("Ask somebody whose token may operate").waitFor();
  await one.context.close();
});
