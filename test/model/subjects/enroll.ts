import { enrollMachine } from "../../../machines/enroll.ts";
import { type EnrollContext, hasMoved } from "../../../machines/enroll-context.ts";
import { outcomes } from "../outcomes.ts";
import { grid, interfaces } from "../samples.ts";
import { capped, type Subject } from "../subject.ts";

export const enrollSubject: Subject = {
  name: "enroll",
  machine: enrollMachine,
  inputs: {
    "two registrars": { grid },
    "one registrar": { grid: { ...grid, registrars: grid.registrars.slice(0, 1) } },
  },
  outcomes: { ...outcomes, watchInterfaces: {} },
  reports: {},
  events: {
    "grid.configured": [grid, { ...grid, farmId: 2 }].map((each) => ({ type: "grid.configured", grid: each })),
    "interfaces.observed": [interfaces, []].map((each) => ({ type: "interfaces.observed", interfaces: each })),
  },
  watches: ["watchInterfaces"],
  relevant: (context: EnrollContext) => [
    [context.grid.farmId, context.grid.registrars.length],
    context.twinId,
    context.place,
    capped(context.attempts, 1),
    context.turn % 2,
    hasMoved(context),
    [context.clockOffsetMs, context.waitMs, context.isBusy],
    context.failure !== null,
  ],
};
