import * as v from "valibot";
import { said } from "../config/schema-parts.ts";
import type { AddressFacts, Egress, ExitPlan, Lease, NicVerdict, ProbeFacts, Proof, Uplink } from "../contract.ts";
import type { Refused } from "../policy/nat-rules.ts";
import { stepNames, type StepName } from "../policy/steps.ts";
import type { ServiceReport } from "../supervisor/read-services.ts";
import type { Visits } from "./follow-steps.ts";
import { type GridStatus, statusSchemaNumber, type Status, type ZdbStatus } from "./status-file.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const texts = v.array(v.string());
const timeMs = said(v.nullable(v.number()), "milliseconds of the boot's own clock; null when it has not happened");
const family = v.picklist(["v4", "v6"]);

const knownBy = said(v.exactOptional(v.literal("mac")), "its DHCP server answers MAC addresses alone");

const checksAddress = said(v.exactOptional(v.literal(true)), "its DHCP clients look whether an address is somebody's");

const addresses: v.GenericSchema<AddressFacts> = v.object({
  ipv4: said(texts, "with prefix length"),
  ipv6: said(texts, "with prefix length"),
  gateways4: texts,
  gateways6: texts,
});

const uplink: v.GenericSchema<Uplink> = v.object({
  nic: v.string(),
  mac: v.string(),
  mtuBytes: said(v.nullable(count), "what its network's DHCP server said"),
  families: said(v.array(family), "in which it has a default gateway"),
  knownBy,
  checksAddress,
});

const exit: v.GenericSchema<ExitPlan> = v.object({
  exitNic: said(v.nullable(v.string()), "the NIC below br-pub; null when workloads leave through zos"),
  npub4Parent: v.string(),
  npub6Parent: v.string(),
  knownBy,
  checksAddress,
});

const verdict: v.GenericSchema<NicVerdict> = v.object({
  nic: v.string(),
  verdict: v.picklist(["chosen", "exit", "lost", "unusable", "ignored"]),
  reason: said(v.string(), "for people"),
});

const lease: v.GenericSchema<Lease> = v.object({
  address: v.string(),
  prefixLength: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(32)),
  gateways: texts,
  server: v.nullable(v.string()),
  dnsServers: texts,
  searchList: texts,
  mtuBytes: v.nullable(count),
  leaseSeconds: v.number(),
  warnings: texts,
});

const proof: v.GenericSchema<Proof> = v.object({
  gatewayAnswers: v.boolean(),
  reached: said(v.nullable(v.string()), "the first target that was reached"),
  hindrance: said(
    v.nullable(
      v.object({
        kind: v.picklist(["portal", "dns"]),
        by: v.nullable(v.string()),
        says: said(v.string(), "for people"),
      }),
    ),
    "what keeps the network from being the Internet, as far as somebody there has shown; portal: somebody answers in place of the targets; dns: no DNS server of the network is right",
  ),
  provenAtMs: v.number(),
});

const probe: v.GenericSchema<ProbeFacts> = v.object({
  nic: v.string(),
  mac: v.string(),
  mtuBytes: count,
  carrierAtMs: timeMs,
  listeningAtMs: timeMs,
  gatewayAtMs: timeMs,
  lease: v.nullable(lease),
  advert: v.nullable(v.object({ routers: texts, addresses: texts, dnsServers: texts })),
  proof4: v.nullable(proof),
  proof6: v.nullable(proof),
  pending: said(v.array(family), "the families of which more may still be learnt"),
  isRouterLate: v.boolean(),
  knownBy,
  shunned: said(v.exactOptional(texts), "DHCP servers that are not heard, because their leases lead nowhere"),
  taken: said(
    v.exactOptional(v.array(v.object({ address: v.string(), mac: v.string() }))),
    "addresses that a DHCP server gave and another host has",
  ),
  isAsking: said(v.exactOptional(v.literal(true)), "whether another host has the lease's address is being asked"),
  checksAddress,
  errors: texts,
  fault: said(v.nullable(v.string()), "why the probe could look no further, on the node's own side"),
});

const service: v.GenericSchema<ServiceReport> = v.object({
  service: v.string(),
  state: v.picklist(["absent", "starting", "running", "ended", "failed", "unknown"]),
  detail: said(v.string(), "in the supervisor's own words"),
});

const egress: v.GenericSchema<Egress> = v.object({
  state: said(
    v.picklist(["works", "fails", "absent", "unknown"]),
    "absent: no address or default route; unknown: no target in this family",
  ),
  why: said(v.nullable(v.string()), "for people; null when it works"),
  since: v.pipe(v.string(), v.isoTimestamp()),
});
const families = v.object({ v4: egress, v6: egress });

