import { expect, test } from "vitest";
import { createProgress } from "../../src/cli/progress.ts";
import { type Entry, logTransitions } from "../../src/program/log.ts";
import { createNews } from "../../src/program/news.ts";
import { stepNames } from "../../src/policy/steps.ts";
import { followSteps } from "../../src/program/follow-steps.ts";
import { deadWire, ipv4Wire, type Wire } from "./farm.ts";
import { advert } from "./samples.ts";
import { World } from "./worlds.ts";

const hourMs = 3_600_000;
const dualStack: Wire = { ...ipv4Wire, advert };

/** A world whose boot is told as `zos-boot up` tells it, and the lines at info and above. */
function told(wires: Record<string, Wire>) {
  const world = new World(wires);
  const entries: Entry[] = [];
  const news = createNews();
  const log = (entry: Entry) => void entries.push(entry);
  const clock = () => world.clock.nowMs;
  const progress = createProgress({ stream: null, spinner: null, log, news }, clock);
  world.inspectors.push(
    logTransitions(log, news),
    followSteps(clock, (view) => progress.show(view)),
  );
  world.start();
  return { world, entries, lines: () => entries.filter(({ level }) => level !== "debug") };
}

test("each step of a boot is told once", async () => {
  const { world, lines } = told({ eth0: dualStack });
  await world.reaches("online");
  const steps = lines().map(({ fields }) => String(fields["step"]));
  expect(steps).toEqual(stepNames.slice(1, stepNames.indexOf("online") + 1));
});

test("a node that is online and loses nothing tells nothing in an hour, though it looks at itself", async () => {
  const { world, entries, lines } = told({ eth0: dualStack });
  await world.reaches("online");
  const [before, all] = [lines().length, entries.length];
  await world.passes(hourMs);
  expect(entries.length - all).toBeGreaterThan(20);
  expect(lines().slice(before)).toEqual([]);
});

test("a node that is told of changes by the kernel which change nothing tells nothing", async () => {
  const { world, lines } = told({ eth0: dualStack });
  await world.reaches("online");
  const before = lines().length;
  for (let renewal = 0; renewal < 10; renewal++) {
    world.farm.changed();
    await world.passes(10_000);
  }
  expect(lines().slice(before)).toEqual([]);
});

test.each([
  ["no IPv6", { eth0: ipv4Wire }],
  ["no carrier", { eth0: deadWire }],
])("a node with %s that goes on trying says so once", async (_, wires) => {
  const { world, lines } = told(wires);
  await world.passes(hourMs / 4);
  const before = lines().length;
  expect(lines().some(({ level }) => level === "warn")).toBe(true);
  await world.passes(hourMs);
  expect(lines().slice(before)).toEqual([]);
});

test("an effect that fails is told once, at warning, and the step that it delays not again for that", async () => {
  const { world, lines } = told({ eth0: dualStack });
  world.farm.failing.add("ensureBridge");
  await world.reaches("online");
  const about = lines().filter(({ text }) => text.includes("ensureBridge failed"));
  expect(about.map(({ level, kind }) => `${level} ${kind}`)).toEqual(["warn effect failed"]);
});

test("what is lost is told each time, with every step that mends it", async () => {
  const { world, lines } = told({ eth0: dualStack });
  await world.reaches("online");
  for (let loss = 0; loss < 2; loss++) {
    const before = lines().length;
    world.farm.hasNat = false;
    world.farm.changed();
    await world.passes(60_000);
    expect(
      lines()
        .slice(before)
        .map(({ fields }) => fields["step"]),
    ).toEqual(["nat", "prove", "online"]);
  }
});
