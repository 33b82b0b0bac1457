import * as v from "valibot";
import { said, whole } from "../../config/schema-parts.ts";
import { stepNames } from "../../policy/steps.ts";
import {
  flowNames,
  type Condition,
  type Deed,
  type Ending,
  type FlowPromise,
  type OutsidePlace,
  type Place,
  type Sight,
  type Step,
} from "../scenarios/scenario.ts";
import { name, nicName, routerOffer } from "./network-schema.ts";

const text = v.string("text");
const words = v.pipe(v.string("words"), v.minLength(1, "at least one word"));
const family = v.picklist(["v4", "v6"], "v4 or v6");
const families = v.array(family, "a list of v4 and v6");

/** A text that is looked for, or `/a pattern/flags`. */
const patternWords = "a text that is looked for, or /a regular expression/ with flags";
const pattern = v.pipe(
  v.string(patternWords),
  v.check(isPattern, patternWords),
  v.transform((given) => patternOf(given)),
);

/** The name of a NIC, `/a pattern/` where several are as good, or null for none. */
const meantNic = v.nullable(
  v.pipe(
    v.string("the name of a NIC, /a pattern/, or null"),
    v.check(isPattern, patternWords),
    v.transform((given) => (isDelimited(given) ? patternOf(given) : given)),
  ),
);

const outsideForm = "internet|(switch|router) of [a-z][a-z0-9-]{0,10}|host [a-z][a-z0-9-]{0,9}";
const outsideWords = "internet, switch of SEGMENT, router of SEGMENT (the second one: SEGMENT2) or host NAME";
const outsidePlace = v.pipe(
  v.string(outsideWords),
  v.regex(new RegExp(`^(${outsideForm})$`), outsideWords),
  v.transform((given) => given as OutsidePlace),
);
const placeWords = `node, ndmz, resource, ${outsideWords}`;
const place = v.pipe(
  v.string(placeWords),
  v.regex(new RegExp(`^(node|ndmz|resource|${outsideForm})$`), placeWords),
  v.transform((given) => given as Place),
);

const argv = v.pipe(
  v.union(
    [words, v.pipe(v.array(text), v.minLength(1, "at least one word"))],
    "words separated by spaces, or a list of words",
  ),
  v.transform((given) => (typeof given === "string" ? given.split(/\s+/).filter((word) => word !== "") : given)),
);
const placed = { at: said(place, "where it is run"), argv: said(argv, "a command, without a shell") };
const ms = whole(0, 3_600_000);

const deed: v.GenericSchema<unknown, Deed> = v.variant(
  "kind",
  [
    v.strictObject({
      kind: v.literal("run"),
      ...placed,
      input: said(v.exactOptional(text), "for its standard input"),
      mayFail: said(v.exactOptional(v.literal(true)), "whether it does not matter that it fails"),
    }),
    v.strictObject({ kind: v.literal("start"), at: outsidePlace, argv: said(argv, "a program that stays") }),
    v.strictObject({ kind: v.literal("cable"), nic: nicName, is: v.picklist(["out", "in"], "out or in") }),
    v.strictObject({
      kind: v.literal("nic"),
      nic: nicName,
      is: v.picklist(["removed", "plugged in"], "removed or plugged in"),
    }),
    v.strictObject({
      kind: v.literal("servers"),
      segment: name,
      are: v.picklist(["stopped", "started"], "stopped or started"),
    }),
    v.strictObject({
      kind: v.literal("offer"),
      segment: name,
      offer: routerOffer,
      forgets: said(v.exactOptional(v.literal(true)), "whether the server has no leases any more"),
    }),
    v.strictObject({ kind: v.literal("prefix"), segment: name, prefix: text }),
    v.strictObject({ kind: v.literal("rule"), chain: text, by: text }),
    v.strictObject({ kind: v.literal("program") }),
    v.strictObject({ kind: v.literal("zinit") }),
    v.strictObject({ kind: v.literal("pass"), ms }),
  ],
  "something that is done",
);

/** Things that are done one after the other. */
export const deeds = v.array(deed, "a list of things that are done");

