import * as fs from "node:fs";
import { dirname, resolve } from "node:path";
import { BootError, messageOf } from "../errors.ts";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = fs.constants;
/** Not for everybody: what the program tells of a network is for its owner. */
const mode = 0o640;
const othersWrite = 0o022;

/**
 * Opens a file that somebody named, to be written from its beginning or its end; makes its directory. Where others could have
 * put something in its place, it must be this user's own: no symbolic link, no second name of another file, no FIFO, as the
 * kernel itself would have it were `fs.protected_symlinks`, `_hardlinks`, `_fifos` and `_regular` set
 * (Documentation/admin-guide/sysctl/fs.rst).
 *
 * @returns the open file, for its owner to close
 * @throws BootError `bad-input` when it cannot be opened, or is another's
 */
export function openNamedFile(path: string, { isAppended = false } = {}): number {
  try {
    checkLinks(path);
    fs.mkdirSync(dirname(path), { recursive: true });
    return opened(path, isAppended);
  } catch (error) {
    if (error instanceof BootError) throw error;
    throw new BootError("bad-input", `${path} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

function opened(path: string, isAppended: boolean): number {
  const isShared = mayOthersWrite(dirname(path));
  const flags = O_WRONLY | O_CREAT | (isAppended ? O_APPEND : 0) | (isShared ? O_NOFOLLOW | O_NONBLOCK : 0);
  const fd = fs.openSync(path, flags, mode);
  try {
    const file = fs.fstatSync(fd);
    if (isShared && !(file.isFile() && file.nlink === 1 && isOwn(file))) throw another(path);
    if (!isAppended && file.isFile()) fs.ftruncateSync(fd);
    return fd;
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** On the way to the file only root and this user may lead elsewhere. */
function checkLinks(path: string): void {
  const full = resolve(path);
  for (let at = full; at !== dirname(at); at = dirname(at)) {
    const found = fs.lstatSync(at, { throwIfNoEntry: false });
    if (found?.isSymbolicLink() === true && !isOwn(found) && found.uid !== 0) throw another(at);
  }
}

function mayOthersWrite(directory: string): boolean {
  const found = fs.statSync(directory);
  return (found.mode & othersWrite) !== 0 || !(isOwn(found) || found.uid === 0);
}

function isOwn({ uid }: fs.Stats): boolean {
  return uid === process.geteuid?.();
}

function another(path: string): BootError {
  return new BootError(
    "bad-input",
    `${path} is not this user's own, in a place where others write: nothing is written`,
  );
}
