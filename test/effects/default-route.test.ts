import { afterEach, beforeEach, expect, test } from "vitest";
import { leadThrough } from "../../src/os/default-route.ts";
import { run } from "../../src/os/run.ts";
import { control, mac, plugIn, unplug } from "./node.ts";

const place = { namespace: null, ...control };

beforeEach(async () => {
  await plugIn("eth0", mac);
  await run(["ip", "addr", "add", "192.168.1.9/24", "dev", "eth0"]);
  await run(["ip", "link", "set", "eth0", "up"]);
});
afterEach(unplug);

async function defaultRoutes(): Promise<string[]> {
  const { stdout } = await run(["ip", "-4", "route", "show", "default"]);
  return stdout
    .trim()
    .split(/\s*\n/)
    .filter((line) => line !== "");
}

test("a default route leads through another gateway, in its network or not, and is the same otherwise", async () => {
  const words = ["ip", "route", "add", "default", "via", "192.168.1.1", "dev", "eth0", "proto", "dhcp"];
  await run([...words, "src", "192.168.1.9", "metric", "1003"]);
  await leadThrough(place, "eth0", "192.168.1.2");
  expect(await defaultRoutes()).toEqual([
    expect.stringMatching(/^default via 192\.168\.1\.2 dev eth0 proto dhcp src 192\.168\.1\.9 metric 1003/),
  ]);
  await leadThrough(place, "eth0", "10.0.0.1");
  expect(await defaultRoutes()).toEqual([
    expect.stringMatching(/^default via 10\.0\.0\.1 dev eth0 proto dhcp src 192\.168\.1\.9 metric 1003/),
  ]);
});

test("where there is no default route none is made", async () => {
  await leadThrough(place, "eth0", "192.168.1.2");
  expect(await defaultRoutes()).toEqual([]);
});
