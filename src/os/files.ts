import { access, mkdir, readFile, rename, rm, rmdir, writeFile } from "./sync-fs.ts";
import { dirname } from "node:path";

/** The file's text, or null when there is no such file. */
export async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Whether there is something at the path that this process may see. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

let written = 0;

/** Replaces a file so that a reader sees the old or the new text, never a part; creates its directory. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const { put } = await prepareFile(path, text);
  await put();
}

/** A file that is written but not yet in its place. */
export interface PreparedFile {
  put: () => Promise<void>;
  drop: () => Promise<void>;
}

/** Writes a file beside its place, so that nothing but a rename is left to go wrong; creates its directory. */
export async function prepareFile(path: string, text: string): Promise<PreparedFile> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.${written++}.new`; // Two may write the same file at the same time.
  const drop = () => rm(temporary, { force: true });
  const put = async () => {
    try {
      await rename(temporary, path);
    } catch (error) {
      await drop();
      if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
      await writeFile(path, text); // A bind mount, as containers have over resolv.conf, cannot be renamed over.
    }
  };
  try {
    await writeFile(temporary, text);
  } catch (error) {
    await drop();
    throw error;
  }
  return { put, drop };
}

/** Writes a file only if it does not exist yet: what was found first is kept. */
export async function writeOnce(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Removes files and directories; what is not there is fine. */
export async function remove(...paths: string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
}

/** Removes directories, in order, that have nothing in them. */
export async function removeIfEmpty(...directories: string[]): Promise<void> {
  for (const directory of directories) await rmdir(directory).catch(() => undefined);
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
