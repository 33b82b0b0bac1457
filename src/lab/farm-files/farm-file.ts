import * as v from "valibot";
import { parse } from "yaml";
import { configure } from "../../config/load.ts";
import { said } from "../../config/schema-parts.ts";
import { fileSource } from "../../config/file-source.ts";
import { BootError, messageOf } from "../../errors.ts";
import { type Layout, misbehaviours } from "../layouts/layout.ts";
import { scenario } from "../scenarios/parts.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { contradictionsIn } from "./contradictions.ts";
import { faultOf } from "./faults.ts";
import { nic, segment } from "./network-schema.ts";
import { deeds, ending, step } from "./scenario-schema.ts";

/** A farm, what happens in it and what must come of that, as a file says it. */
export const farmSchema = v.strictObject({
  summary: said(v.pipe(v.string("a sentence"), v.minLength(1, "a sentence")), "one sentence without a full stop"),
  site: said(v.exactOptional(v.string("text")), "the kind of site that is like this"),
  segments: v.pipe(v.array(segment, "a list of segments"), v.minLength(1, "at least one segment")),
  nics: v.array(nic, "a list of NICs"),
  settings: said(
    v.optional(v.record(v.string(), v.unknown(), "a mapping of keys to values"), {}),
    "the program's configuration on the node, as in /etc/zos-boot.yaml",
  ),
  registrar: said(
    v.exactOptional(v.picklist(["good", ...misbehaviours], `one of good, ${misbehaviours.join(", ")}`)),
    "a registrar of the grid at which the node enrols, with farm 1, and how it behaves; none unless said",
  ),
  vantage: said(
    v.optional(v.boolean("true or false"), false),
    "whether there is a vantage in the Internet, which the node asks whether anybody gets in",
  ),
  twinUuid: said(
    v.exactOptional(v.pipe(v.string("a UUID"), v.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "a UUID"))),
    "the DMI product UUID of the node and of a twin of it with NICs in the same places, of which the same is expected",
  ),
  manager: said(
    v.exactOptional(v.picklist(["none", "zinit", "zinit-rpc"], "none, zinit or zinit-rpc")),
    "who keeps DHCP clients on the node",
  ),
  begins: said(
    v.optional(v.picklist(["online", "started", "before"], "online, started or before"), "started"),
    "where the steps begin: on a node that is online, one whose program was just started, or before that",
  ),
  flowsOf: said(v.exactOptional(v.picklist(["resource", "node"], "resource or node")), "whose flows run"),
  families: said(
    v.exactOptional(v.array(v.picklist(["v4", "v6"], "v4 or v6"), "a list of v4 and v6")),
    "in which flows run; both unless said",
  ),
  prepares: said(v.optional(deeds, []), "what is done to the farm before anything runs on the node"),
  steps: said(v.optional(v.array(step, "a list of steps"), []), "what happens later"),
  expected: said(ending, "what must come of it"),
});

/** A farm file's content, checked. */
export type FarmFile = v.InferOutput<typeof farmSchema>;

/**
 * The scenario that a farm file describes.
 *
 * @param farmName by which reports call it
 * @param text the file's content, YAML 1.2
 * @throws BootError `bad-config` with a line for each fault: key, value, and what would be accepted
 */
export function readFarm(farmName: string, text: string): Scenario {
  const result = v.safeParse(farmSchema, yamlIn(text));
  if (!result.success)
    throw new BootError("bad-config", result.issues.map((issue) => faultOf(farmSchema, issue)).join("\n"));
  const file = result.output;
  const faults = [...contradictionsIn(file), ...faultsOfSettings(file)];
  if (faults.length > 0) throw new BootError("bad-config", faults.join("\n"));
  return scenarioOf(farmName, file);
}

function yamlIn(text: string): unknown {
  try {
    return parse(text, { logLevel: "error" });
  } catch (error) {
    throw new BootError("bad-config", `not YAML: ${messageOf(error).split("\n")[0] ?? ""}`);
  }
}

function scenarioOf(farmName: string, file: FarmFile): Scenario {
  const { summary, segments, nics, settings, expected, registrar, vantage, twinUuid, site: _, ...rest } = file;
  const { uplink, exit = uplink, outcome } = expected;
  const families = expected.families ?? (outcome === "online" ? rest.families : []);
  const layout: Layout = {
    ...{ name: farmName, summary, segments },
    nics: nics.map(({ isLate: _late, ...plan }) => plan),
    ...(registrar !== undefined && { registrar }),
    ...(vantage && { vantage }),
    ...(twinUuid !== undefined && { twinUuid }),
    expected: { outcome: "online", uplink, exit, reasons: {}, passes: [], mtus: {} },
  };
  return scenario({
    ...rest,
    ...{ name: farmName, summary, layout },
    settings: Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}`),
    lateNics: nics.filter(({ isLate }) => isLate).map((plan) => plan.name),
    ending: { withinMs: 60_000, ...expected, exit, ...(families !== undefined && { families }) },
  });
}

function faultsOfSettings({ settings }: FarmFile): string[] {
  return configure([fileSource(JSON.stringify(settings), "settings")]).faults;
}
