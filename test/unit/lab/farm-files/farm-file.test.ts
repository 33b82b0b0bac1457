import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { BootError } from "../../../../src/errors.ts";
import { readFarm } from "../../../../src/lab/farm-files/farm-file.ts";
import { farmJsonSchema } from "../../../../src/lab/farm-files/farm-json-schema.ts";
import { farmsPage, type ListedFarm } from "../../../../src/lab/farm-files/farms-page.ts";

const root = new URL("../../../../", import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, root), "utf8");
const files = readdirSync(new URL("farms/", root))
  .filter((name) => name.endsWith(".yaml"))
  .toSorted();

const good = {
  summary: "one NIC at home",
  segments: [
    {
      name: "home",
      router: { ipv4: { address: "192.168.1.1/24", pool: ["192.168.1.100", "192.168.1.199"] } },
      hosts: [{ name: "printer", addresses: ["192.168.1.7/24"] }],
    },
    { name: "dark" },
  ],
  nics: [{ name: "eth0", segment: "home" }],
  expected: { outcome: "waitIpv6", uplink: "eth0", reaches: { node: ["v4"] } },
};

/** The good farm, with something else at a path. */
function farmWith(path: string, value: unknown): string {
  const farm = structuredClone(good) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let at: Record<string, unknown> = farm;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return stringify(farm);
}

function faultsIn(text: string): string {
  try {
    readFarm("farm", text);
    return "";
  } catch (error) {
    expect(error).toBeInstanceOf(BootError);
    expect((error as BootError).code).toBe("bad-config");
    return (error as BootError).message;
  }
}

describe("a farm file", () => {
  test("becomes a scenario, with what is usual filled in", () => {
    const { layout, begins, ending, families } = readFarm("farm", stringify(good));
    expect(layout.name).toBe("farm");
    expect(layout.segments[0]?.router?.ipv4).toMatchObject({ gateways: ["192.168.1.1"], leaseSeconds: 3_600 });
    expect(layout.nics).toEqual([{ name: "eth0", segment: "home", hasCarrier: true }]);
    expect({ begins, families }).toEqual({ begins: "started", families: ["v4", "v6"] });
    expect(ending).toMatchObject({ outcome: "waitIpv6", uplink: "eth0", exit: "eth0", families: [] });
  });

  test("takes words as they stand and patterns between slashes", () => {
    const { ending } = readFarm("farm", farmWith("expected.says", ["a.b", "/captive portal/i"]));
    expect(ending.says[0]?.test("a.b")).toBe(true);
    expect(ending.says[0]?.test("axb")).toBe(false);
    expect(ending.says[1]?.test("Captive Portal")).toBe(true);
  });

  test.each<[string, unknown, RegExp]>([
    ["segments.0.router.ipv4.gateway", "192.168.1.1", /router\.ipv4\.gateway: unknown key; known are address, pool/],
    [
      "segments.0.router.ipv4.gateways",
      ["10.0.0.1"],
      /gateways: 10\.0\.0\.1 is outside every network.*192\.168\.1\.1\/24/,
    ],
    [
      "segments.0.router.ipv4.address",
      "192.168.1.1",
      /address: "192\.168\.1\.1" is not accepted; expected: .*prefix length/,
    ],
    ["segments.0.router.ipv4.pool", ["10.0.0.1", "10.0.0.9"], /pool: 10\.0\.0\.1 is outside 192\.168\.1\.1\/24/],
    ["segments.0.router.ipv4.pool", ["192.168.1.9", "192.168.1.8"], /comes after 192\.168\.1\.8/],
    ["segments.0.router.ipv6", { prefix: "2001:db8::/48" }, /prefix: "2001:db8::\/48" is not accepted; .*64 bits/],
    ["segments.1.name", "home", /segments: "home" stands twice/],
    ["segments.1.otherRouters", [{}], /there is no first router/],
    ["segments", [], /segments: \[\] is not accepted; expected: at least one segment/],
    ["nics.0.segment", "hom", /nics\.0\.segment: "hom" is not there; expected: one of home, dark/],
    ["nics.0.name", "e/0", /nics\.0\.name: "e\/0" is not accepted/],
    ["nics", [{ name: "a", isLate: true }, { name: "b" }], /b comes after one with isLate/],
    ["expected.uplink", "eth7", /expected\.uplink: "eth7" is not there; expected: one of eth0/],
    ["expected.outcome", "fine", /expected\.outcome: "fine" is not accepted; expected: online, degraded/],
    ["expected", undefined, /expected: is missing; expected: a mapping with the keys outcome, uplink/],
    ["expected.says", ["/(/"], /expected\.says\.0: "\/\(\/" is not accepted/],
    ["settings", { probeTimeout: 1 }, /settings: unknown key probeTimeout/],
    [
      "steps",
      [{ says: "x", deeds: [{ kind: "cabel" }] }],
      /deeds\.0\.kind: "cabel" is not accepted; expected: .*cable/,
    ],
    ["steps", [{ says: "x", deeds: [{ kind: "cable", nic: "eth3", is: "in" }] }], /deeds\.0\.nic: "eth3" is not there/],
    ["prepares", [{ kind: "run", at: "router of dark", argv: "true" }], /prepares\.0\.at: "dark" is not there; .*home/],
    ["prepares", [{ kind: "run", at: "host fax", argv: "true" }], /prepares\.0\.at: "fax" is not there; .*printer/],
    [
      "prepares",
      [{ kind: "run", at: "moon", argv: "true" }],
      /prepares\.0\.at: "moon" is not accepted; expected: node/,
    ],
  ])("with %s %j is refused, and says why", (path, value, said) => {
    expect(faultsIn(farmWith(path, value))).toMatch(said);
  });

  test("that is no YAML, or nothing, is refused", () => {
    expect(faultsIn("a: [")).toMatch(/^not YAML/);
    expect(faultsIn("")).toMatch(/the file: null is not accepted; expected: a mapping with the keys summary/);
  });
});

describe("the farms of this repository", () => {
  test.each(files)("%s is read, and names its schema and its site", (file) => {
    const text = textOf(`farms/${file}`);
    expect(readFarm(file.replace(".yaml", ""), text).summary).not.toMatch(/\.$/);
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/docs\/farm\.schema\.json\n/);
    expect((parse(text) as { site?: string }).site).toBeTruthy();
  });

  test("are listed as they are, and the schema is published as it is (`npm run docs` writes both)", () => {
    const listed = files.map((file) => ({
      ...(parse(textOf(`farms/${file}`)) as Pick<ListedFarm, "summary" | "site">),
      name: file.replace(".yaml", ""),
    }));
    expect(textOf("farms/README.md")).toBe(farmsPage(listed));
    expect(textOf("docs/farm.schema.json")).toBe(farmJsonSchema());
  });
});
