// The words of the page, in the language that the browser asks for or the reader has chosen.
// Numbers and the daemon's own sentences (reasons, events) are shown as they come.

const LANGUAGES = { en: "en", zh: "zh-Hans" };
let words = {};
let current = "en";

/** The language that is shown: "en" or "zh". */
export const language = () => current;

/** Loads the language that was chosen before, or that the browser asks for. */
export async function begin() {
  const asked = (navigator.languages ?? []).some((tag) => tag.startsWith("zh")) ? "zh" : "en";
  const kept = read("greenwave-language");
  await choose(kept in LANGUAGES ? kept : asked);
}

/** Changes to a language and puts its words into the page. */
export async function choose(name) {
  const answer = await fetch(`/page/text/${name}.json`);
  words = await answer.json();
  current = name;
  keep("greenwave-language", name);
  document.documentElement.lang = LANGUAGES[name];
  for (const node of document.querySelectorAll("[data-text]")) {
    node.textContent = t(node.dataset.text);
  }
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", t(node.dataset.label));
  }
  for (const node of document.querySelectorAll("[data-hint]")) {
    node.placeholder = t(node.dataset.hint);
  }
}

/** The words for `key`, with `{name}` replaced by what `values` has. */
export function t(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The words for a member of a list that may grow: the name itself where there are none yet. */
export const named = (list, name) => words[`${list}_${name}`] ?? name;

/** A span of time for people: seconds up to two minutes, then minutes, hours, days. */
export function span(seconds) {
  if (seconds === null) return t("never");
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

function read(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

function keep(name, value) {
  try { localStorage.setItem(name, value); } catch { /* a private window forgets it */ }
}
