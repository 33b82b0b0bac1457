/**
 * Simulates a farm that powers up at one moment, with jitter and without: prints what came of it (`--json` for programs), and
 * draws it as docs/farm-power-up.svg or where `--svg FILE` says. Bundled first, for Node.js 20 does not read TypeScript.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const bundle = join(root, "node_modules/.cache/sim-farm.mjs");
const contents = `
export { runHerd } from "./src/lab/herd/herd.ts";
export { figuresOf, renderFigures } from "./src/lab/herd/herd-figures.ts";
export { herdPicture } from "./src/lab/herd/herd-picture.ts";
`;
await build({
  ...{ absWorkingDir: root, stdin: { contents, resolveDir: root }, outfile: bundle },
  ...{ bundle: true, platform: "node", format: "esm", packages: "external", logLevel: "warning" },
}).catch(() => process.exit(1)); // esbuild has said why.
const { runHerd, figuresOf, renderFigures, herdPicture } = await import(pathToFileURL(bundle).href);

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "10000" },
    rate: { type: "string", default: "50" },
    "retry-after": { type: "string", default: "0" },
    minutes: { type: "string", default: "70" },
    seed: { type: "string", default: "1" },
    svg: { type: "string", default: join(root, "docs/farm-power-up.svg") },
    json: { type: "boolean", default: false },
  },
});
const numberOf = (key, least) => {
  const number = Number(values[key]);
  if (Number.isSafeInteger(number) && number >= least) return number;
  console.error(`--${key} ${values[key]}: expected a whole number, ${least} or more`);
  process.exit(64);
};
const plan = {
  ...{
    nodes: numberOf("nodes", 1),
    ratePerSecond: numberOf("rate", 1),
    retryAfterMs: numberOf("retry-after", 0) * 1_000,
  },
  ...{ minutes: numberOf("minutes", 1), seed: numberOf("seed", 0) },
};
const runs = [];
for (const hasJitter of [true, false]) runs.push(await runHerd({ ...plan, hasJitter }));
const figures = runs.map((run) => figuresOf(plan, run));
await writeFile(values.svg, herdPicture(plan, runs));
console.log(values.json ? JSON.stringify({ plan, runs: figures }) : renderFigures(plan, figures).join("\n"));
