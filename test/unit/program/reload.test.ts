import { expect, test } from "vitest";
import type { BootContext } from "../../../machines/boot.ts";
import type { SettingsChanged } from "../../../machines/events.ts";
import { defaultSettings, type NodeSettings } from "../../../src/config/load.ts";
import { BootError } from "../../../src/errors.ts";
import { createReload } from "../../../src/program/reload.ts";

/** A boot that runs with some configuration, and reads what the test gives. */
function running(faults: string[] = [], status = "active") {
  const sent: SettingsChanged[] = [];
  const told: string[] = [];
  const config = { live: { ...defaultSettings }, faults };
  const reads: (() => NodeSettings | Promise<NodeSettings>)[] = [];
  const reload = createReload({
    config,
    read: async () => (reads.shift() ?? (() => ({ ...config.live })))(),
    actor: {
      getSnapshot: () => ({ status, context: { choice: null, probes: [] } as unknown as BootContext }),
      send: (event) => void sent.push(event),
    },
    tell: (level, text) => void told.push(`${level} ${text}`),
  });
  const reading = (change: Partial<NodeSettings>) => {
    reads.push(() => ({ ...defaultSettings, ...change }));
    return reload();
  };
  return { config, reads, reload, reading, sent, told };
}

test("what has not changed is not sent to the boot", async () => {
  const { reload, sent, told } = running();
  expect(await reload()).toBe("configuration read: nothing has changed");
  expect(sent).toEqual([]);
  expect(told).toEqual(["info configuration read: nothing has changed"]);
});

test("what has changed is live from then on, and the boot is told", async () => {
  const { reading, config, sent } = running();
  const { live } = config;
  expect(await reading({ reachTargets: ["a.example:1"] })).toBe("configuration read: changed reachTargets");
  expect(live.reachTargets).toEqual(["a.example:1"]);
  expect(sent).toMatchObject([{ type: "settings.changed", settings: live, hasOtherClient: false }]);
});

test("faults that are mended are forgotten, though no setting has changed", async () => {
  const { reload, config, sent } = running(["a.yaml: unknown key uplnk"]);
  await reload();
  expect(config.faults).toEqual([]);
  expect(sent).toHaveLength(1);
});

test.each<[string, Partial<NodeSettings> | BootError, RegExp]>([
  ["another supervisor", { supervisor: "zinit", uplink: "eth0" }, /from auto to zinit, which needs a restart/],
  ["a bad configuration", new BootError("bad-config", "a.yaml: uplink: 1 is not a NIC"), /a\.yaml: uplink: 1 is not/],
])("%s is refused whole, and that is told", async (_, change, words) => {
  const { reads, reload, config, sent, told } = running(["a fault"]);
  reads.push(() => (change instanceof BootError ? Promise.reject(change) : { ...defaultSettings, ...change }));
  await expect(reload()).rejects.toThrow(words);
  expect(config).toEqual({ live: defaultSettings, faults: ["a fault"] });
  expect(sent).toEqual([]);
  expect(told).toEqual([expect.stringMatching(/^warn configuration refused, the old one is kept: /)]);
});

test("a boot that has ended takes no other configuration", async () => {
  const { reading, sent } = running([], "done");
  await reading({ uplink: "eth0" }).catch(() => undefined);
  expect(sent).toEqual([]);
});

test("of several requests at once each compares with what the one before has applied", async () => {
  const { reading, sent } = running();
  const told = await Promise.all([reading({ uplink: "eth0" }), reading({ uplink: "eth0" }), reading({})]);
  expect(told.map((text) => text.replace("configuration read: ", ""))).toEqual([
    "changed uplink",
    "nothing has changed",
    "changed uplink",
  ]);
  expect(sent).toHaveLength(2);
});
