/** Generates docs/statecharts/ from the machines. Node.js 20 does not read TypeScript: what generates is bundled first. */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = join(root, "docs/statecharts");
const bundle = join(root, "node_modules/.cache/statecharts.mjs");

await build({
  absWorkingDir: root,
  stdin: {
    contents: 'export * from "./src/inspect/documents.ts"; export { defaultSettings } from "./src/config.ts";',
    resolveDir: root,
  },
  outfile: bundle,
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  logLevel: "warning",
}).catch(() => process.exit(1)); // esbuild has said why.

const { documents, defaultSettings } = await import(pathToFileURL(bundle).href);
const files = documents(defaultSettings);
await mkdir(target, { recursive: true });
for (const name of await readdir(target)) if (!files.has(name)) await rm(join(target, name));
for (const [name, text] of files) await writeFile(join(target, name), text);
console.log(`docs/statecharts: ${files.size} files`);
