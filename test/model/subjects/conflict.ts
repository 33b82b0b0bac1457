import { type ConflictContext, conflictMachine } from "../../../machines/conflict.ts";
import { outcomes } from "../outcomes.ts";
import { capped, type Subject } from "../subject.ts";

const client = { service: "dhcp-ndmz", namespace: "ndmz", link: "npub4" };

export const conflictSubject: Subject = {
  name: "conflict",
  machine: conflictMachine,
  inputs: {
    "an address that nobody asked about": { ...client, isFirstKnown: false },
    "an address that was asked about": { ...client, isFirstKnown: true },
  },
  outcomes: { ...outcomes, watchLease: {} },
  reports: {},
  events: {
    "lease.observed": [null, "192.168.1.117", "192.168.1.118"].flatMap((address) =>
      [true, false].map((isChecking) => ({ type: "lease.observed", address, isChecking })),
    ),
  },
  watches: ["watchLease"],
  waits: ["watching.settled"],
  relevant: ({ address, asked, isChecking, isFirstKnown, isResigned, restarts }: ConflictContext) => [
    ...[address, asked, isChecking, isFirstKnown, isResigned],
    capped(restarts, 2),
  ],
};
