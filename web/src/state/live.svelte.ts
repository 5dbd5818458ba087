// What the page knows: the newest state of each junction and device, and how old it is.

import type {
  AlarmDto, ChangeDto, DeviceDto, EventDto, JunctionDto, NetworkDto, NodeDto, StateDto, TimeDto, WhoDto,
} from "../api/types.js";

/** Beyond this age the daemon itself demands nothing any more: three polls were missed. */
export const STALE_S = 3.5;
/** The stream says something five times a second; silent for so long, the link is lost. */
export const SILENT_MS = 3000;
/** Events that are kept of what is heard. */
const EVENTS_MAX = 400;
/** Delays of pictures that are kept to say how far behind the page is. */
const DELAYS_MAX = 500;

/** The roles that may operate. */
const OPERATE: readonly string[] = ["operate", "engineer", "administer"];

/** A row, and the daemon's clock when it was sent. */
export type Sent<T> = T & { sent_s: number };
export type Junction = Sent<JunctionDto>;
export type Device = Sent<DeviceDto>;
export type LinkState = "opening" | "live" | "lost";

/** A gap in the events that are shown. */
export interface Gap { from: number; to: number; kept: boolean }

class Live {
  state = $state.raw<StateDto | null>(null);
  network = $state.raw<NetworkDto | null>(null);
  who = $state.raw<WhoDto | null>(null);
  alarms = $state.raw<AlarmDto[]>([]);
  needsToken = $state(false);
  gap = $state.raw<Gap | null>(null);
  // What changes seldom is derived: who only asks for it is not woken by every picture.
  readonly mayOperate = $derived(OPERATE.includes(this.who?.role ?? ""));
  readonly zone = $derived(this.state?.site.time_zone ?? "UTC");
  readonly epoch = $derived(this.state?.site.epoch ?? 0);
  #frame = $state(0);
  #junctions = new Map<string, Junction>();
  #devices = new Map<string, Device>();
  #events: EventDto[] = [];
  #clock_s = 0;
  #heard_ms = -Infinity;
  #delays: number[] = [];

  /** Shows what is known again: ages grow by themselves. */
  beat(): void { this.#frame += 1; }

  takeState(state: StateDto): void {
    this.#junctions = new Map(state.junctions.map((row) => [row.name, { ...row, sent_s: state.time.clock_s }]));
    this.#devices = new Map(state.devices.map((row) => [row.name, { ...row, sent_s: state.time.clock_s }]));
    this.state = state;
    this.#hear(state.time);
  }

  takeChange(change: ChangeDto): void {
    const state = this.state;
    if (!state) return;
    for (const row of change.junctions ?? []) this.#junctions.set(row.name, { ...row, sent_s: change.time.clock_s });
    for (const row of change.devices ?? []) this.#devices.set(row.name, { ...row, sent_s: change.time.clock_s });
    const { mode, counters, store } = change;
    this.state = {
      ...state, time: change.time, ...(mode && { mode }), ...(counters && { counters }), ...(store && { store }),
    };
    this.#hear(change.time);
  }

  takeEvent(event: EventDto): void {
    if (this.#events.some((known) => known.sequence === event.sequence)) return;
    const all = [event, ...this.#events].sort((a, b) => b.sequence - a.sequence);
    this.#events = all.slice(0, EVENTS_MAX);
    this.beat();
  }

  #hear(time: TimeDto): void {
    this.#clock_s = time.clock_s;
    this.#heard_ms = performance.now();
    this.#delays.push(Date.now() - Date.parse(time.utc));
    if (this.#delays.length > DELAYS_MAX) this.#delays.shift();
    this.beat();
  }

  /** How long nothing was heard, milliseconds. */
  silence(): number {
    void this.#frame;
    return performance.now() - this.#heard_ms;
  }

  /** How the link is. */
  link(): LinkState {
    if (this.silence() < SILENT_MS) return "live";
    return this.state ? "lost" : "opening";
  }

  /** How far behind the daemon's pictures are here, milliseconds; only where its clock runs as ours. */
  delay(share: number): number | null {
    if (this.state?.speed !== 1 || this.#delays.length === 0) return null;
    const sorted = [...this.#delays].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  }

  junctions(): Junction[] { void this.#frame; return [...this.#junctions.values()]; }
  junction(name: string): Junction | null { void this.#frame; return this.#junctions.get(name) ?? null; }
  devices(): Device[] { void this.#frame; return [...this.#devices.values()]; }
  events(): EventDto[] { void this.#frame; return this.#events; }

  /** The daemon's clock now, carried on while nothing is heard. */
  clock_s(): number { return this.#clock_s + (this.silence() / 1000) * (this.state?.speed ?? 1); }

  /** The age of a row's data, seconds; `null` where there never were any. */
  age(row: { age_s: number | null; sent_s: number }): number | null {
    return row.age_s === null ? null : row.age_s + Math.max(0, this.clock_s() - row.sent_s);
  }

  /** Whether a row's data are too old to be shown as if they were live. */
  stale(row: { age_s: number | null; sent_s: number }): boolean {
    const age = this.age(row);
    return this.link() !== "live" || age === null || age > STALE_S;
  }

  /** The time in the stage or transition now, seconds: carried on from when it was read. */
  elapsed(row: Junction): number | null {
    return row.elapsed_s === null ? null : row.elapsed_s + (this.age(row) ?? 0);
  }

  /** The node of the network with the signals of a junction. */
  node(name: string): NodeDto | null {
    return this.network?.junctions.find((node) => node.name === name) ?? null;
  }

}

export const live = new Live();

/** How a device is shown: a line that is down is worse than a state that says so. */
export const deviceState = (row: DeviceDto): string => (row.connected ? row.state : "offline");
