import { remove, writeAtomically } from "../src/os/files.ts";
import { exitFile } from "../src/os/kept-exit.ts";
import type { Effects } from "../src/ports.ts";

/** Keeps through which NIC ndmz shall leave, for a program that goes on before there is an ndmz to tell. */
export const keepExit: Effects["keepExit"] = async ({ exit }) => {
  if (exit.exitNic === null) await remove(exitFile);
  else await writeAtomically(exitFile, `${JSON.stringify(exit)}\n`);
  return { exitNic: exit.exitNic };
};