const known = v.nullable(count);
const grid: v.GenericSchema<GridStatus> = v.object({
  state: said(v.string(), "such as retry, or enrolled.watching"),
  registrar: said(v.string(), "the one that was asked last"),
  farmId: known,
  twinId: known,
  nodeId: known,
  ms: said(known, "from the beginning until the grid knew the node"),
  clockOffsetMs: said(v.nullable(v.number()), "by how much the registrar's clock is ahead"),
  attempts: said(count, "in a row that failed"),
  failure: v.nullable(v.string()),
});

const zdb: v.GenericSchema<ZdbStatus> = v.object({
  answer: v.picklist(["possible", "impossible", "unknown"]),
  reason: said(v.string(), "for people"),
  address: said(v.nullable(v.string()), "the one that was tried"),
  vantage: said(v.nullable(v.string()), "the one that tried"),
  at: said(v.nullable(v.pipe(v.string(), v.isoTimestamp())), "when; null before anything was found"),
  state: said(v.string(), "of finding out, such as settled.known"),
  attempts: said(count, "in a row that failed"),
  failure: v.nullable(v.string()),
});

const step = v.picklist(stepNames);
const seldom = v.exactOptional(count);
const visits: v.GenericSchema<Visits> = v.object(
  Object.fromEntries(stepNames.map((name) => [name, seldom])) as Record<StepName, typeof seldom>,
);
const supervisorKind = v.picklist(["embedded", "zinit-text", "zinit-rpc", "zinit-3"]);
const schemaNumber = said(v.literal(statusSchemaNumber), "changes when a field goes or changes its meaning");

const entries = {
  schema: schemaNumber,
  version: said(v.string(), "of zos-boot"),
  pid: count,
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  configFaults: said(texts, "what of the configuration was wrong and is left out"),
  state: step,
  detail: said(v.string(), "the innermost state, such as waitIpv6.retry"),
  attempts: said(count, "of the current step that failed"),
  failure: said(v.nullable(v.string()), "the latest trouble, for people"),
  reach: said(
    v.nullable(v.object({ node: families, workloads: families })),
    "what the node and its workloads were last found to reach; null before anybody tried",
  ),
  grid: said(v.nullable(grid), "how the node is announced at the grid; null without a registrar"),
  zdb: said(v.nullable(zdb), "whether the Internet reaches a 0-db here; null without a vantage"),
  states: said(
    v.array(v.object({ state: step, ms: count })),
    "visits of steps in their order: the first ones and the latest; the last is the current one",
  ),
  statesLeftOut: said(count, "visits between the first ones and the latest that `states` leaves out"),
  visits: said(visits, "how often each step was visited"),
  hasIpv6: said(v.boolean(), "whether the kernel speaks IPv6 at all"),
  uplink: v.nullable(uplink),
  exit: v.nullable(exit),
  nics: said(v.array(verdict), "the verdict on each NIC"),
  probes: said(v.array(probe), "what the probes of the latest round found; empty when an uplink was adopted"),
  zos: v.nullable(addresses),
  ndmz: v.nullable(v.object({ npub4: addresses, npub6: addresses })),
};

/** The status that a boot writes; the compiler holds it to the type. */
export const statusSchema: v.GenericSchema<Status> = v.object({ ...entries, supervisor: supervisorKind });

const refused: v.GenericSchema<Refused> = v.object({
  hasty: said(count, "began more connections than a resource's share"),
  held: said(count, "would have been more connections than a resource may hold"),
  nearby: said(count, "were for the networks around the node"),
  forged: said(count, "were nothing that their resource may send, such as another's address"),
});

const none = v.object({ schema: schemaNumber, isRunning: v.boolean() });

/** What `zos-boot status --json` prints: the status, and what others say of the node; less where no boot has run. */
export const statusReportSchema = v.union([
  said(
    v.object({
      ...none.entries,
      ...entries,
      supervisor: v.object({ kind: supervisorKind, services: v.array(service) }),
      refused: said(
        v.nullable(refused),
        "packets of resources that were dropped since their rules were last set; null without ndmz",
      ),
    }),
    "a boot runs, or has run",
  ),
  said(none, "none has run on this node, or it has not told anything yet"),
]);

/** One document of `zos-boot status --json`. */
export type StatusReport = v.InferOutput<typeof statusReportSchema>;
