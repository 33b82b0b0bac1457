import { afterEach, beforeEach, expect, test } from "vitest";
import { ipBatch } from "../../src/os/ip.ts";
import { run } from "../../src/os/run.ts";
import { sourcedWay } from "../../src/os/sourced-routers.ts";
import { planSourcedRoutes } from "../../src/policy/sourced-routes.ts";
import { control, mac, pictureOfNode, plugIn, unplug } from "./node.ts";

const place = { namespace: null, ...control };
const at = { place, link: "eth0", lock: null };
const own = { first: "2001:db8:1::9", second: "2001:db8:2::9" };
const routers = [
  { router: "fe80::1", source: own.first, prefixes: ["2001:db8:1::/64"] },
  { router: "fe80::2", source: own.second, prefixes: ["2001:db8:2::/64"] },
];

/** As advertisements of two routers leave a link, with the routes by source that were made before. */
beforeEach(async () => {
  await plugIn("eth0", mac);
  await run(["ip", "link", "set", "eth0", "up"]);
  const { lead, others } = planSourcedRoutes(routers, { link: "eth0", routes: [], labels: [], addresses: [] }, false);
  await ipBatch(
    place,
    [
      ...[own.first, own.second].map((address) => `addr add ${address}/64 dev eth0 nodad`),
      "route add default via fe80::1 dev eth0 proto ra metric 1024",
      "route add default via fe80::2 dev eth0 proto ra metric 1025",
      ...[...lead, ...others],
    ],
    "v6",
  );
});
afterEach(unplug);

async function wayTo(...words: string[]): Promise<string> {
  return (await run(["ip", "-6", "route", "get", ...words])).stdout;
}

test("each address leaves through the router of its prefix, and new connections through the one that leads", async () => {
  const before = await pictureOfNode();
  const way = await sourcedWay(at);
  expect(way).toMatchObject({ gateways: ["fe80::1"], spares: ["fe80::2"] });
  expect(await pictureOfNode()).toBe(before);
  expect(await wayTo("2001:db8:2:8::1")).toMatch(/via fe80::1 dev eth0 .*src 2001:db8:1::9/);
  await way?.lead("fe80::2");
  for (const target of ["2001:db8:1:8::1", "2001:db8:8::1"]) {
    expect(await wayTo(target)).toMatch(/via fe80::2 dev eth0 .*src 2001:db8:2::9/);
    expect(await wayTo(target, "from", own.first)).toContain("via fe80::1");
    expect(await wayTo(target, "from", own.second)).toContain("via fe80::2");
  }
  expect(await sourcedWay(at)).toMatchObject({ gateways: ["fe80::2"], spares: ["fe80::1"] });
});

test("nothing of it is left where there is one provider", async () => {
  await ipBatch(place, [`addr del ${own.second}/64 dev eth0`, "route del default via fe80::2 dev eth0 proto ra"], "v6");
  expect(await sourcedWay(at)).toBeNull();
  expect((await run(["ip", "-6", "route", "show", "default"])).stdout.trim()).toMatch(/^default via fe80::1 .*$/);
});
