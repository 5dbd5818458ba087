// What the daemon is asked, one function each. Whatever it refuses is thrown with its own words.

import type * as Api from "./types.js";

/** What the daemon would not do, in its own words. */
export class Refused extends Error {
  constructor(
    /** The HTTP status; 0 where nobody answered. */
    readonly status: number,
    /** Which of the closed list of problems it is. */
    readonly code: string,
    /** All mistakes, where there are several. */
    readonly mistakes: string[],
    detail: string,
  ) {
    super([detail, ...mistakes].join("\n"));
  }
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = method === "GET" ? {} : { "content-type": "application/json" };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, cache: "no-store", ...sent });
  } catch {
    throw new Refused(0, "no_answer", [], "the daemon does not answer");
  }
  if (answer.ok) return (answer.status === 204 ? null : await answer.json()) as T;
  const problem = (await answer.json().catch(() => ({}))) as { code?: string; detail?: string; mistakes?: string[] };
  throw new Refused(
    answer.status, problem.code ?? "unknown", problem.mistakes ?? [], problem.detail ?? `HTTP ${answer.status}`,
  );
}

const at = (name: string, what: string) => `/api/v1/junctions/${encodeURIComponent(name)}/${what}`;

/** What is asked of the event log. */
export interface EventsQuery {
  after: number;
  limit?: number;
  kind?: string;
  junction?: string;
}

export const api = {
  session: () => ask<Api.WhoDto>("GET", "/api/v1/session"),
  signIn: (shown: Partial<Api.SignInDto>) => ask<Api.WhoDto>("POST", "/api/v1/session", shown),
  makeFirst: (first: Api.FirstDto) => ask<Api.WhoDto>("POST", "/api/v1/session/first", first),
  signOut: () => ask<null>("DELETE", "/api/v1/session"),
  network: () => ask<Api.NetworkDto>("GET", "/api/v1/network"),
  plans: () => ask<Api.PlansDto>("GET", "/api/v1/plans"),
  alarms: () => ask<Api.AlarmsDto>("GET", "/api/v1/alarms"),
  lanes: (junction: string) => ask<Api.LanesDto>("GET", at(junction, "lanes")),
  events: (query: EventsQuery) => {
    const words = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
    return ask<Api.EventsDto>("GET", `/api/v1/events?${new URLSearchParams(words.map(([k, v]) => [k, String(v)]))}`);
  },
  hold: (junction: string, asked: Api.HoldDto) => ask<Api.DoneDto>("POST", at(junction, "hold"), asked),
  release: (junction: string) => ask<Api.DoneDto>("DELETE", at(junction, "hold")),
  selectPlan: (junction: string, asked: Api.SelectPlanDto) => ask<Api.DoneDto>("POST", at(junction, "plan"), asked),
  setMode: (mode: Api.ModeName) => ask<Api.DoneDto>("PUT", "/api/v1/mode", { mode }),
  reload: () => ask<Api.DoneDto>("POST", "/api/v1/reload", {}),
  acknowledge: (id: number, comment: string) =>
    ask<Api.DoneDto>("POST", `/api/v1/alarms/${id}/acknowledge`, { comment }),
  suspend: (id: number, seconds: number, reason: string) =>
    ask<Api.DoneDto>("POST", `/api/v1/alarms/${id}/suspend`, { seconds, reason }),
  askWhatIf: (asked: Api.WhatIfDto) => ask<Api.TakenDto>("POST", "/api/v1/what-if", asked),
  whatIf: (id: number) => ask<Api.ProgressDto>("GET", `/api/v1/what-if/${id}`),
  endWhatIf: (id: number) => ask<Api.ProgressDto>("DELETE", `/api/v1/what-if/${id}`, {}),
};
