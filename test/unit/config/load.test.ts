import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileSource } from "../../../src/config/file-source.ts";
import { settingKeys } from "../../../src/config/schema.ts";
import { environmentSource, type Flags, flagSource, kernelSource, variableOf } from "../../../src/config/sources.ts";
import { configure, defaultSettings, faultless, type NodeSettings, readConfig } from "../../../src/config/load.ts";
import { BootError, exitCodeOf } from "../../../src/errors.ts";

const settingsOf = (...sources: Parameters<typeof configure>[0]) => faultless(configure(sources)).settings;
const fromFile = (text: string) => settingsOf(fileSource(text, "zos-boot.yaml"));

/** The error that a configuration gives. */
function refusalOf(read: () => unknown): BootError {
  try {
    read();
  } catch (error) {
    if (error instanceof BootError) return error;
  }
  throw new Error("it was accepted");
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "zos-boot-config-"));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ["registrars: [https://user:hunter2@grid.example]", "registrars.0"],
  ["vantages: [http://hunter2@grid.example]", "vantages.0"],
  ["reachTargets: ['user:hunter2@grid.example:443']", "reachTargets.0"],
  ["gridKey: |\n  -----BEGIN PRIVATE KEY-----\n  hunter2\n  -----END PRIVATE KEY-----\n", "gridKey"],
])("a secret in a value that is refused is not told: %j", (text, place) => {
  const { message } = refusalOf(() => fromFile(text));
  expect(message).toContain(place);
  expect(message).not.toContain("hunter2");
});

test("an empty file is the default configuration", () => {
  expect(fromFile("")).toEqual(defaultSettings);
});

test("a key that is given replaces its default, and no other", () => {
  expect(fromFile("isolation: move\n")).toEqual({ ...defaultSettings, isolation: "move" });
});

const milliseconds = "a whole number of milliseconds from 1000 to 600000";

test.each([
  ["isolation: teleport", 'isolation: "teleport" is not auto, passthru or move'],
  ["probeTimeoutMs: soon", `probeTimeoutMs: "soon" is not ${milliseconds}`],
  ["probeTimeoutMs: 999", `probeTimeoutMs: 999 is not ${milliseconds}`],
  ["reachTargets: []", "reachTargets: [] is not at least one target"],
  ["reachTargets: [hub]", 'reachTargets.0: "hub" is not https://HOST, http://HOST/PATH#ANSWER or HOST:PORT'],
  ["nicKinds: [Physical]", 'nicKinds.0: "Physical" is not a kind of link such as physical or veth'],
  ["ignoreNics: eth0", 'ignoreNics: "eth0" is not a list of names of NICs'],
  [
    "ignoreNics: ['*']",
    'ignoreNics.0: "*" is not the name of a NIC such as eth0, or the beginning of names such as eth*',
  ],
  [
    "uplink: [eth0]",
    'uplink: ["eth0"] is not the name of a NIC such as eth0, or nothing (null in a file) to leave it to the choice',
  ],
  ["preferPublic: 1", "preferPublic: 1 is not true or false"],
  ["lanAccess: some", 'lanAccess: "some" is not drop or allow'],
  [
    "lanExceptions: [192.168.1.1]",
    'lanExceptions.0: "192.168.1.1" is not a prefix such as 192.168.1.53/32 or 2001:db8::/64',
  ],
  [
    'location: { country: X, city: Y, longitude: "1" }',
    "location.latitude: null is not country, city, longitude and latitude",
  ],
  ["supervisor: systemd", 'supervisor: "systemd" is not auto, zinit or embedded'],
])("%s is refused by file, key, value and what would be accepted", (text, message) => {
  const refusal = refusalOf(() => fromFile(text));
  expect(refusal.message).toBe(`zos-boot.yaml: ${message}`);
  expect(exitCodeOf(refusal)).toBe(78);
});

test("an unknown key is refused with those that are known", () => {
  expect(refusalOf(() => fromFile("isolaton: move")).message).toMatch(
    /^zos-boot\.yaml: unknown key isolaton; known are isolation, /,
  );
});

