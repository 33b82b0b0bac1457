import type { AnyStateMachine } from "xstate";
import { bootMachine } from "../../../machines/boot.ts";
import { conflictMachine } from "../../../machines/conflict.ts";
import { enrollMachine } from "../../../machines/enroll.ts";
import { internetMachine } from "../../../machines/internet.ts";
import { networkdMachine } from "../../../machines/networkd.ts";
import { onlineMachine } from "../../../machines/online.ts";
import { probeMachine } from "../../../machines/probe.ts";
import { reachabilityMachine } from "../../../machines/reachability.ts";
import { resolverMachine } from "../../../machines/resolver.ts";
import { rulesMachine } from "../../../machines/rules.ts";
import { serviceMachine } from "../../../machines/service.ts";
import { type Chart, chartOf } from "./chart.ts";

/** All machines, in the order in which a reader wants to meet them. */
export const machines: readonly AnyStateMachine[] = [
  bootMachine,
  internetMachine,
  probeMachine,
  enrollMachine,
  networkdMachine,
  onlineMachine,
  reachabilityMachine,
  resolverMachine,
  conflictMachine,
  rulesMachine,
  serviceMachine,
];

/** All machines as data. */
export function allCharts(): Chart[] {
  return machines.map(chartOf);
}
