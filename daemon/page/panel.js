// One junction: what it does, its stages as pictures, its lamps, and holding a stage.

import { el, find, mark, say } from "./dom.js";
import { ask } from "./feed.js";
import { age, live, model, selected, signals, stale } from "./model.js";
import { sourcePicture, stagePicture, wind } from "./lamps.js";
import { confirm, tell } from "./dialog.js";
import { language, named, span, t } from "./text.js";

/** The longest hold that the engine takes, seconds. */
const HOLD_MAX_S = 600;
/** The longest reason that the daemon takes, characters. */
const REASON_MAX = 200;

let built = "";
let parts = null;

/** Shows the chosen junction as it is now. */
export function draw() {
  const row = selected();
  const lights = row && signals(row.name);
  const may = model.who?.rights.includes("operate");
  const want = [row?.name, Boolean(lights), model.state?.site.epoch, model.state?.started_utc, language(), may].join();
  if (want !== built) {
    built = want;
    parts = row && lights ? build(row, lights, may) : null;
    if (!parts) find("panel").replaceChildren(el("p", { class: "hint" }, t("select_one")));
  }
  if (parts) paint(row, lights);
}

function build(row, lights, may) {
  const links = model.network.links;
  const facts = el("p", { class: "facts" });
  const reason = el("p", { class: "reason" });
  const stages = lights.stages.map((stage) => {
    const state = el("span", { class: "state" });
    const range = t("stage_range", { min: stage.min_green_s, max: stage.max_green_s });
    const words = stage.groups.map((group) => groupWords(group, lights, links)).join(", ");
    return el("li", { title: words },
      el("b", {}, `${stage.number}`), stagePicture(stage, lights, links), state,
      el("span", { class: "range number" }, range), el("span", { class: "unseen" }, words));
  });
  const lamps = lights.groups.map((group) => {
    const aspect = el("span", { class: "aspect" });
    return el("li", {}, aspect, el("span", {}, groupWords(group.name, lights, links)));
  });
  const title = el("h3", {}, el("span", { class: "sign-place" }), ` ${row.name}`);
  find("panel").replaceChildren(title, facts, reason,
    el("ol", { class: "stages" }, ...stages),
    el("h4", {}, t("lamps")), el("ul", { class: "lamps" }, ...lamps),
    may ? form(row.name, lights, links) : el("p", { class: "hint" }, t("view_only")));
  return { title, facts, reason, stages, lamps, source: "" };
}

function paint(row, lights) {
  const old = stale(row);
  mark(find("panel"), "class", old ? "stale" : null);
  if (parts.source !== row.source) {
    parts.source = row.source;
    parts.title.firstChild.replaceChildren(sourcePicture(row.source));
  }
  const doing = row.stage !== null
    ? t("in_stage", { n: row.stage, s: row.elapsed_s?.toFixed(1) ?? "–" })
    : row.next !== null ? t("in_transition", { n: row.next }) : t("unknown");
  const read = age(row) === null ? t("never_read") : t("link_age", { age: span(age(row)) });
  const facts = [named("source", row.source), doing, read];
  say(parts.facts, facts.join(" · "));
  say(parts.reason, row.reason);
  const aspects = new Map(row.groups.map((group) => [group.name, group.aspect]));
  parts.lamps.forEach((node, index) => {
    const aspect = old ? "unknown" : aspects.get(lights.groups[index].name) ?? "unknown";
    mark(node.firstChild, "data-aspect", aspect);
    say(node.firstChild, aspect === "unknown" ? t("unknown") : named("aspect", aspect));
  });
  parts.stages.forEach((node, index) => {
    const number = lights.stages[index].number;
    const state = old ? "" : number === row.stage ? "now" : number === row.next ? "next" : "";
    mark(node, "class", state || null);
    say(node.querySelector(".state"), state ? t(`stage_${state}`) : "");
  });
}

/** A group in words: where its traffic comes from and how it turns; else by its name. */
function groupWords(name, lights, links) {
  const ways = lights.approaches.filter((approach) => approach.group === name);
  const kind = lights.groups.find((group) => group.name === name)?.kind;
  if (ways.length === 0) return kind === "pedestrian" ? `${name} (${t("pedestrians")})` : name;
  const turns = [...new Set(ways.map((way) => named("turn", way.turn)))].join(" + ");
  const winds = [...new Set(ways.map((way) => t(`from_${wind(links[way.link])}`)))].join(" + ");
  return `${winds} ${turns}`;
}

function form(name, lights, links) {
  const option = (stage) => el("option", { value: stage.number },
    `${stage.number}: ${stage.groups.map((group) => groupWords(group, lights, links)).join(", ")}`);
  const stage = el("select", { id: "hold-stage" }, ...lights.stages.map(option));
  const seconds = el("input", { id: "hold-seconds", type: "number", min: 1, max: HOLD_MAX_S, value: 60, required: true });
  const reason = el("input", { id: "hold-reason", type: "text", maxlength: REASON_MAX, required: true, autocomplete: "off" });
  const label = (id, key, field) => el("p", { class: "field" }, el("label", { for: id }, t(key)), field);
  const release = el("button", { type: "button", class: "quiet", onclick: () => releaseHold(name) }, t("release_do"));
  const node = el("form", { class: "hold" },
    el("h4", {}, t("hold")),
    label("hold-stage", "hold_stage", stage),
    label("hold-seconds", "hold_seconds", seconds),
    label("hold-reason", "hold_reason", reason),
    el("p", { class: "buttons" }, el("button", { type: "submit" }, t("hold_do")), release));
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = { stage: Number(stage.value), seconds: Number(seconds.value), reason: reason.value.trim() };
    if (asked.reason === "") return reason.focus();
    return holdStage(name, asked);
  });
  return node;
}

const path = (name) => `/api/v1/junctions/${encodeURIComponent(name)}/hold`;

async function holdStage(name, asked) {
  const speed = model.state?.speed ?? 1;
  const end = new Date(Date.parse(model.state.time.utc) + asked.seconds * 1000);
  const clock = { timeZone: model.state.site.time_zone, hour: "2-digit", minute: "2-digit", second: "2-digit" };
  const until = new Intl.DateTimeFormat("sv-SE", clock).format(end) + (speed === 1 ? "" : ` (${t("speed_times", { n: speed })})`);
  const title = t("hold_question", { name, ...asked });
  if (!(await confirm(title, t("hold_words", { until, ...asked })))) return;
  await act(() => ask("POST", path(name), asked));
}

async function releaseHold(name) {
  const mode = named("mode", model.state?.mode);
  if (!(await confirm(t("release_question", { name }), t("release_words", { mode })))) return;
  await act(() => ask("DELETE", path(name)));
}

/** Does something and says what came of it. */
export async function act(what) {
  if (!live()) return tell(t("failed", { why: t("link_lost") }), true);
  try {
    const answer = await what();
    return tell(t("done", { what: answer?.done ?? "" }), false);
  } catch (error) {
    return tell(t("failed", { why: error.message }), true);
  }
}
