/** The live page, bundled for browsers. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * The page's own files by the path at which they are served.
 *
 * @param {string} root the repository
 * @returns {Promise<Record<string, { type: string, text: string }>>}
 */
export async function pageFiles(root) {
  const folder = join(root, "src/inspect/page/view");
  const read = (name) => readFile(join(folder, name), "utf8");
  const [html, icon, css, script] = await Promise.all([
    read("index.html"),
    read("icon.svg"),
    bundle(folder, "page.css"),
    bundle(folder, "main.tsx"),
  ]);
  return {
    "/": { type: "text/html; charset=utf-8", text: html },
    "/page.css": { type: "text/css; charset=utf-8", text: css },
    "/icon.svg": { type: "image/svg+xml", text: icon },
    "/page.js": { type: "text/javascript; charset=utf-8", text: script },
  };
}

async function bundle(folder, entry) {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "browser",
    format: "esm",
    target: "es2022",
    minify: true,
    logLevel: "warning",
  });
  return outputFiles[0].text;
}
