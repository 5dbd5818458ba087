// The link to the daemon: one event stream a page. After a loss it goes on behind the last event that
// was shown.
//
//   opening ──▶ live ── an error, or silence ──▶ lost ── AGAIN_MS ──▶ opening
//      └── a token is needed ──▶ signing in ──▶ opening

import { api, Refused } from "../api/client.js";
import type { ChangeDto, EventDto, GapDto, StateDto } from "../api/types.js";
import { live } from "../state/live.svelte.js";

/** The stream is opened anew where the browser gives up by itself. */
const AGAIN_MS = 2000;
/** From one look at what has grown old to the next. */
const BEAT_MS = 250;
/** Alarms are asked for so often. */
const ALARMS_MS = 2000;
/** Events that are fetched at the start. */
const BEFORE = 200;

let source: EventSource | null = null;
let last: string | null = null;
let again: ReturnType<typeof setTimeout> | undefined;

/** Opens the stream, and looks after it. */
export function open(): void {
  void connect();
  setInterval(() => {
    live.beat();
    // A stream that hangs without an error is opened anew.
    if (source?.readyState === EventSource.OPEN && live.link() === "lost") later();
  }, BEAT_MS);
  setInterval(() => void lookForAlarms(), ALARMS_MS);
}

/** Closes the stream, as after signing out. */
export function close(): void {
  clearTimeout(again);
  source?.close();
  source = null;
}

/** Opens the stream anew, behind the last event that was shown. */
export async function connect(): Promise<void> {
  close();
  try {
    live.who = await api.session();
    live.needsToken = false;
  } catch (error) {
    if (error instanceof Refused && [401, 429].includes(error.status)) {
      live.needsToken = true;
      return;
    }
    later();
    return;
  }
  // A first stream shows only new events.
  source = new EventSource(`/api/v1/stream${last === null ? "" : `?after=${last}`}`);
  source.onerror = () => { if (source?.readyState === EventSource.CLOSED) later(); };
  listen<StateDto>("state", takeState);
  listen<ChangeDto>("change", (change) => live.takeChange(change));
  listen<EventDto>("event", (event) => live.takeEvent(event));
  listen<GapDto>("gap", (gap) => { live.gap = gap; });
}

function listen<T>(name: string, take: (data: T) => void): void {
  source?.addEventListener(name, (message: MessageEvent<string>) => {
    if (message.lastEventId !== "") last = message.lastEventId;
    take(JSON.parse(message.data) as T);
  });
}

function takeState(state: StateDto): void {
  const before = live.state;
  const isAnother = before?.site.epoch !== state.site.epoch || before.started_utc !== state.started_utc;
  live.takeState(state);
  if (isAnother || !live.network) void fetchNetwork();
  if (live.events().length === 0) void fetchEvents(state.store.last);
  void lookForAlarms();
}

function later(): void {
  close();
  again = setTimeout(() => void connect(), AGAIN_MS);
}

async function fetchNetwork(): Promise<void> {
  try { live.network = await api.network(); } catch { live.network = null; }
}

async function fetchEvents(until: number): Promise<void> {
  try {
    const page = await api.events({ after: Math.max(0, until - BEFORE), limit: BEFORE });
    const heard = [...live.events()].reverse();
    for (const event of [...page.events, ...heard]) live.takeEvent(event);
  } catch { /* the stream goes on without what was before */ }
}

/** Asks for the alarms now. */
export async function lookForAlarms(): Promise<void> {
  if (live.link() !== "live") return;
  try { live.alarms = (await api.alarms()).alarms; } catch { /* what was known stays, and the link says why */ }
}
