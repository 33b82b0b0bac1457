import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import { runLab } from "./lab-process.ts";

const saboteur = fileURLToPath(new URL("./saboteur.mjs", import.meta.url));
const isRoot = process.getuid?.() === 0;

/** Runs the lab with a program that does something wrong before one of its commands. */
async function runSabotaged(command: "attach" | "down" | "status", script: string, more: readonly string[] = []) {
  vi.stubEnv("SABOTAGE_AT", command);
  vi.stubEnv("SABOTAGE", script);
  return runLab("home-dual", saboteur, more);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.skipIf(!isRoot)(
  `the lab's proofs can fail${isRoot ? "" : " (skipped: needs root for network namespaces)"}`,
  () => {
    test("when neither the node nor a network resource gets an answer from the Internet", async () => {
      const dropHttp =
        "add table inet left; add chain inet left out { type filter hook output priority 0; }; add rule inet left out tcp dport 80 drop";
      const { code, report, stderr } = await runSabotaged(
        "attach",
        `nft '${dropHttp}'; ip netns exec nr1 nft '${dropHttp}'`,
      );
      expect(report.proof).toEqual({
        ...{ host4: false, host6: false, nr4: false, nr6: false },
        ...{ inbound4Blocked: true, inbound6Blocked: true },
      });
      expect(report.leftovers).toEqual(["nft table inet left"]);
      expect(stderr).toContain("a network resource does not reach the Internet over IPv6");
      expect(code).toBe(1);
    });

    test("unless ndmz lets unsolicited connections in, which the program mends before anybody tries", async () => {
      const { code, report } = await runSabotaged(
        "attach",
        [open("forward", "ct state invalid drop"), open("input", 'iifname "lo" accept')].join("\n"),
      );
      expect(report).toMatchObject({
        outcome: "online",
        proof: { nr4: true, nr6: true, inbound4Blocked: true, inbound6Blocked: true },
      });
      expect(code).toBe(0);
    });

    test("when nothing gets in only because nobody listens", async () => {
      const silence =
        "add table inet left; add chain inet left in { type filter hook input priority 0; }; add rule inet left in tcp dport 7777 drop";
      const { code, report, stderr } = await runSabotaged("attach", `ip netns exec nr1 nft '${silence}'`);
      expect(report.proof).toMatchObject({ nr4: true, nr6: true, inbound4Blocked: false, inbound6Blocked: false });
      expect(stderr).toContain("the listeners do not answer inside the node either");
      expect(code).toBe(1);
    });

    test("when the lease client is stopped under its supervisor", async () => {
      const { code, report, stderr } = await runSabotaged(
        "status",
        "echo stop dhcp-zos | nc -N -U /run/zinit.sock; while pgrep -f '^dhcpcd: zos'; do sleep 0.1; done >&2",
        ["--supervisor", "zinit"],
      );
      expect(report.supervisor).toEqual({ kind: "zinit-text", service: "dhcp-zos", state: "ended" });
      expect(report.proof).toMatchObject({ host4: true, nr6: true, renewed: false, revived: false });
      expect(stderr).toContain("was not renewed after the program had ended");
      expect(code).toBe(1);
    });

    test("when something is left behind, which is then named", async () => {
      const { code, report } = await runSabotaged(
        "down",
        [
          "ip link add left0 type bridge",
          "ip netns add left1",
          "sysctl -qw net.ipv4.conf.lo.rp_filter=2",
          "echo left > /etc/left2",
          "echo changed >> /etc/hosts",
          "rm /etc/hostname",
          "sleep 1000 >&2 &",
        ].join("\n"),
      );
      expect(report.leftovers).toEqual([
        "link left0",
        "namespace left1",
        expect.stringMatching(/^process \d+ sleep 1000$/),
        expect.stringMatching(/^sysctl net\.ipv4\.conf\.lo\.rp_filter \d→2$/),
        "file /etc/hostname is gone",
        "file /etc/hosts changed",
        "file /etc/left2",
      ]);
      expect(report.proof).toMatchObject({ host4: true, nr6: true });
      expect(code).toBe(1);
    });
  },
);

/** A script that replaces a rule of ndmz by one that accepts everything; the number of rules stays. */
function open(chain: string, rule: string): string {
  const inNdmz = "ip netns exec ndmz nft";
  return [
    `handle=$(${inNdmz} -a list chain inet zos-boot ${chain} | sed -n 's/.*${rule}.*# handle //p')`,
    `${inNdmz} replace rule inet zos-boot ${chain} handle $handle accept`,
  ].join("\n");
}
