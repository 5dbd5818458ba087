// What the page knows: the newest state of each junction and device, and how old it is.

/** Beyond this age the daemon itself demands nothing any more: three polls were missed. */
export const STALE_S = 3.5;
/** The stream says something five times a second; silent for so long, the link is lost. */
export const SILENT_MS = 3000;
/** Events that are kept for the list. */
const EVENTS_MAX = 300;

export const model = {
  state: null,
  network: null,
  who: null,
  junctions: new Map(),
  devices: new Map(),
  events: [],
  /** The daemon's clock when it was last heard, and when that was here. */
  clock_s: 0,
  heard_ms: -Infinity,
};

/** Takes the whole state. */
export function takeState(state) {
  model.state = state;
  model.junctions = new Map(state.junctions.map((row) => [row.name, keep(row, state.time)]));
  model.devices = new Map(state.devices.map((row) => [row.name, keep(row, state.time)]));
  hear(state.time);
}

/** Takes what has changed. */
export function takeChange(change) {
  if (!model.state) return;
  for (const row of change.junctions ?? []) model.junctions.set(row.name, keep(row, change.time));
  for (const row of change.devices ?? []) model.devices.set(row.name, keep(row, change.time));
  for (const name of ["mode", "counters", "store"]) {
    if (change[name] !== undefined) model.state[name] = change[name];
  }
  model.state.time = change.time;
  hear(change.time);
}

/** Takes an event of the log, newest first. */
export function takeEvent(event) {
  if (event.sequence && model.events.some((known) => known.sequence === event.sequence)) return;
  model.events.unshift(event);
  model.events.length = Math.min(model.events.length, EVENTS_MAX);
}

function keep(row, time) {
  return { ...row, sent_s: time.clock_s };
}

function hear(time) {
  model.clock_s = time.clock_s;
  model.heard_ms = performance.now();
}

/** How long nothing was heard, milliseconds. */
export const silence = () => performance.now() - model.heard_ms;

/** Whether the link is alive. */
export const live = () => silence() < SILENT_MS;

/** The daemon's clock now, carried on while nothing is heard. */
function now_s() {
  return model.clock_s + (silence() / 1000) * (model.state?.speed ?? 1);
}

/** The age of a row's data, seconds; `null` where there never were any. */
export const age = (row) => (row.age_s === null ? null : row.age_s + now_s() - row.sent_s);

/** Whether a row's data are too old to be shown as if they were live. */
export function stale(row) {
  const seconds = age(row);
  return !live() || seconds === null || seconds > STALE_S;
}

/** How a device is shown: a line that is down is worse than a state that says so. */
export const deviceState = (row) => (row.connected ? row.state : "offline");

/** The signals of a junction, from the network. */
export function signals(name) {
  const node = model.network?.junctions.find((junction) => junction.name === name);
  return node?.signals ?? null;
}

/** The newest row of the junction that the address names. */
export const selected = () => model.junctions.get(address().get("junction")) ?? null;

/** What the address says: the page can be sent to somebody else as it is. */
export const address = () => new URLSearchParams(location.hash.slice(1));

/** Changes one thing that the address says. */
export function setAddress(name, value) {
  const all = address();
  if (value === null || value === "") all.delete(name);
  else all.set(name, value);
  history.replaceState(null, "", `#${all}`);
  dispatchEvent(new Event("hashchange"));
}
