// The answer of a what-if, as the simulation writes it.

export interface JunctionFigures { name: string; time_h: number; delay_h: number; mean_queue: number; max_queue: number }

export interface Figures {
  due: number;
  finished: number;
  mean_travel_time_s: number;
  mean_delay_s: number;
  mean_queue: number;
  violations: number;
  junctions: JunctionFigures[];
}

export interface ComparisonDto {
  seconds: number;
  seeds: number;
  today: Figures;
  changed: Figures;
  difference: Figures;
  travel_time_difference_s: [number, number];
  notes: string[];
}

/** What is compared: where less is better, more is worse. */
export const MEASURES = [
  ["mean_travel_time_s", "less"], ["mean_delay_s", "less"], ["mean_queue", "less"], ["finished", "more"],
  ["due", "none"], ["violations", "less"],
] as const;

/** Whether a difference is for the better. */
export function verdict(difference: number, good: "less" | "more" | "none", of: number): "better" | "worse" | "same" {
  if (good === "none" || Math.abs(difference) <= Math.abs(of) * 0.005) return "same";
  return (difference < 0) === (good === "less") ? "better" : "worse";
}
