// The words of the page. Numbers and the daemon's own sentences (reasons, events) are shown as they
// come.

import { settings } from "../state/settings.svelte.js";
import en from "./en.json";
import zh from "./zh.json";

export type Key = keyof typeof en;

const WORDS: Record<"en" | "zh", Record<string, string>> = { en, zh };

/** The words for a key, with `{name}` replaced by what `values` has. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text = WORDS[settings.language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The words for a member of a list that may grow: the name itself where there are none yet. */
export function named(list: string, name: string): string {
  return WORDS[settings.language][`${list}_${name}`] ?? name;
}

/** A span of time for people: seconds up to two minutes, then minutes, hours, days. */
export function span(seconds: number | null): string {
  if (seconds === null) return t("never");
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** A figure with so many digits behind the point, or a dash where it is not known. */
export function figure(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined ? "–" : value.toFixed(digits);
}

/** The clock of a time of the site, as `19:08:10`. */
export function clock(utc: string, zone: string): string {
  const parts = { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat("sv-SE", parts).format(new Date(utc));
}

/** The date and clock of a time of the site, as `2026-11-18 19:08:10`. */
export function moment(utc: string, zone: string): string {
  const parts = {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit",
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  } as const;
  return new Intl.DateTimeFormat("sv-SE", parts).format(new Date(utc));
}
