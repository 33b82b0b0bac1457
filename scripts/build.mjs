/**
 * Bundles the program into one file, dist/zos-boot.mjs: reading one file starts twice as fast as resolving some hundred,
 * and a node needs nothing but Node.js and that file (and the scripts that DHCP clients call) to boot.
 */
import { chmod, copyFile, mkdir, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { pageAssets } from "./page-assets.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const outDir = join(root, "dist");

/** Bundled CommonJS packages call `require` for Node's own modules, and ES modules have none. */
const banner = [
  "#!/usr/bin/env node",
  'import { createRequire as createRequireOfBundle } from "node:module";',
  "const require = createRequireOfBundle(import.meta.url);",
].join("\n");

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ["src/cli/main.ts"],
  outfile: join(outDir, "zos-boot.mjs"),
  bundle: true,
  write: false,
  platform: "node",
  format: "esm",
  target: "node20",
  external: ["@statelyai/inspect"], // Only for those who install it.
  banner: { js: banner },
  define: { ZOS_BOOT_PAGE: JSON.stringify(await pageAssets(root)) },
  minifyWhitespace: true,
  lineLimit: 200,
  legalComments: "linked",
  logLevel: "warning",
}).catch(() => process.exit(1)); // esbuild has said why.

await mkdir(outDir, { recursive: true });
for (const { path, contents } of outputFiles) {
  await put(path, path.endsWith(".mjs") ? 0o755 : 0o644, (temporary) => writeFile(temporary, contents));
}
for (const script of ["dhcp-event", "udhcpc-event"]) {
  await put(join(outDir, script), 0o755, (temporary) => copyFile(join(root, "src/os", script), temporary));
}

/** Puts a finished file in place at once, so that nobody who starts the program meanwhile reads half of it. */
async function put(path, mode, write) {
  const temporary = join(outDir, `.${basename(path)}.${process.pid}`);
  await write(temporary);
  await chmod(temporary, mode);
  await rename(temporary, path);
}