test.each(["[1, 2]", "just words", "isolation: [unclosed"])("%s is no configuration", (text) => {
  expect(refusalOf(() => fromFile(text)).code).toBe("bad-config");
});

test.each([
  ["ZOS_BOOT_ISOLATION", "teleport", '"teleport" is not auto, passthru or move'],
  ["ZOS_BOOT_PROBE_TIMEOUT_MS", "soon", `"soon" is not ${milliseconds}`],
  ["ZOS_BOOT_PREFER_PUBLIC", "yes", '"yes" is not true or false'],
  ["ZOS_BOOT_REACH_TARGETS", "", "[] is not at least one target"],
])("%s=%s is refused by its name", (variable, text, message) => {
  const refusal = refusalOf(() => settingsOf(environmentSource({ [variable]: text })));
  expect(refusal.message).toBe(`environment: ${variable}: ${message}`);
});

test("an unknown ZOS_BOOT_ variable is refused with those that are known", () => {
  expect(refusalOf(() => settingsOf(environmentSource({ ZOS_BOOT_UPLNK: "eth0" }))).message).toMatch(
    /^environment: unknown key ZOS_BOOT_UPLNK; known are ZOS_BOOT_ISOLATION, /,
  );
});

test("variables of others are none of the configuration's business", () => {
  expect(settingsOf(environmentSource({ PATH: "/bin", ZOS_BOOTED: "1", zos_boot_uplink: "eth0" }))).toEqual(
    defaultSettings,
  );
});

test("every key has an environment variable, and no two have the same", () => {
  expect(variableOf("probeTimeoutMs")).toBe("ZOS_BOOT_PROBE_TIMEOUT_MS");
  expect(new Set(settingKeys.map(variableOf)).size).toBe(settingKeys.length);
});

test.each<[string, Partial<NodeSettings>]>([
  ["quiet zos-boot.ignoreNics=eth0,usb* ro", { ignoreNics: ["eth0", "usb*"] }],
  ["zos_boot.uplink=eno1\n", { uplink: "eno1" }],
  ["zos-boot.uplink=eno1 zos-boot.uplink=eno2", { uplink: "eno2" }],
  ["zos-boot.uplink=eno1 zos-boot.uplink=", { uplink: null }],
  ["zos-boot.preferPublic", { preferPublic: true }],
  ["zos-boot.preferPublic=false", { preferPublic: false }],
  [
    'dyndbg="file a +p" zos-boot.reachTargets="a.example:1, b.example:2"',
    { reachTargets: ["a.example:1", "b.example:2"] },
  ],
  ['"zos-boot.preferPrivateMs=0" console=ttyS0', { preferPrivateMs: 0 }],
  ["zos-booted.uplink=eth9 xzos-boot.uplink=eth9 init=/zos-boot.uplink=eth9", {}],
])("the kernel command line %j is understood as the kernel would", (line, expected) => {
  expect(settingsOf(kernelSource(line))).toEqual({ ...defaultSettings, ...expected });
});

test.each([
  ["zos-boot.ignoreNic=eth0", "unknown key zos-boot.ignoreNic; known are zos-boot.isolation, "],
  ["zos-boot.", "unknown key zos-boot.; known are "],
  ["zos-boot.isolation", 'zos-boot.isolation: "true" is not auto, passthru or move'],
  ["zos-boot.uplink=a/b", 'zos-boot.uplink: "a/b" is not the name of a NIC such as eth0, '],
])("the kernel argument %s is refused by its name", (line, message) => {
  const refusal = refusalOf(() => settingsOf(kernelSource(line)));
  expect(refusal.message).toContain(`kernel command line: ${message}`);
});

test("a flag is refused by its name", () => {
  const refusal = refusalOf(() => settingsOf(flagSource({ ignoreNics: "eth0,a b" })));
  expect(refusal.message).toMatch(/^command line: --ignore-nic\.1: "a b" is not the name of a NIC/);
});

test("every fault of every source is named at once, also of values that another source replaces", () => {
  const file = fileSource("isolation: x\npreferPrivateMs: -1\n", "zos-boot.yaml");
  const refusal = refusalOf(() =>
    settingsOf(file, environmentSource({ ZOS_BOOT_EXIT: "/" }), flagSource({ isolation: "move" })),
  );
  expect(refusal.message.split("\n")).toHaveLength(3);
});

