// Groups and stages in words: where their traffic comes from and how it turns; else by their names.

import type { NodeDto } from "../../api/types.js";
import { named, t } from "../../text/text.svelte.js";
import { serves, type Arm, type Way } from "./geometry.js";

export function groupWords(group: string, node: NodeDto, all: Way[], of: Arm[]): string {
  const served = serves(group, all, of);
  if (served.length === 0) {
    const kind = node.signals?.groups.find((one) => one.name === group)?.kind;
    return kind === "pedestrian" ? `${group} (${t("pedestrians")})` : group;
  }
  const winds = [...new Set(served.map((one) => named("from", one.wind)))].join(" + ");
  const turns = [...new Set(served.map((one) => named("turn", one.turn)))].join(" + ");
  return `${winds} ${turns}`;
}
