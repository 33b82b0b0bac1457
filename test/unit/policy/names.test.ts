import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkedLink,
  checkedNamespace,
  isOurLink,
  isResourcePort,
  isUsableLinkName,
  names,
  probedNic,
  probeNamespace,
  resourcePort,
} from "../../../src/policy/names.ts";

const badInput = expect.objectContaining({ name: "BootError", code: "bad-input" });

describe("a link's name on a command line", () => {
  test.each(["eth0", "enp3s0f1", "eth0.100", "lan@2", "veth_a-b", "br+1", "a:b", "0", "_", "fifteen-letters"])(
    "may be %s",
    (name) => {
      expect(checkedLink(name)).toBe(name);
    },
  );

  test.each([
    ["", "is empty"],
    ["sixteen-letters-", "has 16 characters"],
    ["eth 0", "has a space"],
    ["eth\t0", "has a tab"],
    ["eth0\n", "ends a line of a batch file"],
    ["eth0\nlink del eth1", "starts another command"],
    ['eth"0', "has a double quote"],
    ["eth'0", "has a single quote"],
    ["eth\\0", "has a backslash"],
    ["eth0#", "starts a comment of a batch file"],
    [".eth0", "starts with a dot"],
    ["..", "is a directory"],
    ["-eth0", "looks like an option"],
    ["+eth0", "looks like an option"],
    ["@eth0", "starts with an at sign"],
    ["eth/0", "has a slash"],
    ["eth;0", "has a semicolon"],
    ["eth$0", "has a dollar sign"],
    ["eth%d", "is a template to the kernel"],
    ["eth*", "is a wildcard to nft"],
    ["eth\u00e9", "is not ASCII"],
    ["eth\0", "has a NUL"],
  ])("must not be %j: it %s", (name) => {
    expect(isUsableLinkName(name)).toBe(false);
    expect(() => checkedLink(name)).toThrow(badInput);
  });

  test("is one word of a batch file and no path, if it is taken at all", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 20 }), (name) => {
        if (isUsableLinkName(name)) expect(name).toMatch(/^[^\s"'\\#/;$%*.-][^\s"'\\#/;$%*]{0,14}$/);
      }),
    );
  });

  test("that is refused is shown in the message so that it cannot be overlooked", () => {
    expect(() => checkedLink("eth 0\n")).toThrow(String.raw`"eth 0\n"`);
  });
});

describe("a namespace's name", () => {
  test("may be longer than a link's, and must be a plain file name", () => {
    expect(checkedNamespace("zos-probe-enp3s0f1np1")).toBe("zos-probe-enp3s0f1np1");
    for (const name of ["", ".", "..", "../x", "a/b", "a b", "-a", "a\n", "x".repeat(201)]) {
      expect(() => checkedNamespace(name)).toThrow(badInput);
    }
  });

  test("of a probe tells which NIC it is for, and no other name does", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{1,15}$/), (nic) => {
        expect(probedNic(probeNamespace(nic))).toBe(nic);
        expect(checkedNamespace(probeNamespace(nic))).toBe(probeNamespace(nic));
      }),
    );
    for (const other of [names.ndmz, "zos", "probe-eth0", "my-zos-probe-eth0", ""]) expect(probedNic(other)).toBeNull();
  });
});

describe("what the program creates", () => {
  test("has names that commands and the kernel take", () => {
    const links = [
      names.bridge,
      names.publicBridge,
      names.ndmzBridge,
      names.toResources,
      names.npub4,
      names.npub6,
      names.resource,
    ];
    for (const link of links) expect(checkedLink(link)).toBe(link);
    expect(checkedNamespace(names.ndmz)).toBe(names.ndmz);
    fc.assert(
      fc.property(fc.nat({ max: 9_999_999 }), (index) => {
        expect(checkedLink(resourcePort(index))).toBe(resourcePort(index));
      }),
    );
  });

  test("can be told from what belongs to others", () => {
    for (const link of ["zos", "br-pub", "br-ndmz", "nr-0", "nr-12"]) expect(isOurLink(link)).toBe(true);
    for (const link of ["eth0", "lo", "docker0", "zos0", "br-public", "nr-", "nr-x", "nr-1x", "my-nr-1", ""])
      expect(isOurLink(link)).toBe(false);
  });

  test("includes no bridge among the ports of network resources", () => {
    expect(isResourcePort("nr-7")).toBe(true);
    expect(isResourcePort("br-ndmz")).toBe(false);
  });
});
