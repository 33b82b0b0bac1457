import { serviceMachine, type ServiceContext } from "../../../machines/service.ts";
import type { LeaseClient } from "../../../src/contract.ts";
import { names } from "../../../src/policy/names.ts";
import { outcomes } from "../outcomes.ts";
import { identity } from "../samples.ts";
import { capped, type Subject } from "../subject.ts";

const client: LeaseClient = {
  program: "dhcpcd",
  service: names.uplinkClient,
  iface: names.bridge,
  namespace: null,
  clientId: "ff:01",
  hostname: identity.hostname,
};

export const serviceSubject: Subject = {
  name: "service",
  machine: serviceMachine,
  inputs: { "a client": client },
  outcomes,
  reports: {},
  events: { "stop.requested": [{ type: "stop.requested" }] },
  watches: [],
  relevant: ({ ends }: ServiceContext) => capped(ends, 2),
};
