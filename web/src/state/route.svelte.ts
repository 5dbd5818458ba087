// What the address says: the screen and what is chosen on it. The page can be sent to somebody else
// as it is, and going back goes back.

export const SCREENS = [
  "map", "junction", "alarms", "devices", "plans", "timespace", "performance", "events", "optimiser", "simulation",
] as const;
export type Screen = (typeof SCREENS)[number] | "bench";

/** What an address like `#/junction?name=a` says; one that cannot be read is the map. */
export function parse(hash: string): { screen: Screen; params: URLSearchParams } {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const known = [...SCREENS, "bench"].find((screen) => screen === path) as Screen | undefined;
  return { screen: known ?? "map", params: new URLSearchParams(query) };
}

/** The address of a screen with what is chosen on it. */
export function address(screen: Screen, params: Record<string, string> | URLSearchParams = {}): string {
  const query = new URLSearchParams(params).toString();
  return `#/${screen}${query === "" ? "" : `?${query}`}`;
}

class Route {
  #now = $state.raw(parse(typeof location === "undefined" ? "" : location.hash));

  constructor() {
    if (typeof addEventListener !== "undefined") {
      addEventListener("hashchange", () => { this.#now = parse(location.hash); });
    }
  }

  get screen(): Screen { return this.#now.screen; }

  /** What is chosen under this name; empty where nothing is. */
  get(name: string, usual = ""): string { return this.#now.params.get(name) ?? usual; }

  /** Chooses something on the screen that is shown: no step to go back to. */
  set(changes: Record<string, string | null>): void {
    const params = new URLSearchParams(this.#now.params);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === "") params.delete(name);
      else params.set(name, value);
    }
    history.replaceState(null, "", address(this.screen, params));
    this.#now = { screen: this.screen, params };
  }
}

export const route = new Route();
