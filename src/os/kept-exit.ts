import * as v from "valibot";
import type { ExitPlan } from "../contract.ts";
import { names } from "../policy/names.ts";
import { readKeptJson } from "./kept-json.ts";

/** Where the choice of an exit is kept. */
export const exitFile = `${names.runDir}/exit.json`;

const parent = v.picklist([names.bridge, names.publicBridge]);
const schema = v.object({
  exitNic: v.string(),
  npub4Parent: parent,
  npub6Parent: parent,
  knownBy: v.exactOptional(v.literal("mac")),
  checksAddress: v.exactOptional(v.literal(true)),
});

/** The NIC through which ndmz shall leave; null where that is the uplink, or nobody has decided. */
export function keptExit(): Promise<ExitPlan | null> {
  return readKeptJson(exitFile, schema);
}
