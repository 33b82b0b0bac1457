import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { StateMachine, type AnyStateMachine } from "xstate";
import { bootSubject } from "./subjects/boot.ts";
import { enrollSubject } from "./subjects/enroll.ts";
import { internetSubject } from "./subjects/internet.ts";
import { networkdSubject } from "./subjects/networkd.ts";
import { onlineSubject } from "./subjects/online.ts";
import { probeSubject } from "./subjects/probe.ts";
import { serviceSubject } from "./subjects/service.ts";

const subjects = [
  bootSubject,
  enrollSubject,
  internetSubject,
  networkdSubject,
  onlineSubject,
  probeSubject,
  serviceSubject,
];
const folder = new URL("../../machines/", import.meta.url);

test("every machine in machines/ is a subject of the model tests", async () => {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".ts"));
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href) as Promise<object>));
  const machines = modules
    .flatMap((module): unknown[] => Object.values(module))
    .filter((each): each is AnyStateMachine => each instanceof StateMachine);
  expect(machines.map(({ id }) => id).toSorted()).toEqual(subjects.map(({ machine }) => machine.id).toSorted());
});
