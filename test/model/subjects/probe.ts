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
  relevant: ({ facts, attempts, solicits }: ProbeContext, path: string) => [
    isDone.v4.test(path) ? 0 : capped(attempts, maxAttempts),
    isDone.v6.test(path) ? 0 : capped(solicits, maxAttempts),
    { ...facts, errors: [] },
  ],
};

/** States in which a family tries nothing any more. */
const isDone = { v4: /^known|v4\.known/, v6: /^known|v6\.known/ };
