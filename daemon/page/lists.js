// The lists: junctions, devices, events.

import { el, find, mark, say } from "./dom.js";
import { address, age, deviceState, model, setAddress, stale } from "./model.js";
import { sourcePicture } from "./lamps.js";
import { figure, table } from "./table.js";
import { language, named, t } from "./text.js";

let junctions = null;
let devices = null;

/** Makes the tables and takes what is typed. */
export function begin() {
  junctions = table(find("junctions"), JUNCTIONS, {
    sortKey: "sort",
    usual: "name:up",
    rowClass: (row) => [
      stale(row) && "stale",
      row.source === "fault" && "bad",
      row.name === address().get("junction") && "chosen",
    ].filter(Boolean).join(" "),
  });
  devices = table(find("devices"), DEVICES, {
    sortKey: "devices",
    usual: "state:up",
    rowClass: (row) => (deviceState(row) === "online" ? "" : "bad"),
  });
  find("search").addEventListener("input", () => draw());
  find("log-lamps").addEventListener("change", () => draw());
  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
    if (event.key !== "/" || typing || find("dialog").open) return;
    event.preventDefault();
    find("search").focus();
  });
}

/** Shows what is known now. */
export function draw() {
  const wanted = find("search").value.trim().toLowerCase();
  const rows = [...model.junctions.values()];
  junctions.draw(rows.filter((row) => row.name.toLowerCase().includes(wanted)));
  devices.draw([...model.devices.values()]);
  drawLog();
}

function chooser(cell, row) {
  const button = cell.firstChild ?? cell.appendChild(el("button", {
    type: "button",
    class: "link",
    onclick: () => setAddress("junction", cell.textContent),
  }));
  say(button, row.name);
  mark(button, "aria-pressed", row.name === address().get("junction"));
}

function source(cell, row) {
  if (cell.dataset.source === row.source) return;
  cell.dataset.source = row.source;
  cell.replaceChildren(sourcePicture(row.source), ` ${named("source", row.source)}`);
}

const JUNCTIONS = [
  { key: "name", text: "col_name", value: (row) => row.name, show: chooser },
  { key: "source", text: "col_source", value: (row) => row.source, show: source },
  { key: "stage", text: "col_stage", number: true, value: (row) => row.stage, show: (c, r) => figure(c, r.stage) },
  { key: "next", text: "col_next", number: true, value: (row) => row.next, show: (c, r) => figure(c, r.next) },
  { key: "elapsed", text: "col_elapsed", number: true, value: (row) => row.elapsed_s, show: (c, r) => figure(c, r.elapsed_s, 1) },
  { key: "queue", text: "col_queue", number: true, value: (row) => row.queue_vehicles, show: (c, r) => figure(c, r.queue_vehicles) },
  { key: "lease", text: "col_lease", number: true, value: (row) => row.lease_left_s, show: (c, r) => figure(c, r.lease_left_s, 1) },
  { key: "age", text: "col_age", number: true, value: (row) => age(row), show: showAge },
  { key: "reason", text: "col_reason", wide: true, value: (row) => row.reason, show: (c, r) => say(c, r.reason) },
];

function showAge(cell, row) {
  const seconds = age(row);
  if (seconds === null) say(cell, t("never"));
  else if (stale(row)) say(cell, `${t("stale")} ${seconds.toFixed(0)}`);
  else say(cell, seconds.toFixed(1));
}

const STATES = ["offline", "open", "identifying", "online"];

const DEVICES = [
  { key: "name", text: "col_device", value: (row) => row.name, show: (c, r) => say(c, r.name) },
  { key: "state", text: "col_state", value: (row) => STATES.indexOf(deviceState(row)), show: showState },
  { key: "line", text: "col_line", value: (row) => row.line ?? "", show: (c, r) => say(c, `${r.line ?? "–"} · ${r.unit ?? "–"}`) },
  { key: "requests", text: "col_requests", number: true, value: (row) => row.requests, show: (c, r) => figure(c, r.requests) },
  { key: "failures", text: "col_failures", number: true, value: (row) => row.failures, show: (c, r) => figure(c, r.failures) },
  { key: "age", text: "col_last_answer", number: true, value: (row) => age(row), show: (c, r) => (age(r) === null ? say(c, t("never")) : figure(c, age(r), 1)) },
  { key: "failure", text: "col_last_failure", wide: true, value: (row) => row.last_failure ?? "", show: (c, r) => say(c, r.last_failure ?? "–") },
];

function showState(cell, row) {
  const state = deviceState(row);
  say(cell, `${state === "online" ? "●" : state === "identifying" ? "◐" : "✕"} ${named("state", state)}`);
  mark(cell, "data-state", state);
}

let logged = "";

function drawLog() {
  const lamps = find("log-lamps").checked;
  const events = model.events.filter((event) => lamps || event.kind !== "aspect").slice(0, 100);
  const want = [language(), lamps, model.events.length, model.events[0]?.sequence, model.events[0]?.text].join();
  if (want === logged) return;
  logged = want;
  const node = find("log");
  const heads = ["col_time", "col_kind", "col_where", "col_text"];
  node.tHead.replaceChildren(el("tr", {}, ...heads.map((key) => el("th", { scope: "col" }, t(key)))));
  const clock = new Intl.DateTimeFormat("sv-SE", {
    timeZone: model.state?.site.time_zone, hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  const rows = events.map((event) => el("tr", { class: event.safety ? "safety" : null },
    el("td", {}, el("time", { datetime: event.utc ?? "" }, event.utc ? clock.format(new Date(event.utc)) : "–")),
    el("td", {}, named("kind", event.kind)),
    el("td", {}, event.junction ?? event.device ?? "–"),
    el("td", { class: "wide" }, event.text)));
  if (rows.length === 0) rows.push(el("tr", {}, el("td", { colspan: 4 }, t("none_found"))));
  node.tBodies[0].replaceChildren(...rows);
}
