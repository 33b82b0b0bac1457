import { expect, test } from "vitest";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { isInstalled } from "../../src/os/tools.ts";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { names } from "../../src/policy/names.ts";
import { codesIn, isOnline, outputOf, startUp, until, withFarm, zosBoot } from "./boot.ts";
import { removeTool, replaceTool } from "./tools.ts";

const homeDual = layoutNamed("home-dual");

/** Whether a tool runs where the rules of ndmz are, in the words of sh(1). */
const inNdmz = '[ "$(ip netns identify)" = ndmz ]';
/** Whether nft is given those rules: it is asked there too who has an address. */
const getsRules = `[ "$1" = -f ] && ${inNdmz} && reads "table inet ${names.nftTable}"`;

/** Runs the program to its end and gives exit code and stderr. */
async function endOf(node: LabNode, argv: string[]): Promise<{ code: number; stderr: string }> {
  const script = '"$@" 2>&1 >/dev/null; echo "exit $?"';
  const { stdout } = await node.run(["sh", "-c", script, "sh", ...argv]);
  return { code: Number(/exit (\d+)\n$/.exec(stdout)?.[1]), stderr: stdout };
}

test.each([
  ["nft", "nftables"],
  ["ip", "iproute2"],
])("without %s, up ends with 69 and names the Debian package %s", (tool, debianPackage) =>
  withFarm(homeDual, async ({ node }) => {
    await removeTool(node, tool);
    const { code, stderr } = await endOf(node, zosBoot("up"));
    expect(stderr).toContain(`${tool} (Debian package ${debianPackage})`);
    expect(code).toBe(69);
  }),
);

test("without any DHCP client, up ends with 69 and names those there are", () =>
  withFarm(homeDual, async ({ node }) => {
    for (const tool of ["dhcpcd", "udhcpc"]) if (await isInstalled(tool)) await removeTool(node, tool);
    const { code, stderr } = await endOf(node, zosBoot("up"));
    expect(stderr).toContain("dhcpcd (Debian package dhcpcd-base) or udhcpc (Debian package udhcpc)");
    expect(code).toBe(69);
  }));

const hasUdhcpc = await isInstalled("udhcpc");
const why = hasUdhcpc ? "" : " (skipped: udhcpc is not installed)";
test.skipIf(!hasUdhcpc)(`without dhcpcd the node gets its leases by udhcpc${why}`, () =>
  withFarm(homeDual, async ({ node }) => {
    await removeTool(node, "dhcpcd");
    await startUp(node);
    const { zos } = await until(node, isOnline);
    expect(zos?.ipv4).toHaveLength(1);
    expect(await outputOf(node, "pgrep", "-f", "^udhcpc .* zos ")).toMatch(/^\d+\n$/);
  }),
);

test("who is not root is told so and gets 77", () =>
  withFarm(homeDual, async ({ node }) => {
    const nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
    const { code, stderr } = await endOf(node, [...nobody, ...zosBoot("up")]);
    expect(stderr).toContain("must run as root");
    expect(code).toBe(77);
  }));

test("a second boot on the same node is refused with 75", () =>
  withFarm(homeDual, async ({ node }) => {
    await startUp(node);
    await until(node, isOnline);
    const { code, stderr } = await endOf(node, zosBoot("up"));
    expect(stderr).toContain("runs on this node already");
    expect(code).toBe(75);
  }));

test("rules that the kernel refuses at first are tried again", () =>
  withFarm(homeDual, async ({ node }) => {
    await replaceTool(
      node,
      "nft",
      `if ${getsRules} && once refusal; then echo "Error: no" >&2; exit 1; fi\nexec $real "$@"\n`,
    );
    await startUp(node);
    await until(node, isOnline);
    expect(await codesIn(node, "ensureNat")).toEqual(["command-failed"]);
  }));

test("a command that prints garbage is a coded error, and the step is tried again", () =>
  withFarm(homeDual, async ({ node }) => {
    await replaceTool(
      node,
      "nft",
      `if ${getsRules}; then once rules; fi
      if ${inNdmz} && [ "$1" = -j ] && was rules && once garbage; then echo "<html>"; exit 0; fi
      exec $real "$@"\n`,
    );
    await startUp(node);
    await until(node, isOnline);
    expect(await codesIn(node, "ensureNat")).toEqual(["bad-output"]);
  }));

test("JSON of an unknown shape is a coded error that says where", () =>
  withFarm(homeDual, async ({ node }) => {
    await replaceTool(
      node,
      "ip",
      'if [ "$*" = "-j -d link show" ] && ! once glance && once shape; then echo \'[{"ifname": 7}]\'; exit 0; fi\nexec $real "$@"\n',
    );
    await startUp(node);
    await until(node, isOnline);
    expect(await codesIn(node, "recover")).toEqual(["bad-output"]);
  }));

test("a command that hangs is killed, and the step is tried again", () =>
  withFarm(homeDual, async ({ node }) => {
    await replaceTool(node, "nft", `if ${getsRules} && once hang; then exec sleep 1000; fi\nexec $real "$@"\n`);
    await startUp(node);
    await until(node, isOnline);
    expect(await codesIn(node, "ensureNat")).toEqual(["timeout"]);
    expect((await endOf(node, ["pgrep", "-f", "-x", "sleep 1000"])).code).toBe(1);
  }));

test("a DHCP client that ends at once is an error of its NIC only, and is started again", () =>
  withFarm(homeDual, async ({ node }) => {
    await replaceTool(node, "dhcpcd", 'if once crash; then echo "no luck" >&2; exit 1; fi\nexec $real "$@"\n');
    await startUp(node);
    await until(node, isOnline);
    expect(await codesIn(node, "requestLease")).toEqual(["command-failed"]);
  }));

test("bad configuration ends with 78 and names key, value and what would be accepted", () =>
  withFarm(homeDual, async ({ node }) => {
    await node.run(["sh", "-c", "echo 'isolation: teleport' > /run/bad.yaml"]);
    const { code, stderr } = await endOf(node, zosBoot("up", "--strict", "--config", "/run/bad.yaml"));
    expect(stderr).toContain('isolation: "teleport" is not auto, passthru or move');
    expect(code).toBe(78);
  }));
