// What is drawn for who controls, and for a lamp. Shape and letter carry the meaning, colour repeats
// it: an arrow goes, a diamond closes, a bar stops, a ring is dark or not known.

import type { AspectName, SourceName } from "../api/types.js";

export const SOURCES: SourceName[] = ["adaptive", "coordinated", "local", "operator", "corridor", "fault"];

/** The outline of a source's sign, around the origin. */
export const SIGNS: Record<SourceName, string> = {
  fault: "M0 -12L12 9H-12Z",
  operator: "M-9 -9H9V9H-9Z",
  corridor: "M0 -12L12 0L0 12L-12 0Z",
  adaptive: "M10 0A10 10 0 1 1 -10 0A10 10 0 1 1 10 0Z",
  coordinated: "M-5.5 -9.5H5.5L11 0L5.5 9.5H-5.5L-11 0Z",
  local: "M-10 -4L-4 -10H4L10 -4V4L4 10H-4L-10 4Z",
};

/** The outline of a lamp of size 1 around the origin, pointing east. */
export function lampPath(aspect: AspectName | "unknown"): string {
  switch (aspect) {
    case "green":
    case "flashing-green":
      return "M-1.2 -0.35H0V-1L1.4 0L0 1V0.35H-1.2Z";
    case "yellow":
    case "red-yellow":
    case "flashing-yellow":
      return "M0 -1.1L1.1 0L0 1.1L-1.1 0Z";
    case "red":
      return "M-0.35 -0.95H0.35V0.95H-0.35Z";
    default:
      return "M0.75 0A0.75 0.75 0 1 1 -0.75 0A0.75 0.75 0 1 1 0.75 0Z";
  }
}
