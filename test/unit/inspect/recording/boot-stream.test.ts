import { channel } from "node:diagnostics_channel";
import { expect, onTestFinished, test } from "vitest";
import { createActor, waitFor } from "xstate";
import { defaultSettings } from "../../../../src/config/load.ts";
import type { Effects, Watches } from "../../../../src/ports.ts";
import type { StreamRecord } from "../../../../src/inspect/recording/records.ts";
import { bootMachine } from "../../../../machines/boot.ts";
import { compose } from "../../../../src/program/compose.ts";
import { beginBootStream } from "../../../../src/inspect/recording/boot-stream.ts";

const identity = { source: "mac", duid: "00:03", hostname: "node", npub4Mac: "a", npub6Mac: "b" } as const;
const nics = ["eth0", "eth1"].map((name) => ({ name, mac: name, mtuBytes: 1_500, driver: null }));
const commands = channel("zos-boot:command");
const forever = () => new Promise<never>(() => {});

/** A node whose NICs get carrier, but nothing else; each effect runs a command of its name. */
function fakeNode(): Effects & Watches {
  const known: Partial<Effects> = {
    settleDevices: () => Promise.resolve({}),
    recover: () => Promise.resolve({ identity, adopted: null, hasIpv6: true, givenBack: [] }),
    listNics: () => Promise.resolve({ nics, otherLinks: [] }),
    awaitCarrier: () => Promise.resolve({ carrierAtMs: 1 }),
    giveBackProbes: () => Promise.resolve([]),
    isolateNic: ({ nic }) => (nic === "eth1" ? Promise.reject(new Error("eth1 is gone")) : forever()),
  };
  const effect = (name: keyof Effects) => async (input: never) => {
    await Promise.resolve();
    commands.publish({ argv: [name, JSON.stringify(input)], ms: 0, exitCode: 0 });
    return (known[name] as ((input: never) => unknown) | undefined)?.(input) ?? forever();
  };
  return new Proxy({} as Effects & Watches, { get: (_, name) => effect(name as keyof Effects) });
}

function begin(isRedacted = false) {
  const records: StreamRecord[] = [];
  const errors: unknown[] = [];
  const sink = {
    write: (line: string) => records.push(JSON.parse(line) as StreamRecord),
    close: () => Promise.resolve(),
  };
  const stream = beginBootStream({ sinks: [sink], isRedacted, onError: (error) => errors.push(error) });
  const machine = stream.observe(compose(bootMachine, fakeNode()));
  const actor = createActor(machine, {
    id: "boot",
    input: { settings: defaultSettings, stage: "all" },
    inspect: stream.inspect,
  });
  onTestFinished(() => {
    actor.stop();
  });
  return { records, errors, stream, actor, sink };
}

const of = <Type extends StreamRecord["type"]>(records: StreamRecord[], type: Type) =>
  records.filter((each): each is Extract<StreamRecord, { type: Type }> => each.type === type);

/** Boots until the second NIC could not be isolated, then stops. */
async function bootAndStop(stage: ReturnType<typeof begin>): Promise<void> {
  const isTried = () => of(stage.records, "ended").some(({ error }) => error?.includes("eth1 is gone"));
  stage.actor.start();
  await expect.poll(isTried).toBe(true);
  stage.actor.send({ type: "stop.requested" });
  await waitFor(stage.actor, ({ status }) => status === "done");
  await stage.stream.end();
}

test("a whole boot is told from start to end: actors by their paths, and who ran which command", async () => {
  const stage = begin();
  await bootAndStop(stage);
  const { records, errors } = stage;
  expect(errors).toEqual([]);
  expect([records[0]?.type, records.at(-1)?.type]).toEqual(["start", "end"]);
  const actors = of(records, "actor");
  expect(actors.map(({ actor, machine, effect }) => [actor, machine, effect])).toEqual(
    expect.arrayContaining([
      ["boot", "boot", null],
      ["boot/recover", null, "recover"],
      ["boot/internet", "internet", null],
      ["boot/internet/probe.eth0", "probe", null],
      ["boot/internet/probe.eth1/isolateNic", null, "isolateNic"],
    ]),
  );
  for (const { argv, actor } of of(records, "command")) {
    expect(actors.find((each) => each.actor === actor)?.effect, argv.join(" ")).toBe(argv[0]);
    const nic = /"nic":"(\w+)"/.exec(argv[1] ?? "")?.[1];
    if (nic !== undefined) expect(actor).toContain(`probe.${nic}/`);
  }
  expect(of(records, "command").length).toBeGreaterThan(5);
});

test("what ends is told with how, and with its parent its children end", async () => {
  const stage = begin();
  await bootAndStop(stage);
  const ended = new Map(of(stage.records, "ended").map(({ actor, status }) => [actor, status]));
  expect(ended.get("boot/recover")).toBe("done");
  expect(ended.get("boot/internet/probe.eth1/isolateNic")).toBe("error");
  expect(ended.get("boot/internet/probe.eth0/isolateNic")).toBe("stopped");
  expect(ended.get("boot/internet")).toBe("stopped");
  expect(ended.get("boot")).toBe("done");
  expect(ended.size).toBe(new Set(of(stage.records, "actor").map(({ actor }) => actor)).size);
});

test("guards that keep a machine where it is are told for the right actor", async () => {
  const stage = begin();
  await bootAndStop(stage);
  const checked = of(stage.records, "checked");
  const names = (actor: string) =>
    new Set(checked.filter((each) => each.actor === actor).flatMap((each) => each.guards.map(({ name }) => name)));
  expect(names("boot/internet")).toContain("isChoiceCertain");
  expect(names("boot/internet/probe.eth1")).toEqual(new Set(["isExhausted"]));
  expect(names("boot/internet/probe.eth0")).toEqual(new Set());
});

test("a boot goes on when it cannot be told of, which is said once", async () => {
  const stage = begin();
  stage.sink.write = () => {
    throw new Error("no");
  };
  stage.actor.start();
  await waitFor(stage.actor, ({ value }) => value === "internet");
  expect(stage.errors.map(String)).toEqual(["Error: no"]);
});

test("commands that run when nobody looks any more are told to nobody", async () => {
  const stage = begin();
  await stage.stream.end();
  const before = stage.records.length;
  commands.publish({ argv: ["ip"], ms: 1, exitCode: 0 });
  expect(stage.records).toHaveLength(before);
});

test("a masked stream names no host and no hardware of the node", async () => {
  const stage = begin(true);
  await bootAndStop(stage);
  expect(JSON.stringify(stage.records)).not.toContain('"hostname":"node"');
  expect(of(stage.records, "transition").length).toBeGreaterThan(5);
});
