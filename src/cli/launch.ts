/**
 * Runs the program, which is one file beside this one: a daemon has read all of it when it starts, whatever replaces it later.
 *
 * What V8 has compiled of it is kept beside it, for each version of Node.js, so that a start need not parse again. V8 itself looks
 * only at its own version, its flags and the length of the text (vm.Script, `cachedData`), and crashes on bytes that are damaged:
 * the cache of another program, of another owner or with another checksum is left aside, and the end of the next boot renews it.
 */
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, Script } from "node:vm";
import { crc32 } from "node:zlib";

const programUrl = new URL("program.cjs", import.meta.url);
const programFile = fileURLToPath(programUrl);
const cacheFile = `${programFile}.${process.version}.cache`;
/** Checksums of the program and of what V8 made of it, each an unsigned integer of 32 bits. */
const headerBytes = 8;

const program = fs.readFileSync(programFile);
const cachedData = readCache();
const script = new Script(`(function (require, programUrl) {${program.toString("latin1")}\n})`, {
  filename: programFile,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  ...(cachedData !== null && { cachedData }),
});
// Others compile so little of it that the next boot would gain nothing.
const isBoot = ["up", "internet", "networkd"].includes(process.argv[2] ?? "");
if (isBoot && (cachedData === null || script.cachedDataRejected === true)) process.once("exit", writeCache);
const main = script.runInThisContext() as (require: NodeJS.Require, programUrl: string) => void;
main(createRequire(programUrl), programUrl.href);

/** What V8 made of this very program; null without it. */
function readCache(): Buffer | null {
  try {
    const file = fs.openSync(cacheFile, "r");
    try {
      const { uid, mode } = fs.fstatSync(file);
      const isOfOwner = uid === fs.statSync(programFile).uid && (mode & 0o022) === 0;
      const bytes = isOfOwner ? fs.readFileSync(file) : Buffer.alloc(headerBytes);
      const data = bytes.subarray(headerBytes);
      return bytes.subarray(0, headerBytes).equals(headerFor(data)) ? data : null;
    } finally {
      fs.closeSync(file);
    }
  } catch {
    return null;
  }
}

function headerFor(data: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(crc32(program), 0);
  header.writeUInt32LE(crc32(data), 4);
  return header;
}

/** In its place at once, and whole whatever happens to the power; where nothing can be written, nothing is. */
function writeCache(): void {
  const temporary = `${cacheFile}.${process.pid}`;
  try {
    fs.accessSync(dirname(cacheFile), fs.constants.W_OK);
    const data = script.createCachedData();
    const file = fs.openSync(temporary, "wx", 0o644);
    try {
      fs.writeFileSync(file, Buffer.concat([headerFor(data), data]));
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(temporary, cacheFile);
  } catch {
    fs.rmSync(temporary, { force: true });
  }
}