test("a NIC cannot be pinned and ignored, and the message names both places", () => {
  const sources = [fileSource("uplink: eth0", "zos-boot.yaml"), kernelSource("zos-boot.ignoreNics=eth*")];
  expect(refusalOf(() => settingsOf(...sources)).message).toBe(
    'zos-boot.yaml: uplink: "eth0" is not accepted beside ignoreNics ["eth*"] (kernel command line): a NIC is pinned or ignored',
  );
});

test("every unknown key is named", () => {
  expect(configure([fileSource("uplnk: eth0\nexti: eth1\n", "a.yaml")]).faults).toHaveLength(2);
});

test("what is wrong is left out by itself: a lower place or the default counts there, and all else as it is", () => {
  const file = fileSource("isolation: move\nprobeTimeoutMs: 5000\nuplnk: eth0\nignoreNics: usb0\n", "zos-boot.yaml");
  const line = kernelSource("zos-boot.isolation=teleport zos-boot.preferPublic zos-boot.probeTimeoutMs=soon");
  const { settings, origins, faults } = configure([file, line, flagSource({ preferPrivateMs: "-1" })]);
  expect(settings).toEqual({ ...defaultSettings, isolation: "move", probeTimeoutMs: 5_000, preferPublic: true });
  expect(origins).toMatchObject({ isolation: "zos-boot.yaml", ignoreNics: "default", preferPrivateMs: "default" });
  expect(faults.map((fault) => fault.split(" is not ")[0]?.split(";")[0])).toEqual([
    "zos-boot.yaml: unknown key uplnk",
    'zos-boot.yaml: ignoreNics: "usb0"',
    'kernel command line: zos-boot.isolation: "teleport"',
    'kernel command line: zos-boot.probeTimeoutMs: "soon"',
    'command line: --prefer-private-ms: "-1"',
  ]);
});

test("a NIC that is pinned and ignored is left alone", () => {
  const { settings, origins, faults } = configure([
    fileSource("uplink: eth0\nexit: eth1\nignoreNics: [eth0]", "a.yaml"),
  ]);
  expect(settings).toEqual({ ...defaultSettings, exit: "eth1", ignoreNics: ["eth0"] });
  expect(origins.uplink).toBe("default");
  expect(faults).toHaveLength(1);
});

/** Values of each key as text, and as they are understood. */
const samples: { [Key in keyof NodeSettings]: Record<string, NodeSettings[Key]> } = {
  isolation: { auto: "auto", move: "move", passthru: "passthru" },
  nicKinds: { veth: ["veth"], "physical,vlan": ["physical", "vlan"] },
  reachTargets: {
    "a.example:1": ["a.example:1"],
    "[2001:db8::1]:443,b.example:2": ["[2001:db8::1]:443", "b.example:2"],
  },
  caFile: { "": null, "/etc/grid.pem": "/etc/grid.pem" },
  fallbackDns: { "192.0.2.53,2001:db8::53": ["192.0.2.53", "2001:db8::53"] },
  registrars: { "": [], "https://a.example,http://10.0.0.9:8080": ["https://a.example", "http://10.0.0.9:8080"] },
  farmId: { "": null, "17": 17 },
  location: {
    "": null,
    "Belgium,Ghent,3.72,51.05": { country: "Belgium", city: "Ghent", longitude: "3.72", latitude: "51.05" },
  },
  gridKey: { "/etc/grid.key": "/etc/grid.key" },
  vantages: {
    "": [],
    "http://vantage.example,http://[2001:db8::7]:7444": ["http://vantage.example", "http://[2001:db8::7]:7444"],
  },
  enrolment: { eager: "eager", required: "required" },
  probeTimeoutMs: { "1000": 1_000, "20000": 20_000 },
  preferPrivateMs: { "0": 0, "60000": 60_000 },
  ignoreNics: { "": [], "usb*": ["usb*"], "usb0,usb1": ["usb0", "usb1"] },
  uplink: { "": null, eth0: "eth0" },
  exit: { "": null, eth1: "eth1" },
  preferPublic: { true: true, false: false },
  lanAccess: { drop: "drop", allow: "allow" },
  lanExceptions: { "192.168.1.0/24,2001:db8::/64": ["192.168.1.0/24", "2001:db8::/64"], "": [] },
  dhcpClient: { auto: "auto", dhcpcd: "dhcpcd", udhcpc: "udhcpc" },
  supervisor: { auto: "auto", zinit: "zinit", embedded: "embedded" },
};

