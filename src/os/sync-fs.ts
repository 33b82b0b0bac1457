import * as fs from "node:fs";

/**
 * The calls of node:fs/promises that this program needs, done at once: what it reads and writes is small and lies in memory
 * (/proc, /sys, /run, a root in memory), where the way through Node's thread pool takes ten times as long as the call.
 */
function atOnce<Args extends unknown[], Result>(call: (...args: Args) => Result): (...args: Args) => Promise<Result> {
  return (...args) =>
    new Promise((resolve) => {
      resolve(call(...args));
    });
}

/** access(2). */
export const access = atOnce((path: string, mode?: number) => fs.accessSync(path, mode));
/** mkdir(2), with all that is missing above. */
export const mkdir = atOnce(
  (path: string, options: { recursive: true; mode?: number }) => void fs.mkdirSync(path, options),
);
/** The names in a directory. */
export const readdir = atOnce((path: string) => fs.readdirSync(path));
/** A file's text. */
export const readFile = atOnce((path: string) => fs.readFileSync(path, "utf8"));
/** readlink(2). */
export const readlink = atOnce((path: string) => fs.readlinkSync(path));
/** rename(2). */
export const rename = atOnce((from: string, to: string) => fs.renameSync(from, to));
/** unlink(2), or a whole tree; what is not there is no error. */
export const rm = atOnce((path: string, options: { recursive?: true; force: true }) => fs.rmSync(path, options));
/** rmdir(2). */
export const rmdir = atOnce((path: string) => fs.rmdirSync(path));
/** Writes a file's text. */
export const writeFile = atOnce((path: string, text: string, options: { flag?: string } = {}) =>
  fs.writeFileSync(path, text, options),
);
/** A file's bytes. */
export const readBinary = atOnce((path: string) => fs.readFileSync(path));
