import { expect, test } from "vitest";
import { type BootView, followSteps } from "../../src/program/follow-steps.ts";
import { standingOf } from "../../src/program/status-file.ts";
import { ipv4Wire } from "./farm.ts";
import { advert, privateLease } from "./samples.ts";
import { World } from "./worlds.ts";

/** A world that is online, and what a status says of its boot by now. */
async function online() {
  const world = new World({ eth0: { ...ipv4Wire, advert } });
  const views: BootView[] = [];
  world.inspectors.push(
    followSteps(
      () => world.clock.nowMs,
      (view) => views.push(view),
    ),
  );
  world.start();
  await world.reaches("online");
  const status = () => {
    const view = views.at(-1);
    if (view?.networkd == null) throw new Error("nothing was told of networkd");
    const { failure, attempts, reach } = view.networkd;
    return { state: view.steps.at(-1)?.state, detail: view.detail, failure, attempts, reach, ...standingOf(view) };
  };
  return { world, status };
}

test("the status of a node that is online is that of the machine that watches over it", async () => {
  const { world, status } = await online();
  expect(status()).toMatchObject({ state: "online", detail: "online.watching", failure: null });
  expect(status().reach?.workloads.v6.state).toBe("works");
  world.farm.rewire("eth0", { lease: null });
  await world.passes(5_000);
  expect(status()).toMatchObject({ state: "online", failure: "zos has lost its IPv4 lease", zos: { ipv4: [] } });
  expect(status().detail).toMatch(/^online\.renew\./);
  world.farm.rewire("eth0", { lease: privateLease });
  await world.passes(5_000);
  expect(status()).toMatchObject({ detail: "online.watching", failure: null, zos: { ipv4: [privateLease.address] } });
});

test("what networkd hears meanwhile does not hide it", async () => {
  const { world, status } = await online();
  const before = status();
  world.farm.changed(); // The watch of the resolver tells of it, too.
  await world.passes(1_000);
  expect({ ...status(), zos: before.zos, ndmz: before.ndmz }).toEqual(before);
  expect(status().zos?.ipv4).toEqual([privateLease.address]);
});

test("what is lost is said by the steps that mend it, until the node is online again", async () => {
  const { world, status } = await online();
  world.farm.rewire("eth0", { advert: null });
  await world.passes(60_000);
  expect(status().detail).toMatch(/^waitIpv6\./);
  expect(status().failure).not.toBeNull();
  expect(status().ndmz?.npub6.ipv6).toEqual([]);
  world.farm.rewire("eth0", { advert });
  await world.reaches("online");
  await world.passes(1_000);
  expect(status()).toMatchObject({ detail: "online.watching", failure: null, attempts: 0 });
});
