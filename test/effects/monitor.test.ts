import { afterEach, beforeEach, expect, test } from "vitest";
import { monitorKernel } from "../../src/os/monitor.ts";
import { run } from "../../src/os/run.ts";
import { mac, plugIn, unplug } from "./node.ts";

beforeEach(() => plugIn("eth0", mac));
afterEach(unplug);

/** The processes by which the kernel is heard. */
async function monitors(): Promise<string> {
  return (await run(["pgrep", "--full", "^ip -rcvbuf"])).stdout;
}

test("steps that follow each other hear the kernel by the same process", async () => {
  const first = await monitorKernel([{ namespace: null, objects: ["link"] }]);
  const before = await monitors();
  await first.end();
  const second = await monitorKernel([{ namespace: null, objects: ["link"] }]);
  expect(before).toMatch(/^\d+\n$/);
  expect(await monitors()).toBe(before);
  await run(["ip", "link", "set", "dev", "eth0", "up"]);
  await second.changed();
  await second.end();
});

test("who has ended hears nothing, and who begins then is told of new changes only", async () => {
  const first = await monitorKernel([{ namespace: null, objects: ["link"] }]);
  await first.end();
  const second = await monitorKernel([{ namespace: "peer", objects: ["address"] }]);
  await run(["ip", "-n", "peer", "addr", "add", "192.168.1.1/24", "dev", "port"]);
  await second.changed();
  await second.end();
});
