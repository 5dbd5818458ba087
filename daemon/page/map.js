// The map: roads as they lie, north up; at each junction who controls it, its stage, its queue, and
// a lamp for each way off each approach.

import { find, svg, say, mark } from "./dom.js";
import { model, stale, age, address, setAddress } from "./model.js";
import { comesFrom, heading, lamp, sourceSign } from "./lamps.js";
import { named, span, t, language } from "./text.js";

/** Room around the signalised junctions, pixels: roads lead out of the picture in it. */
const MARGIN = 74;
/** How far one can go in and out. */
const ZOOM_MAX = 12;
const ZOOM_MIN = 0.5;
/** A single junction is not drawn larger by itself, pixels a metre. */
const SCALE_MAX = 1;
/** From the middle of a junction to the lamps of an approach, and from lamp to lamp, pixels. */
const LAMPS_AT = 24;
const LAMP_STEP = 10;

const view = { network: null, language: "", zoom: 1, x: 0, y: 0, width: 0, height: 0, rows: new Map() };

/** Takes the wheel, the buttons, and being dragged. */
export function begin() {
  const map = find("map");
  find("zoom-in").addEventListener("click", () => zoom(1.4));
  find("zoom-out").addEventListener("click", () => zoom(1 / 1.4));
  find("zoom-fit").addEventListener("click", () => { Object.assign(view, { zoom: 1, x: 0, y: 0 }); layout(); });
  map.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2);
  }, { passive: false });
  let held = null;
  map.addEventListener("pointerdown", (event) => { held = [event.clientX - view.x, event.clientY - view.y]; });
  addEventListener("pointerup", () => { held = null; });
  addEventListener("pointermove", (event) => {
    if (!held) return;
    [view.x, view.y] = [event.clientX - held[0], event.clientY - held[1]];
    layout();
  });
  new ResizeObserver(layout).observe(map);
}

/** Draws what is known now. */
export function draw() {
  if (!model.network || !model.state) return;
  if (view.network !== model.network || view.language !== language()) layout();
  const chosen = address().get("junction");
  for (const [name, parts] of view.rows) {
    const row = model.junctions.get(name);
    if (row) paint(parts, row, name === chosen);
  }
}

function zoom(by) {
  view.zoom = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, view.zoom * by));
  layout();
}

/** Lays everything out anew: another network, size, or part of the map. */
function layout() {
  const map = find("map");
  const { width, height } = map.getBoundingClientRect();
  view.network = model.network;
  view.language = language();
  view.rows.clear();
  map.replaceChildren();
  if (!view.network || width === 0) return;
  const place = projection(view.network, width, height);
  mark(map, "viewBox", `0 0 ${width} ${height}`);
  const roads = svg("g", { class: "roads" });
  for (const link of view.network.links) roads.append(road(link, place));
  map.append(roads);
  const signalised = view.network.junctions.filter((junction) => junction.signals);
  const common = prefix(signalised.map((junction) => junction.name));
  for (const junction of signalised) {
    const parts = marker(junction, place, junction.name.slice(common));
    view.rows.set(junction.name, parts);
    map.append(parts.group);
  }
  draw();
}

function projection(network, width, height) {
  const shown = network.junctions.filter((junction) => junction.signals);
  const xs = shown.map((junction) => junction.x_m);
  const ys = shown.map((junction) => junction.y_m);
  const [west, east, south, north] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const room = (size, length) => (size - 2 * MARGIN) / (length || 1);
  const scale = Math.max(1e-3, Math.min(room(width, east - west), room(height, north - south), SCALE_MAX)) * view.zoom;
  return (x, y) => [
    width / 2 + view.x + (x - (west + east) / 2) * scale,
    height / 2 + view.y - (y - (south + north) / 2) * scale,
  ];
}

