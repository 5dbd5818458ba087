// The page: opens the link, and shows several times a second what is known.

import { el, find, mark, say } from "./dom.js";
import * as dialog from "./dialog.js";
import * as feed from "./feed.js";
import * as lists from "./lists.js";
import * as map from "./map.js";
import * as panel from "./panel.js";
import * as text from "./text.js";
import { deviceState, live, model, silence, stale } from "./model.js";
import { sourcePicture } from "./lamps.js";

const { named, span, t } = text;

/** From one look to the next: as often as the daemon shows its state. */
const DRAW_MS = 250;
const SOURCES = ["adaptive", "coordinated", "local", "operator", "corridor", "fault"];

async function begin() {
  await text.begin();
  find("language").value = text.language();
  find("language").addEventListener("change", async (event) => {
    await text.choose(event.target.value);
    draw();
  });
  find("mode-change").addEventListener("click", async () => {
    const mode = await dialog.chooseMode(model.state?.mode);
    if (mode) await panel.act(() => feed.ask("PUT", "/api/v1/mode", { mode }));
  });
  find("sign-out").addEventListener("click", async () => {
    await feed.ask("DELETE", "/api/v1/session").catch(() => {});
    location.reload();
  });
  lists.begin();
  map.begin();
  addEventListener("hashchange", draw);
  const signIn = async () => {
    await dialog.signIn();
    feed.open(signIn);
  };
  feed.open(signIn);
  setInterval(() => { feed.watch(); draw(); }, DRAW_MS);
}

function draw() {
  drawLink();
  if (!model.state) return;
  drawTop();
  drawCounts();
  map.draw();
  panel.draw();
  lists.draw();
}

let lost = false;

function drawLink() {
  const state = live() ? "live" : model.state ? "lost" : "opening";
  mark(find("link"), "data-link", state);
  say(find("link-text"), t(`link_${state}`));
  const old = span(silence() / 1000);
  say(find("link-age"), state === "lost" ? `· ${t("link_age", { age: old })}` : "");
  mark(document.body, "data-link", state);
  const banner = find("banner");
  banner.hidden = state !== "lost";
  // An alert is read aloud when its words change: once, and not with every second.
  if (state === "lost" && !lost) say(banner, t("banner_lost", { age: old }));
  lost = state === "lost";
}

function drawTop() {
  const { state, who } = model;
  say(find("site-name"), state.site.name);
  document.title = `${state.site.name} · Greenwave`;
  say(find("local-time"), state.time.local);
  find("speed-fact").hidden = state.speed === 1;
  say(find("speed"), t("speed_times", { n: state.speed }));
  say(find("mode-name"), named("mode", state.mode));
  find("mode-change").hidden = !who?.rights.includes("operate");
  say(find("who"), who ? t(who.rights.includes("operate") ? "who_operate" : "who_view", { name: who.name }) : "");
  find("sign-out").hidden = !who || who.name === "local";
}

let legend = "";

function drawCounts() {
  const { state } = model;
  const junctions = [...model.junctions.values()];
  const devices = [...model.devices.values()];
  const of = (source) => junctions.filter((row) => row.source === source).length;
  const online = devices.filter((row) => deviceState(row) === "online").length;
  const old = junctions.filter(stale).length;
  const { counters, store } = state;
  const figures = [
    [junctions.length, t("count_junctions"), false],
    ...SOURCES.filter((source) => of(source) > 0).map((source) =>
      [of(source), named("source", source), source === "fault"]),
    ...(old > 0 ? [[old, t("count_stale"), true]] : []),
    [`${online}/${devices.length}`, t("count_devices"), online < devices.length],
    [counters.demands, t("count_demands"), false],
    [counters.unanswered_demands, t("count_unanswered"), counters.unanswered_demands > 0],
    [counters.refusals, t("count_refusals"), false],
    [counters.violations, t("count_violations"), counters.violations > 0],
    [counters.requests, t("count_requests"), false],
    [counters.errors, t("count_errors"), false],
    ...(store.lost > 0 ? [[store.lost, t("count_lost"), true]] : []),
  ];
  const place = find("counts");
  while (place.children.length > figures.length) place.lastChild.remove();
  figures.forEach(([number, words, bad], index) => {
    const node = place.children[index] ?? place.appendChild(el("span", {}, el("b", { class: "number" }), " ", el("span")));
    mark(node, "class", bad ? "bad" : null);
    say(node.firstChild, number);
    say(node.lastChild, words);
  });
  if (legend === text.language()) return;
  legend = text.language();
  find("legend").replaceChildren(...SOURCES.map((source) =>
    el("li", {}, sourcePicture(source), ` ${named("source", source)}`)));
}

begin();
