import { expect, test } from "vitest";
import type { Report } from "../../src/cli/report.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { isOnline, outputOf, startUp, until, withFarm, zosBoot } from "./boot.ts";
import { expectNothingStray } from "./stray.ts";
import { replaceTool } from "./tools.ts";

const homeDual = layoutNamed("home-dual");

/** Lines of `ip -batch` that match are refused as the kernel would, with its words; the others are done. */
function refuse(node: LabNode, pattern: string, words: string): Promise<void> {
  return replaceTool(
    node,
    "ip",
    `case "$*" in *-batch*) ;; *) exec $real "$@" ;; esac
input=$(cat)
number=$(echo "$input" | grep -nE '${pattern}' | head -n 1 | cut -d : -f 1)
if [ -z "$number" ]; then echo "$input" | $real "$@"; exit $?; fi
echo "$input" | grep -vE '${pattern}' | $real "$@"
echo "RTNETLINK answers: ${words}" >&2
echo "Command failed -:$number" >&2
exit 1
`,
  );
}

async function onlineWithTraffic(node: LabNode): Promise<void> {
  await startUp(node);
  const { uplink } = await until(node, isOnline);
  expect(uplink?.nic).toBe("eth0");
  await outputOf(node, "nc", "-z", "-w", "3", "198.51.100.10", "80");
  await expectNothingStray(node, ["eth0", "zos"]);
}

test("where the kernel takes no macvlan of its NIC's own name, it is made under a free one and renamed inside", () =>
  withFarm(
    homeDual,
    async ({ node }) => {
      await refuse(node, "link eth0 name eth0 netns .* macvlan", "File exists");
      await onlineWithTraffic(node);
    },
    ["isolation: passthru"],
  ));

test("whatever the kernel has against a macvlan, the NIC itself is moved", () =>
  withFarm(homeDual, async ({ node }) => {
    await refuse(node, "type macvlan mode passthru", "Invalid argument");
    await onlineWithTraffic(node);
  }));

test("a probe that failed on the node's own side is not said to be the network's fault", () =>
  withFarm(homeDual, async ({ node }) => {
    await refuse(node, "type macvlan mode passthru|link set dev eth0 netns", "Invalid argument");
    const text = await outputOf(node, "sh", "-c", `${zosBoot("probe", "--json").join(" ")} || true`);
    const { nics, site } = JSON.parse(text) as Report;
    expect(nics).toMatchObject([
      { nic: "eth0", verdict: "unusable", reason: expect.stringMatching(/could not be probed.*Invalid argument/) },
    ]);
    expect(site.family).toBe("no NIC could be probed");
    expect(site.advice.join()).toContain("no fault of the network");
    expect(site.advice.join()).not.toMatch(/DHCP|cable|VLAN/);
  }));
