import { internetMachine } from "../../../machines/internet.ts";
import { type InternetContext, isOtherProven } from "../../../machines/internet-context.ts";
import type { Nic, ProbeFacts } from "../../../src/contract.ts";
import { byName, unprobed } from "../../../src/policy/selection.ts";
import { maxAttempts, maxOutageAttempts } from "../../../src/policy/timing.ts";
import { outcomes } from "../outcomes.ts";
import {
  answering,
  identity,
  ipv4Address,
  noAddress,
  privateLease,
  proven,
  publicLease,
  reloaded,
  settings,
  sightings,
  silent,
  throughBridge,
  uplinkOn,
} from "../samples.ts";
import { capped, type Subject } from "../subject.ts";

type Probe = { nic: Nic };
const facts =
  (found: Partial<ProbeFacts>) =>
  ({ nic }: Probe): ProbeFacts => ({ ...unprobed(nic), carrierAtMs: 100, ...found });
const report = (found: Partial<ProbeFacts>) => (input: Probe) => ({ facts: facts(found)(input) });

const input = { settings, identity, adopted: null, isReportOnly: false };

export const internetSubject: Subject = {
  name: "internet",
  machine: internetMachine,
  inputs: {
    "nothing adopted": input,
    "an adopted uplink": { ...input, adopted: { uplink: uplinkOn("eth0"), exit: throughBridge, idle: [] } },
    "report only": { ...input, isReportOnly: true },
  },
  outcomes: {
    ...outcomes,
    watchNics: {},
    watchUplink: {},
    probe: {
      "private gateway, proven": facts({ lease: privateLease, proof4: proven, pending: [] }),
      "public gateway, proven": facts({ lease: publicLease, proof4: proven, pending: [] }),
      "private gateway, answers": facts({ lease: privateLease, proof4: answering, pending: [] }),
      "private gateway, silent": facts({ lease: privateLease, proof4: silent, pending: [] }),
      nothing: facts({ pending: [] }),
    },
  },
  reports: {
    probe: {
      "no carrier": report({ carrierAtMs: null }),
      carrier: report({}),
      "private gateway, unproven": report({ lease: privateLease, gatewayAtMs: 200 }),
      "private gateway, proven, v6 pending": report({ lease: privateLease, proof4: proven, pending: ["v6"] }),
      "public gateway, proven, v6 pending": report({ lease: publicLease, proof4: proven, pending: ["v6"] }),
    },
  },
  events: {
    "settings.changed": [reloaded()],
    "nics.observed": sightings.slice(1, 3).map((nics) => ({ type: "nics.observed", nics })),
    "uplink.observed": [noAddress, ipv4Address].map((zos) => ({ type: "uplink.observed", missing: null, zos })),
  },
  watches: ["watchNics", "watchUplink"],
  relevant: (context: InternetContext, path: string) => [
    context.isReportOnly,
    context.adopted !== null,
    context.nics.length,
    context.reached !== null,
    path.startsWith("reach.outage") && [context.sighted !== null, isOtherProven(context)],
    context.unreleased.toSorted(byName),
    capped(context.attempts, context.choice?.isRemoteFault === true ? maxOutageAttempts : maxAttempts),
    path.startsWith("probe") ? context.probes.toSorted((a, b) => byName(a.nic, b.nic)) : chosenIn(context),
  ],
};

/** Once the choice is made, what the probes found counts no more. */
function chosenIn({ choice }: InternetContext): unknown {
  return choice && [choice.uplink?.nic, choice.others.map((other) => other.nic), choice.isRemoteFault];
}
