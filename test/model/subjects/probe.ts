import { probeMachine, type ProbeContext } from "../../../machines/probe.ts";
import { maxAttempts } from "../../../src/policy/timing.ts";
import { outcomes } from "../outcomes.ts";
import { identity, nicNamed, settings } from "../samples.ts";
import { capped, type Subject } from "../subject.ts";

export const probeSubject: Subject = {
  name: "probe",
  machine: probeMachine,
  inputs: { "one NIC": { nic: nicNamed("eth0"), identity, settings, isReportOnly: false } },
  outcomes: {
    ...outcomes,
    requestLeaseByMac: outcomes.requestLease,
    requestOtherLease: outcomes.requestLease,
    requestFreeLease: outcomes.requestLease,
    requestAnyLease: outcomes.requestLease,
    hearAllServers: outcomes.shunServers,
    proveGateway4: outcomes.proveEgress,
    proveGateway6: outcomes.proveEgress,
  },
  reports: {},
  events: {},
  watches: [],
  relevant: ({ facts, ...counters }: ProbeContext) => [
    Object.entries(counters).map(([key, value]) =>
      typeof value === "number" ? [key, capped(value, maxAttempts)] : [],
    ),
    { ...facts, errors: [] },
  ],
};
