import { describe, expect, test } from "vitest";
import { arrivals, hasCarrierBeside } from "../../../src/policy/arrivals.ts";

const nic = (name: string, hasCarrier = true) => ({ name, hasCarrier });

describe("a NIC arrives", () => {
  test("when it appears, with or without a cable", () => {
    expect(arrivals([nic("eth0")], [nic("eth0"), nic("eth1", false)], [])).toEqual(["eth1"]);
  });

  test("when it gets its cable", () => {
    expect(arrivals([nic("eth0", false)], [nic("eth0")], [])).toEqual(["eth0"]);
  });
});

describe("no NIC arrives", () => {
  test("at the first look", () => {
    expect(arrivals(null, [nic("eth0")], [])).toEqual([]);
  });

  test("when one stays as it is, loses its cable, or goes", () => {
    expect(arrivals([nic("eth0"), nic("eth1"), nic("eth2")], [nic("eth0"), nic("eth1", false)], [])).toEqual([]);
  });

  test("when it is ignored", () => {
    expect(arrivals([], [nic("usb0"), nic("usb1")], ["usb*"])).toEqual([]);
  });
});

describe("a NIC beside those in use has carrier", () => {
  test("when one has that is not to be left alone", () => {
    expect(hasCarrierBeside([nic("eth0"), nic("eth1")], ["eth0"])).toBe(true);
  });

  test("not when it has none, is to be left alone, or nobody has looked", () => {
    expect(hasCarrierBeside([nic("eth0"), nic("eth1", false)], ["eth0"])).toBe(false);
    expect(hasCarrierBeside(null, [])).toBe(false);
  });
});
