import { pass, pluggedIn, pulled, run, sees, shell, shellSight, sight, step } from "./deeds.ts";
import { homeDual, kept, renewedSoon, scenario } from "./parts.ts";
import type { Deed, Scenario } from "./scenario.ts";

const homeSoon = renewedSoon(homeDual);

/** A line of zinit's text protocol. */
const ask = (line: string): Deed => run("node", "nc -N -U -w 2 /run/zinit.sock", `${line}\n`);
const zinitSays = (says: string, matches: RegExp) =>
  shellSight(says, "node", { line: "echo list | nc -N -U -w 2 /run/zinit.sock", matches });
const runsUnderZinit = zinitSays("zinit runs dhcp-zos", /"dhcp-zos":"(Running|Spawned)"/);
const one = (what: string, title: string) =>
  shellSight(`one ${what} runs`, "node", { line: `pgrep -cf '${title}'`, matches: /^1$/m });

/** A node whose zinit keeps the DHCP clients, and runs the program as two services. */
export const zinitScenarios: readonly Scenario[] = [
  scenario({
    name: "zinit-service-stopped",
    summary: "somebody has zinit stop the DHCP client of zos",
    layout: homeSoon,
    manager: "zinit",
    steps: [step("zinit stops dhcp-zos", [ask("stop dhcp-zos")])],
    ending: {
      withinMs: 90_000,
      flows: kept(500),
      keeps: ["ndmz", "tonrs", "address of zos"],
      sights: [runsUnderZinit],
    },
  }),
  scenario({
    name: "zinit-service-forgotten",
    summary: "somebody has zinit forget the DHCP client of zos",
    layout: homeSoon,
    manager: "zinit",
    steps: [step("zinit stops and forgets dhcp-zos", [ask("stop dhcp-zos"), pass(1_500), ask("forget dhcp-zos")])],
    ending: {
      withinMs: 90_000,
      flows: kept(500),
      keeps: ["ndmz", "tonrs", "address of zos"],
      sights: [runsUnderZinit],
    },
  }),
  scenario({
    name: "zinit-service-failed",
    summary: "the DHCP client cannot be started once, after which zinit never tries again",
    layout: homeSoon,
    manager: "zinit",
    steps: [
      step(
        "the client's program cannot be run, and the client is ended",
        [
          shell(
            "node",
            "f=$(readlink -f $(command -v $(sed -n 's/^exec: *\\([^ ]*\\).*/\\1/p' /etc/zinit/dhcp-zos.yaml))); printf '#!/nowhere\\n' > /run/zos-boot-lab/broken; chmod +x /run/zos-boot-lab/broken; mount -n --bind /run/zos-boot-lab/broken $f; echo $f > /run/zos-boot-lab/covered",
          ),
          shell("node", "pkill -TERM -f '^dhcpcd: zos .ip4'"),
        ],
        {
          until: sees(zinitSays("zinit has given it up", /"dhcp-zos":"Failure"/), 15_000),
        },
      ),
      step("it can be run again", [shell("node", "umount -n $(cat /run/zos-boot-lab/covered)")]),
    ],
    ending: { withinMs: 90_000, flows: kept(500), keeps: ["ndmz", "tonrs"], sights: [runsUnderZinit] },
  }),
  ...(["zinit", "zinit-rpc"] as const).map((manager) =>
    scenario({
      name: `${manager}-killed`,
      summary: `zinit (${manager === "zinit" ? "text protocol" : "JSON-RPC"}) is killed and started again, not as pid 1: its services live on as orphans`,
      layout: homeSoon,
      manager,
      steps: [
        step("zinit is killed and started again", [
          shell("node", "pkill -KILL -f 'agent zini[t]'"),
          pass(1_000),
          { kind: "zinit" },
        ]),
      ],
      ending: {
        withinMs: 60_000,
        staysMs: 6_000,
        flows: kept(500),
        keeps: ["ndmz", "tonrs", "address of zos"],
        sights: [one("client of zos", "^dhcpcd: zos .ip4"), one("networkd", "zos-boot.mj[s] networkd")],
      },
    }),
  ),
  scenario({
    name: "zinit-gone",
    summary: "zinit is killed and is away for fifteen seconds, five renewals long",
    layout: homeSoon,
    manager: "zinit",
    steps: [
      step("zinit is killed", [shell("node", "pkill -KILL -f 'agent zini[t]'"), pass(15_000)]),
      step("zinit is started again", [{ kind: "zinit" }], { isBeginning: true }),
    ],
    ending: {
      withinMs: 60_000,
      staysMs: 6_000,
      flows: kept(500),
      keeps: ["ndmz", "tonrs", "address of zos"],
      sights: [one("client of zos", "^dhcpcd: zos .ip4"), runsUnderZinit],
    },
  }),
  scenario({
    name: "internet-killed",
    summary: "the one-shot is killed while it waits for a cable",
    layout: homeDual,
    manager: "zinit",
    begins: "started",
    steps: [
      step("the cable of eth0 is out", [pulled("eth0")], {
        until: sees(sight("`internet` runs", "node", { words: "pgrep -f zos-boot.mjs.internet", matches: /\d/ })),
      }),
      step("`internet` is killed", [run("node", "pkill -KILL -f zos-boot.mjs.internet")]),
      step("the cable is plugged in", [pluggedIn("eth0")], { isBeginning: true }),
    ],
    ending: { withinMs: 60_000 },
  }),
  scenario({
    name: "networkd-killed",
    summary: "the daemon is killed while flows run",
    layout: homeDual,
    manager: "zinit",
    steps: [step("`networkd` is killed", [run("node", "pkill -KILL -f zos-boot.mjs.networkd")])],
    ending: { flows: kept(300), staysMs: 6_000, keeps: ["ndmz", "tonrs", "address of zos"] },
  }),
  scenario({
    name: "after-networkd",
    summary: "what zinit starts after networkd finds a node that is online",
    layout: homeDual,
    manager: "zinit",
    begins: "started",
    steps: [
      step("a tenant is to be started after networkd", [
        run(
          "node",
          "tee /etc/zinit/tenant.yaml",
          "exec: cp /run/zos-boot/status.json /run/zos-boot-lab/tenant.json\noneshot: true\nafter:\n  - networkd\n",
        ),
        ask("monitor tenant"),
      ]),
      step("the tenant was started", [], {
        until: sees(zinitSays("zinit has run it", /"tenant":"(Success|Error)/), 30_000),
      }),
    ],
    ending: {
      leaves: [/tenant/],
      sights: [
        sight("the tenant found the node online", "node", {
          words: "cat /run/zos-boot-lab/tenant.json",
          matches: /"state":"online"/,
        }),
      ],
    },
  }),
];
