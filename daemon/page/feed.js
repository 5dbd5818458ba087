// The link to the daemon: one event stream a page. After a loss it goes on behind the last event
// that was shown.

import { model, takeChange, takeEvent, takeState, live } from "./model.js";
import { t } from "./text.js";

/** The stream is opened anew where the browser gives up by itself. */
const AGAIN_MS = 2000;
/** Events that are fetched for the list at the start. */
const BEFORE = 300;

let source = null;
let last = null;
let again = null;
let onSignIn = () => {};

/** Opens the stream; `signIn` is called where a token is needed. */
export function open(signIn) {
  onSignIn = signIn;
  connect();
}

/** Closes the stream for good, as after signing out. */
export function close() {
  clearTimeout(again);
  source?.close();
  source = null;
}

/** Asks the daemon for JSON; throws an `Error` with its own words where it refuses. */
export async function ask(method, path, body) {
  const headers = method === "GET" ? {} : { "content-type": "application/json" };
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const answer = await fetch(path, { method, headers, body: sent, cache: "no-store" });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({ detail: `HTTP ${answer.status}` }));
  const words = [problem.detail, ...(problem.mistakes ?? [])].join("\n");
  throw Object.assign(new Error(words), { status: answer.status });
}

async function connect() {
  close();
  try {
    model.who = await ask("GET", "/api/v1/session");
  } catch (error) {
    if (error.status === 401 || error.status === 429) return onSignIn();
    return later();
  }
  // Behind the last event that was shown; a first stream shows only new ones.
  source = new EventSource(`/api/v1/stream${last === null ? "" : `?after=${last}`}`);
  source.onerror = () => { if (source?.readyState === EventSource.CLOSED) later(); };
  listen("state", (state) => {
    const epoch = model.state?.site.epoch;
    const restarted = model.state && model.state.started_utc !== state.started_utc;
    takeState(state);
    if (epoch !== state.site.epoch || restarted || !model.network) fetchNetwork();
    if (model.events.length === 0) fetchEvents(state.store.last);
  });
  listen("change", takeChange);
  listen("event", takeEvent);
  listen("gap", (gap) => {
    const text = t(gap.kept ? "gap_kept" : "gap_gone", gap);
    takeEvent({ sequence: 0, utc: model.state?.time.utc, kind: "gap", text, safety: false });
  });
}

function listen(name, take) {
  source.addEventListener(name, (message) => {
    if (message.lastEventId !== "") last = message.lastEventId;
    take(JSON.parse(message.data));
  });
}

function later() {
  close();
  again = setTimeout(connect, AGAIN_MS);
}

/** A stream that hangs without an error is opened anew. */
export function watch() {
  if (source?.readyState === EventSource.OPEN && model.state && !live()) later();
}

async function fetchNetwork() {
  try { model.network = await ask("GET", "/api/v1/network"); } catch { model.network = null; }
}

async function fetchEvents(until) {
  try {
    const page = await ask("GET", `/api/v1/events?after=${Math.max(0, until - BEFORE)}&limit=${BEFORE}`);
    const shown = [...model.events];
    model.events.length = 0;
    for (const event of page.events) takeEvent(event);
    for (const event of shown.reverse()) takeEvent(event);
  } catch { /* the stream goes on without what was before */ }
}
