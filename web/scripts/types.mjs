// Writes src/api/types.ts from docs/openapi.json: what the daemon says, as types. A test holds the two
// against each other; `node scripts/types.mjs` writes the file anew.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FROM = fileURLToPath(new URL("../../docs/openapi.json", import.meta.url));
const TO = fileURLToPath(new URL("../src/api/types.ts", import.meta.url));

/** The text of the types for a description. */
export function typesOf(description) {
  const schemas = Object.entries(description.components.schemas);
  const parts = schemas.map(([name, schema]) => declaration(name, schema));
  return `// Made by scripts/types.mjs from docs/openapi.json. Not written by hand.\n\n${parts.join("\n")}`;
}

function declaration(name, schema) {
  const words = comment(schema.description, "");
  if (schema.type === "object" && schema.properties) return `${words}export interface ${name} ${body(schema, "")}\n`;
  return `${words}export type ${name} = ${type(schema, "")};\n`;
}

function body(schema, indent) {
  const needed = new Set(schema.required ?? []);
  const lines = Object.entries(schema.properties).map(([name, value]) => {
    // What may be null is always sent, and named as needed only where it cannot be.
    const isNullable = JSON.stringify(value).includes('"null"');
    const mark = needed.has(name) || isNullable ? "" : "?";
    return `${comment(value.description, `${indent}  `)}${indent}  ${name}${mark}: ${type(value, `${indent}  `)};`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function type(schema, indent) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  const either = schema.oneOf ?? schema.anyOf;
  if (either) return [...new Set(either.map((one) => type(one, indent)))].join(" | ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (Array.isArray(schema.type)) {
    return schema.type.map((one) => type({ ...schema, type: one }, indent)).join(" | ");
  }
  switch (schema.type) {
    case "integer":
    case "number":
      return "number";
    case "string":
      return "string";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array":
      return schema.prefixItems
        ? `[${schema.prefixItems.map((one) => type(one, indent)).join(", ")}]`
        : wrapped(schema, indent);
    case "object":
      return schema.properties ? body(schema, indent) : "Record<string, unknown>";
    default:
      return "unknown";
  }
}

function wrapped(schema, indent) {
  const inner = type(schema.items, indent);
  return inner.includes(" | ") ? `(${inner})[]` : `${inner}[]`;
}

function comment(text, indent) {
  return text ? `${indent}/** ${text.replace(/\s+/g, " ").trim()} */\n` : "";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(TO, typesOf(JSON.parse(readFileSync(FROM, "utf8"))));
}
