import { expect, test } from "vitest";
import { parse } from "yaml";
import { configurationFor } from "../../../../src/lab/farm/farm.ts";

const fileOf = (...args: Parameters<typeof configurationFor>): unknown => parse(configurationFor(...args).join("\n"));

test("a layout with a registrar has its node enrol there", () => {
  expect(fileOf({ registrar: "good" }, [])).toMatchObject({ registrars: ["https://registrar.grid.tf"], farmId: 1 });
  expect(fileOf({}, [])).not.toHaveProperty("registrars");
});

test("what settings say takes the place of what the layout says, and the rest stays", () => {
  const settings = [
    'nicKinds: ["physical"]',
    "farmId: 9",
    "probeTimeoutMs: 5000",
    'enrolment: "required"',
    'caFile: "/etc/other.pem"',
  ];
  expect(fileOf({ registrar: "good", probeTimeoutMs: 9_000 }, settings)).toEqual({
    ...{ nicKinds: ["physical"], registrars: ["https://registrar.grid.tf"] },
    ...{ farmId: 9, probeTimeoutMs: 5_000, enrolment: "required", caFile: "/etc/other.pem" },
  });
});

test("a key that begins like another is another", () => {
  expect(fileOf({ registrar: "good" }, ["farmIdOfMine: 2"])).toMatchObject({ farmId: 1, farmIdOfMine: 2 });
});
