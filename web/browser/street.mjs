// A virtual street and the production daemon on it, as `greenwave demo` starts them.

import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const BINARY = process.env.GREENWAVE_BINARY ?? fileURLToPath(new URL("../../target/debug/greenwave", import.meta.url));
/** A machine under load starts two processes in far less. */
const START_MS = 60_000;

/** Starts a street; its address, and what ends it. */
export async function street(words = []) {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is not there: cargo build makes it`);
  const demo = spawn(BINARY, ["demo", "--listen", "127.0.0.1:0", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the demo did not start: ${said}`)), START_MS);
    const hear = (chunk) => {
      said += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (found) {
        clearTimeout(timer);
        resolve(found[0]);
      }
    };
    demo.stdout.on("data", hear);
    demo.stderr.on("data", hear);
    demo.on("exit", (code) => reject(new Error(`the demo ended with ${code}: ${said}`)));
  });
  const over = new Promise((resolve) => demo.on("exit", resolve));
  const daemon = () => Number(execFileSync("pgrep", ["--parent", String(demo.pid), "--full", "daemon --with-parent"], { encoding: "utf8" }));
  return {
    url,
    /** The daemon stands still, as on a machine that hangs. */
    freeze: () => process.kill(daemon(), "SIGSTOP"),
    /** It goes on. */
    thaw: () => process.kill(daemon(), "SIGCONT"),
    end: async () => {
      demo.kill("SIGINT");
      await over;
    },
  };
}
