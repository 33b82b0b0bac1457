import { expect, test } from "vitest";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { isInstalled } from "../../src/os/tools.ts";
import { capabilities } from "../../src/policy/service-files.ts";
import { isOnline, logOf, outputOf, until, withFarm, zosBoot } from "./boot.ts";

const bounds = Object.keys(capabilities).map((name) => `+${name.replace("CAP_", "").toLowerCase()}`);
const confine = ["setpriv", "--no-new-privs", "--bounding-set", ["-all", ...bounds].join(",")];

const programs = await Promise.all(
  ["dhcpcd", "udhcpc"].map(async (program) => {
    const isMissing = !(await isInstalled(program));
    return { program, isMissing, title: isMissing ? `${program} (skipped: not installed)` : program };
  }),
);

/** The other restrictions of the unit need systemd itself. */
for (const { program, isMissing, title } of programs) {
  test.skipIf(isMissing)(
    `with the capabilities of its systemd unit alone a node comes online, by ${title}, and is given back`,
    () =>
      withFarm(
        layoutNamed("home-dual"),
        async ({ node }) => {
          const up = await node.start([...confine, ...zosBoot("up", "--log-file", "/run/zos-boot-lab/up.log")], {
            stdio: "ignore",
          });
          await until(node, (status) => isOnline(status) && status.ndmz?.npub4.ipv4.length === 1);
          expect(await logOf(node)).not.toContainEqual(expect.objectContaining({ err: expect.anything() }));
          expect(await outputOf(node, "pgrep", "-c", "-f", "^ip .*monitor all-nsid")).toBe("1\n");
          await up.signal("SIGTERM");
          expect(await up.exited).toBe(0);
          const down = await node.start([...confine, ...zosBoot("down")], { stdio: "ignore" });
          expect(await down.exited).toBe(0);
          const left = await outputOf(node, "sh", "-c", "ps -e -o args= | grep -E '^(dhcpcd|udhcpc)' || true");
          expect(left).toBe("");
        },
        [`dhcpClient: ${program}`],
      ),
  );
}

test("a root that lacks what it takes is told which capability, and gets 77", () =>
  withFarm(layoutNamed("home-dual"), async ({ node }) => {
    const deaf = ["setpriv", "--bounding-set", "-net_broadcast", ...zosBoot("up")];
    const { stdout } = await node.run(["sh", "-c", '"$@" 2>&1 >/dev/null; echo "exit $?"', "sh", ...deaf]);
    expect(stdout).toMatch(/root lacks here: CAP_NET_BROADCAST \(hearing of changes .*\n?exit 77\n$/s);
  }));
