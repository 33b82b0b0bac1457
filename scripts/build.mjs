/**
 * Bundles the program into one file, dist/program.cjs: reading one file starts twice as fast as resolving some hundred,
 * and a node needs nothing but Node.js and that file (and the scripts that DHCP clients call) to boot. dist/zos-boot.mjs starts it,
 * with what V8 of this Node.js has compiled of it.
 */
import { spawnSync } from "node:child_process";
import { chmod, copyFile, mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { pageAssets } from "./page-assets.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const outDir = join(root, "dist");

const common = {
  absWorkingDir: root,
  outdir: outDir,
  bundle: true,
  write: false,
  platform: "node",
  target: "node20",
  charset: "ascii", // Read as one byte a character.
  minifyWhitespace: true,
  lineLimit: 200,
  logLevel: "warning",
};
const program = {
  ...common,
  entryPoints: [{ in: "src/cli/main.ts", out: "program" }],
  outExtension: { ".js": ".cjs" },
  format: "cjs",
  external: ["@statelyai/inspect"], // Only for those who install it.
  define: { ZOS_BOOT_PAGE: JSON.stringify(JSON.stringify(await pageAssets(root))), "import.meta.url": "programUrl" },
  legalComments: "linked",
};
const launcher = {
  ...common,
  entryPoints: [{ in: "src/cli/launch.ts", out: "zos-boot" }],
  outExtension: { ".js": ".mjs" },
  format: "esm",
  banner: { js: "#!/usr/bin/env node" },
};
const built = await Promise.all([program, launcher].map((each) => build(each))).catch(() => process.exit(1)); // esbuild has said why.

await mkdir(outDir, { recursive: true });
for (const { path, contents } of built.flatMap(({ outputFiles }) => outputFiles)) {
  await put(path, path.endsWith(".mjs") ? 0o755 : 0o644, (temporary) => writeFile(temporary, contents));
}
for (const script of ["dhcp-event", "udhcpc-event"]) {
  await put(join(outDir, script), 0o755, (temporary) => copyFile(join(root, "src/os", script), temporary));
}
await mkdir(join(outDir, "hostile"), { recursive: true });
for (const module of (await readdir(join(root, "src/lab/hostile"))).filter((file) => file.endsWith(".py")))
  await put(join(outDir, "hostile", module), 0o644, (temporary) =>
    copyFile(join(root, "src/lab/hostile", module), temporary),
  );
// Loads all of a boot, whose end leaves what was compiled.
spawnSync(process.execPath, [join(outDir, "zos-boot.mjs"), "up", "--help"]);

/** Puts a finished file in place at once, so that nobody who starts the program meanwhile reads half of it. */
async function put(path, mode, write) {
  const temporary = join(outDir, `.${basename(path)}.${process.pid}`);
  await write(temporary);
  await chmod(temporary, mode);
  await rename(temporary, path);
}
