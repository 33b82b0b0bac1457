import { expect, onTestFinished, test } from "vitest";
import { readText, remove } from "../../src/os/files.ts";
import { endProcesses } from "../../src/os/processes.ts";
import { run, start } from "../../src/os/run.ts";

const namespace = "deaf";
const farewell = "/run/zos-lab/farewell";

/** It says goodbye at the second signal, as dhcpcd does when its script was running at the first. */
const forgetful = `heard=0
trap 'heard=$((heard + 1)); [ $heard -eq 1 ] || { echo goodbye > ${farewell}; exit; }' ALRM
echo ready
while :; do sleep 0.01; done`;

test("asks a process again that has forgotten the first signal", async () => {
  await run(["ip", "netns", "add", namespace]);
  onTestFinished(async () => {
    await run(["ip", "netns", "del", namespace]);
    await remove(farewell);
  });
  await new Promise<unknown>((resolve) => {
    void start(["ip", "netns", "exec", namespace, "sh", "-c", forgetful], { onLine: resolve });
  });
  await endProcesses(
    namespace,
    () => true,
    ({ title }) => (title.startsWith("sleep") ? "SIGCONT" : "SIGALRM"),
  );
  expect(await readText(farewell)).toBe("goodbye\n");
});
