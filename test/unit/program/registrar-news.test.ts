import { createActor, fromPromise } from "xstate";
import { expect, test } from "vitest";
import { enrollMachine } from "../../../machines/enroll.ts";
import { createProgress } from "../../../src/cli/progress.ts";
import { BootError } from "../../../src/errors.ts";
import { SimulatedTime } from "../../../src/lab/herd/simulated-time.ts";
import { pathOf } from "../../../src/program/follow-steps.ts";
import { type Entry, logTransitions } from "../../../src/program/log.ts";
import { createNews } from "../../../src/program/news.ts";
import { grid } from "../../model/samples.ts";

test("registrars that fail in different words are news once each, and again when what is wrong with one changes", async () => {
  const time = new SimulatedTime();
  const registrars = ["https://one.example", "https://two.example"];
  const words: Record<string, string> = {
    "https://one.example": "answers 503",
    "https://two.example": "is not reached",
  };
  let asked = 0;
  const ensureAccount = fromPromise<{ twinId: number | null; clockOffsetMs: number }, { registrar: string }>(
    ({ input: { registrar } }) => {
      asked += 1;
      return Promise.reject(new BootError("unavailable", `registrar ${registrar} ${words[registrar] ?? ""}`));
    },
  );
  const news = createNews();
  const entries: Entry[] = [];
  const log = (entry: Entry) => void entries.push(entry);
  const progress = createProgress({ stream: null, spinner: null, log, news }, () => time.nowMs);
  const machine = enrollMachine.provide({ actors: { ensureAccount: ensureAccount as never } });
  const actor = createActor(machine, {
    ...{ clock: time, input: { grid: { ...grid, registrars } } },
    inspect: logTransitions(log, news),
  });
  actor.subscribe(({ value, context }) => {
    const around = { steps: [], visits: {}, detail: "", boot: null, internet: null, networkd: null, outside: null };
    progress.show({ ...around, grid: { detail: pathOf(value), context, ms: null } });
  });
  const told = () => entries.filter(({ level }) => level === "warn").map(({ text }) => text);
  actor.start();
  await time.pass(1_200_000);
  expect(asked).toBeGreaterThan(8);
  expect(told()).toHaveLength(2);
  expect(told().join("\n")).toMatch(/one\.example answers 503.*\n.*two\.example is not reached/);
  words["https://two.example"] = "answers 502";
  await time.pass(2_400_000);
  actor.stop();
  expect(told()).toHaveLength(3);
  expect(told().at(-1)).toContain("two.example answers 502");
});