const anyTexts = fc.record(
  Object.fromEntries(settingKeys.map((key) => [key, fc.constantFrom(...Object.keys(samples[key]))])) as Record<
    keyof NodeSettings,
    fc.Arbitrary<string>
  >,
  { requiredKeys: [] },
);

const meant = (key: keyof NodeSettings, text: string): unknown => (samples[key] as Record<string, unknown>)[text];

const inFile = (texts: Flags) =>
  JSON.stringify(
    Object.fromEntries(settingKeys.filter((key) => key in texts).map((key) => [key, meant(key, texts[key] ?? "")])),
  );
const inEnvironment = (texts: Flags) =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [variableOf(key), text]));
const onKernelLine = (texts: Flags) =>
  `quiet ${Object.entries(texts)
    .map(([key, text]) => `zos-boot.${key}=${text}`)
    .join(" ")} ro\n`;

test("whatever the sources say, each key has the value of the highest source that has it, and says which that is", async () => {
  const file = join(folder, "zos-boot.yaml");
  const kernelFile = join(folder, "cmdline");
  await fc.assert(
    fc.asyncProperty(anyTexts, anyTexts, fc.tuple(anyTexts, anyTexts), async (filed, set, [kernel, flags]) => {
      await writeFile(file, inFile(filed));
      await writeFile(kernelFile, onKernelLine(kernel));
      const { settings, origins } = await readConfig({ file, environment: inEnvironment(set), kernelFile, flags });
      for (const key of settingKeys) {
        const [highest] = [flags, kernel, set, filed].filter((texts) => key in texts);
        expect(settings[key]).toEqual(highest === undefined ? defaultSettings[key] : meant(key, highest[key] ?? ""));
        const origin = new Map([
          [flags, /^--/],
          [kernel, /^kernel command line$/],
          [set, /^ZOS_BOOT_/],
          [filed, /zos-boot\.yaml$/],
        ]).get(highest ?? {});
        expect(origins[key]).toMatch(origin ?? /^default$/);
      }
    }),
  );
});

const eisdir = "EISDIR: illegal operation on a directory, read";
const nowhere = { file: null, environment: {}, kernelFile: "/nowhere/cmdline", flags: {} };

test("a file that was named must exist", async () => {
  const { faults } = await readConfig({ ...nowhere, file: "/nowhere/zos-boot.yaml" });
  expect(faults).toEqual(["configuration file /nowhere/zos-boot.yaml does not exist"]);
});

test("a file that is there but cannot be read, or is no YAML, is left out, and the other places count", async () => {
  const file = join(folder, "broken.yaml");
  await writeFile(file, "isolation: [unclosed\nuplink: eth0\n");
  const elsewhere = { ...nowhere, environment: { ZOS_BOOT_EXIT: "eth1" } };
  const broken = await readConfig({ ...elsewhere, file });
  expect(broken.settings).toEqual({ ...defaultSettings, exit: "eth1" });
  expect(broken.faults).toEqual([expect.stringMatching(/broken\.yaml is no YAML: /)]);
  const unreadable = await readConfig({ ...elsewhere, file: folder });
  expect(unreadable.settings).toEqual({ ...defaultSettings, exit: "eth1" });
  expect(unreadable.faults).toEqual([`configuration file ${folder} cannot be read: ${eisdir}`]);
});

test("a node without a file, variables, kernel arguments and flags has the defaults", () => {
  expect(configure([fileSource("", "x"), environmentSource({}), kernelSource(""), flagSource({})])).toEqual({
    settings: defaultSettings,
    faults: [],
    origins: Object.fromEntries(settingKeys.map((key) => [key, "default"])),
  });
});
