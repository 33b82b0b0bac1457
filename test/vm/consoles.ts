import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const directory = fileURLToPath(new URL("consoles/", import.meta.url));

/** Keeps what a machine said in a file that outlives it; gives the file's path. */
export async function keep(name: string, text: string): Promise<string> {
  const path = `${directory}${name.replaceAll(/[^A-Za-z0-9]+/g, "-")}.log`;
  await mkdir(directory, { recursive: true });
  await writeFile(path, `${text}\n`);
  return path;
}

/** The last lines of a text. */
export function tail(text: string, count = 25): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
