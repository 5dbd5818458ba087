import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

/** Packs every text file beside itself: the daemon sends it as it lies. */
function packed(folder: string) {
  return {
    name: "packed",
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true }) as string[]) {
        const file = join(folder, name);
        if (statSync(file).isFile() && /\.(js|css|html|svg|json)$/.test(name)) {
          writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
        }
      }
    },
  };
}

const proxy = { "/api": process.env["GREENWAVE_URL"] ?? "http://127.0.0.1:8080" };

export default defineConfig({
  base: "/page/",
  plugins: [svelte({ compilerOptions: { runes: true } }), packed("dist")],
  build: {
    target: "es2022",
    // A style or picture inside of a script would be refused by the page's own policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: { proxy },
  preview: { proxy },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
