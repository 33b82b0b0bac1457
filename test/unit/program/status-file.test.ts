import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { createStatusWriter, type Status } from "../../../src/program/status-file.ts";

const online: Status = {
  ...{ schema: 1, configFaults: [] },
  ...{ version: "1", pid: 1, startedAt: "", supervisor: "embedded", state: "online", detail: "online.watching" },
  ...{
    attempts: 0,
    failure: null,
    reach: null,
    grid: null,
    zdb: null,
    hasIpv6: true,
    uplink: null,
    exit: null,
    nics: [],
    probes: [],
    zos: null,
    ndmz: null,
  },
  states: [{ state: "online", ms: 1 }],
  statesLeftOut: 0,
  visits: { online: 1 },
};

function recorded() {
  const texts: string[] = [];
  const writer = createStatusWriter(
    () => undefined,
    (text) => {
      texts.push(text);
      return Promise.resolve();
    },
  );
  return { writer, detailsWritten: () => texts.map((text) => (JSON.parse(text) as Status).detail) };
}

test("a node that looks at itself and finds all in its place has its status written once", async () => {
  const { writer, detailsWritten } = recorded();
  for (const detail of ["online.watching", "online.suspect.diagnose", "online.watching"]) {
    writer.write({ ...online, detail, states: [{ state: "online", ms: detail.length }] });
    await delay(20);
  }
  await delay(300);
  await writer.flush();
  expect(detailsWritten()).toEqual(["online.watching"]);
});

test("a state within a step that lasts is written, and one that fails at once", async () => {
  const { writer, detailsWritten } = recorded();
  writer.write(online);
  await delay(20);
  writer.write({ ...online, detail: "online.suspect.grace" });
  await delay(400);
  expect(detailsWritten()).toEqual(["online.watching", "online.suspect.grace"]);
  writer.write({ ...online, detail: "online.deaf", failure: "the kernel is not heard" });
  await delay(20);
  expect(detailsWritten()).toEqual(["online.watching", "online.suspect.grace", "online.deaf"]);
});

test("what waits is written when the boot ends", async () => {
  const { writer, detailsWritten } = recorded();
  writer.write(online);
  await delay(20);
  writer.write({ ...online, detail: "online.suspect.grace" });
  await writer.flush();
  expect(detailsWritten()).toEqual(["online.watching", "online.suspect.grace"]);
});

test("a state that passes while a write is on its way does not keep later ones from being written", async () => {
  const details: string[] = [];
  const disk: { done: () => void } = { done: () => undefined };
  const writer = createStatusWriter(
    () => undefined,
    (text) => {
      details.push((JSON.parse(text) as Status).detail);
      return new Promise((resolve) => (disk.done = resolve));
    },
  );
  writer.write(online);
  await delay(20);
  writer.write({ ...online, detail: "online.suspect.grace" });
  disk.done();
  await delay(20);
  disk.done();
  await delay(300);
  writer.write({ ...online, detail: "online.deaf", failure: "the kernel is not heard" });
  await delay(20);
  expect(details).toEqual(["online.watching", "online.suspect.grace", "online.deaf"]);
});
