// Files that are taken along.

import type { EventDto } from "../api/types.js";

/** Gives the browser a file to keep. */
export function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** Events as comma-separated values, with a head; whatever holds a comma is quoted (RFC 4180). */
export function toCsv(events: EventDto[]): string {
  const rows = events.map((event) => [
    event.sequence, event.utc, event.kind, event.junction, event.device, event.indiana?.code, event.indiana?.parameter,
    event.safety, event.text,
  ]);
  const head = ["sequence", "utc", "kind", "junction", "device", "indiana_code", "indiana_parameter", "safety", "text"];
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

function cell(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  // A table program would take such a beginning for a formula.
  const plain = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
