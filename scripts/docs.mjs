/**
 * Generates what documentation takes from the code: docs/statecharts/ from the machines, docs/status.schema.json from the
 * schema of the status and docs/farm.schema.json from that of farm files, the README's table from the lab's layouts,
 * docs/scenarios.md from its scenarios, docs/reach.md from who may reach whom, farms/README.md from the farm files. Node.js 20 does not read TypeScript: what
 * generates is bundled first.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { parse } from "yaml";

const root = fileURLToPath(new URL("..", import.meta.url));
const bundle = join(root, "node_modules/.cache/docs.mjs");

const contents = `
export { allPictures, documents } from "./src/inspect/drawing/documents.ts";
export { defaultSettings } from "./src/config/load.ts";
export { statusJsonSchema } from "./src/program/status-json-schema.ts";
export { farmsPage } from "./src/lab/farm-files/farms-page.ts";
export { farmJsonSchema } from "./src/lab/farm-files/farm-json-schema.ts";
export { withTable } from "./src/lab/running/run-table.ts";
export { layouts } from "./src/lab/layouts/catalogue.ts";
export { scenariosPage } from "./src/lab/running/scenario-table.ts";
export { reachPage } from "./src/policy/reach-page.ts";
export { scenarios } from "./src/lab/scenarios/catalogue.ts";
`;
await build({
  absWorkingDir: root,
  stdin: { contents, resolveDir: root },
  outfile: bundle,
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  logLevel: "warning",
}).catch(() => process.exit(1)); // esbuild has said why.

const {
  allPictures,
  documents,
  defaultSettings,
  statusJsonSchema,
  farmJsonSchema,
  farmsPage,
  withTable,
  layouts,
  scenariosPage,
  scenarios,
  reachPage,
} = await import(pathToFileURL(bundle).href);

const target = join(root, "docs/statecharts");
const files = documents(defaultSettings, allPictures());
await mkdir(target, { recursive: true });
for (const name of await readdir(target)) if (!files.has(name)) await rm(join(target, name));
for (const [name, text] of files) await writeFile(join(target, name), text);
console.log(`docs/statecharts: ${files.size} files`);

await writeFile(join(root, "docs/status.schema.json"), statusJsonSchema());
console.log("docs/status.schema.json");

await writeFile(join(root, "docs/farm.schema.json"), farmJsonSchema());
console.log("docs/farm.schema.json");

const readme = join(root, "README.md");
await writeFile(readme, withTable(await readFile(readme, "utf8"), layouts));
console.log(`README.md: ${layouts.length} layouts`);

await writeFile(join(root, "docs/scenarios.md"), scenariosPage(scenarios));
console.log(`docs/scenarios.md: ${scenarios.length} scenarios`);

await writeFile(join(root, "docs/reach.md"), reachPage());
console.log("docs/reach.md");

const farms = join(root, "farms");
const farmFiles = (await readdir(farms)).filter((name) => name.endsWith(".yaml")).toSorted();
const listed = await Promise.all(
  farmFiles.map(async (file) => {
    const { summary, site } = parse(await readFile(join(farms, file), "utf8"));
    return { name: file.replace(/\.yaml$/, ""), summary, site };
  }),
);
await writeFile(join(farms, "README.md"), farmsPage(listed));
console.log(`farms/README.md: ${listed.length} farms`);
