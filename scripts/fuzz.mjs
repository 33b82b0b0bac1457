/**
 * Fuzzes every parser of what others say (test/fuzz/*.fuzz.ts), or those that are named, and prints what came of it.
 *
 * usage: fuzz.mjs [--seconds 60] [--seed 1] [--update] [TARGET…]   --update: keeps the smallest inputs that reach all
 *
 * Bundled first, for Node.js 20 does not read TypeScript; two at a time.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, "node_modules/.cache/fuzz");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    update: { type: "boolean", default: false },
  },
});
const files = (await readdir(join(root, "test/fuzz"))).filter((file) => file.endsWith(".fuzz.ts"));
const all = files.map((file) => basename(file, ".fuzz.ts"));
const targets = all.filter((name) => positionals.length === 0 || positionals.includes(name));
const hangMs = 30_000;
const mostBytes = 4_096;

process.chdir(root);
for (const name of targets) {
  const contents = `import { target } from "./test/fuzz/${name}.fuzz.ts"; import { work } from "./test/fuzz/engine.ts"; work(target);`;
  await build({
    ...{
      absWorkingDir: root,
      stdin: { contents, resolveDir: root },
      outfile: join(cache, `${name}.cjs`),
      bundle: true,
    },
    ...{ platform: "node", format: "cjs", logLevel: "error", define: { "import.meta.url": "fileUrl" } },
    banner: { js: 'const fileUrl = require("node:url").pathToFileURL(__filename).href;' },
  }).catch(() => process.exit(1)); // esbuild has said why.
}

console.log(
  `${"target".padEnd(18)}${"executions".padStart(12)}${"blocks".padStart(8)}${"corpus".padStart(8)}${"crashes".padStart(9)}`,
);
const waiting = [...targets];
let crashes = 0;
await Promise.all([0, 1].map(fuzzNext));
process.exitCode = crashes === 0 ? 0 : 1;

async function fuzzNext() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const outcome = await fuzz(name);
    crashes += outcome.crashes.length;
    const figures = [String(outcome.executions).padStart(12), String(outcome.blocks).padStart(8)];
    const counts = [String(outcome.corpus.length).padStart(8), String(outcome.crashes.length).padStart(9)];
    console.log([name.padEnd(18), ...figures, ...counts].join(""));
    for (const [index, { input, error }] of outcome.crashes.entries()) {
      const file = join(cache, `${name}-${index}.crash`);
      await writeFile(file, input);
      console.log(`  ${file}: ${error}`);
    }
    if (values.update && outcome.crashes.length === 0) await keep(name, outcome.corpus);
  }
}

async function fuzz(name) {
  const directory = join(root, "test/fuzz/corpus", name);
  const kept = await readdir(directory).catch(() => []);
  const corpus = await Promise.all(kept.toSorted().map((file) => readFile(join(directory, file))));
  const current = new SharedArrayBuffer(4 + mostBytes * 16);
  const bundle = join(cache, `${name}.cjs`);
  const seconds = Number(values.seconds);
  const worker = new Worker(bundle, {
    workerData: { bundle: `${name}.cjs`, seconds, seed: Number(values.seed), corpus, current },
  });
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(
      () => {
        const length = new DataView(current).getUint32(0);
        const crash = {
          input: Buffer.from(new Uint8Array(current, 4, length)),
          error: `it hangs, or takes more than ${hangMs} ms`,
        };
        void worker.terminate().then(() => resolve({ executions: 0, blocks: 0, corpus: [], crashes: [crash] }));
      },
      seconds * 1_000 + hangMs,
    );
    worker.once("message", (outcome) => {
      clearTimeout(deadline);
      void worker.terminate().then(() => resolve(outcome));
    });
    worker.once("error", reject);
  });
}

/** Replaces what was kept; names are of contents, so that the same is named the same. */
async function keep(name, corpus) {
  const directory = join(root, "test/fuzz/corpus", name);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const input of corpus) {
    const hash = createHash("sha1").update(input).digest("hex");
    await writeFile(join(directory, hash.slice(0, 12)), input);
  }
}
