import { expect, test } from "vitest";
import { isSameZos } from "../../../src/policy/uplink-in-place.ts";

const zos = { ipv4: ["192.168.1.9/24"], ipv6: [], gateways4: ["192.168.1.1"], gateways6: [] };

test("zos is another one with another address or gateway, or when nobody has looked before", () => {
  expect(isSameZos(zos, { ...zos })).toBe(true);
  expect(isSameZos({ ...zos, ipv4: ["10.0.0.9/24"] }, zos)).toBe(false);
  expect(isSameZos({ ...zos, gateways6: ["fe80::1"] }, zos)).toBe(false);
  expect(isSameZos(zos, null)).toBe(false);
});