const sight: v.GenericSchema<unknown, Sight> = v.strictObject({
  says: text,
  ...placed,
  input: v.exactOptional(text),
  matches: said(pattern, "what it must print"),
  isAbsent: said(v.exactOptional(v.literal(true)), "whether it must not print that"),
});

const withinMs = said(v.optional(ms, 30_000), "how long it is waited for");
const condition: v.GenericSchema<unknown, Condition> = v.variant(
  "kind",
  [
    v.strictObject({ kind: v.literal("sight"), sight, withinMs }),
    v.strictObject({ kind: v.literal("status"), says: text, matches: pattern, withinMs }),
    v.strictObject({ kind: v.literal("traffic"), families, withinMs }),
    v.strictObject({ kind: v.literal("renewals"), count: whole(1, 100), withinMs }),
  ],
  "something that is waited for",
);

/** What is done at one time, and what must come of it before the next step. */
export const step: v.GenericSchema<unknown, Step> = v.strictObject({
  says: text,
  deeds: v.optional(deeds, []),
  until: v.exactOptional(condition),
  isBeginning: said(v.exactOptional(v.literal(true)), "whether recovery counts from here"),
});

const promise: v.GenericSchema<unknown, FlowPromise> = v.strictObject({
  mostLostMs: said(ms, "the longest time without an answer"),
  isKept: said(v.optional(v.boolean("true or false"), true), "whether the very same flow must go on"),
});

const stepName = v.picklist(stepNames, `one of ${stepNames.join(", ")}`);
const kept = v.picklist(["ndmz", "tonrs", "address of zos"], "ndmz, tonrs or address of zos");

/** What must come of a farm; what is left out is as in any scenario. */
export const ending = v.strictObject({
  outcome: v.picklist(
    ["online", "degraded", "waitIpv6", "restart", "any"],
    "online, degraded, waitIpv6, restart or any",
  ),
  uplink: said(v.optional(meantNic, null), "the NIC below zos"),
  exit: said(v.exactOptional(meantNic), "the NIC that workloads leave through; the uplink unless said"),
  families: said(v.exactOptional(families), "those in which a resource's flows work at the end"),
  reaches: said(
    v.optional(v.strictObject({ node: v.exactOptional(families), resource: v.exactOptional(families) }), {}),
    "in which families the node and a resource get answers from the Internet: these and no others",
  ),
  reasons: said(
    v.optional(v.record(nicName, pattern), {}),
    "for NICs by name, what the reason for or against them says",
  ),
  withinMs: said(v.exactOptional(ms), "until it has come, from the end of the last step"),
  mostRecoveredMs: said(v.exactOptional(v.nullable(ms)), "until traffic is back, from the beginning"),
  staysMs: said(v.exactOptional(ms), "it must stay so for this long"),
  flows: said(
    v.exactOptional(v.record(v.picklist(flowNames, `one of ${flowNames.join(", ")}`), promise)),
    "what is promised of flows",
  ),
  says: said(v.exactOptional(v.array(pattern)), "what `zos-boot status` says, in words or as JSON"),
  keeps: said(v.exactOptional(v.array(kept)), "things of the node that stay the same ones"),
  visitsNot: said(v.exactOptional(v.array(stepName)), "steps that the boot does not come back to"),
  mostCommands: said(v.exactOptional(v.nullable(whole(0, 100_000))), "commands that the program may run"),
  sights: said(v.exactOptional(v.array(sight)), "what commands print at the end"),
  leaves: said(
    v.exactOptional(v.array(pattern)),
    "what is different on the node afterwards because somebody else made it so",
  ),
}) satisfies v.GenericSchema<unknown, Partial<Ending>>;

function isDelimited(given: string): boolean {
  return /^\/.+\/[imsu]*$/s.test(given);
}

function isPattern(given: string): boolean {
  try {
    patternOf(given);
    return given !== "";
  } catch {
    return false;
  }
}

function patternOf(given: string): RegExp {
  if (!isDelimited(given)) return new RegExp(given.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`));
  const end = given.lastIndexOf("/");
  return new RegExp(given.slice(1, end), given.slice(end + 1));
}
