/** Everything that the live page is made of, by the path at which it is served: all of it goes into the bundle. */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { pageFiles } from "./page.mjs";

const contents = `
export { allCharts } from "./src/inspect/chart/machines.ts";
export { pictureStyle } from "./src/inspect/drawing/svg.ts";
`;

/**
 * @param {string} root the repository
 * @returns {Promise<Record<string, { type: string, text: string }>>}
 */
export async function pageAssets(root) {
  const [page, pictures, { allCharts, pictureStyle }] = await Promise.all([
    pageFiles(root),
    readPictures(root),
    loadCharts(root),
  ]);
  return {
    ...page,
    ...pictures,
    "/pictures.css": { type: "text/css; charset=utf-8", text: pictureStyle },
    "/charts.json": { type: "application/json", text: JSON.stringify(allCharts()) },
  };
}

/** The committed pictures: drawing them takes longer than the whole build, and a test keeps them up to date. */
async function readPictures(root) {
  const folder = join(root, "docs/statecharts");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".svg"));
  const entries = names.map(async (name) => [
    `/pictures/${basename(name)}`,
    { type: "image/svg+xml", text: await readFile(join(folder, name), "utf8") },
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

async function loadCharts(root) {
  const outfile = join(root, "node_modules/.cache/page-assets.mjs");
  await build({
    absWorkingDir: root,
    stdin: { contents, resolveDir: root },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "warning",
  });
  return import(pathToFileURL(outfile).href);
}