function road(link, place) {
  const points = link.points_m.map(([x, y]) => place(x, y));
  const [[ax, ay], [bx, by]] = [points[0], points.at(-1)];
  const length = Math.hypot(bx - ax, by - ay) || 1;
  // Each direction on its own side of the middle: traffic keeps to the right.
  const [dx, dy] = [(-(by - ay) / length) * 3, ((bx - ax) / length) * 3];
  const text = points.map(([x, y]) => `${(x + dx).toFixed(1)},${(y + dy).toFixed(1)}`).join(" ");
  return svg("polyline", { points: text });
}

/** How many letters all names begin with, up to a sign between words: the map need not repeat them. */
function prefix(names) {
  if (names.length < 2) return 0;
  const [first, ...others] = names;
  let length = 0;
  while (length < first.length && others.every((name) => name[length] === first[length])) length += 1;
  return first.slice(0, length).search(/[_\-. ][^_\-. ]*$/) + 1;
}

function marker(junction, place, short) {
  const [x, y] = place(junction.x_m, junction.y_m);
  const lamps = svg("g");
  const sign = svg("g", { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
  const at = (dx, dy, class_) => svg("text", { x: (x + dx).toFixed(1), y: (y + dy).toFixed(1), class: class_ });
  const [stage, queue, name, title] = [at(33, -8, "stage"), at(33, 17, "queue"), at(-10, 39, "name"), svg("title")];
  say(name, short);
  const ring = svg("circle", { class: "ring", cx: x.toFixed(1), cy: y.toFixed(1), r: 17 });
  const group = svg("g", { class: "junction" }, title, ring, lamps, sign, stage, queue, name);
  group.addEventListener("click", () => setAddress("junction", junction.name));
  return { group, lamps, sign, stage, queue, title, heads: heads(junction, x, y), shown: "", source: "" };
}

/** Where the lamps of each approach are: side by side as the driver sees them. */
function heads(junction, x, y) {
  const all = [];
  for (const [id, ways] of byLink(junction.signals.approaches)) {
    const from = comesFrom(view.network.links[id]);
    const right = [from[1], -from[0]];
    const order = ["u-turn", "left", "straight", "right"];
    const sorted = [...ways].sort((a, b) => order.indexOf(a.turn) - order.indexOf(b.turn));
    sorted.forEach(({ turn, group }, index) => {
      const aside = 6 + index * LAMP_STEP;
      const along = (axis) => from[axis] * LAMPS_AT + right[axis] * aside;
      const [ahead, leads] = [heading(from, "straight"), heading(from, turn)];
      all.push({ group, x: x + along(0), y: y + along(1), ahead, leads });
    });
  }
  return all;
}

function byLink(approaches) {
  const groups = new Map();
  for (const approach of approaches) {
    groups.set(approach.link, [...(groups.get(approach.link) ?? []), approach]);
  }
  return groups;
}

function paint(parts, row, chosen) {
  const old = stale(row);
  mark(parts.group, "class", `junction${old ? " stale" : ""}${chosen ? " chosen" : ""}`);
  if (parts.source !== row.source) {
    parts.sign.replaceChildren(sourceSign(row.source));
    parts.source = row.source;
  }
  const aspects = new Map(row.groups.map((group) => [group.name, group.aspect]));
  const shown = parts.heads.map((head) => (old ? "unknown" : aspects.get(head.group) ?? "unknown"));
  if (parts.shown !== shown.join()) {
    parts.shown = shown.join();
    parts.lamps.replaceChildren(...parts.heads.map((head, index) =>
      lamp(shown[index], head.x, head.y, head)));
  }
  const stage = row.stage ?? (row.next === null ? "–" : `→${row.next}`);
  say(parts.stage, old ? span(age(row)) : stage);
  say(parts.queue, row.queue_vehicles === null || old ? "" : `q ${row.queue_vehicles.toFixed(0)}`);
  const words = [row.name, named("source", row.source), `${t("stage")} ${stage}`, row.reason];
  say(parts.title, words.join(" · "));
}
