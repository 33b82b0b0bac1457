import type { ExitPlan } from "../src/contract.ts";
import { readText, remove, writeAtomically } from "../src/os/files.ts";
import { names } from "../src/policy/names.ts";
import type { Effects } from "../src/ports.ts";

const path = `${names.runDir}/exit.json`;

/** Keeps through which NIC ndmz shall leave, for a program that goes on before there is an ndmz to tell. */
export const keepExit: Effects["keepExit"] = async ({ exit }) => {
  if (exit.exitNic === null) await remove(path);
  else await writeAtomically(path, `${JSON.stringify(exit)}\n`);
  return { exitNic: exit.exitNic };
};

/** The NIC through which ndmz shall leave; null where that is the uplink, or nobody has decided. */
export async function keptExit(): Promise<ExitPlan | null> {
  const text = await readText(path);
  return text === null ? null : (JSON.parse(text) as ExitPlan);
}
