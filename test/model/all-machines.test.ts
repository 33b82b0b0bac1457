import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { StateMachine, type AnyStateMachine } from "xstate";
import { subjects } from "./subjects/all.ts";

const folder = new URL("../../machines/", import.meta.url);

test("every machine in machines/ is a subject of the model tests", async () => {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".ts"));
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href) as Promise<object>));
  const machines = modules
    .flatMap((module): unknown[] => Object.values(module))
    .filter((each): each is AnyStateMachine => each instanceof StateMachine);
  expect(machines.map(({ id }) => id).toSorted()).toEqual(subjects.map(({ machine }) => machine.id).toSorted());
});
