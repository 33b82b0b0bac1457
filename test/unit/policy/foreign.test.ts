import { expect, test } from "vitest";
import { foreignIn, refusalOf, type SetUp } from "../../../src/policy/foreign.ts";

const bridge = (ifname: string) => ({ ifname, linkinfo: { info_kind: "bridge" } });
const bare: SetUp = { links: [{ ifname: "lo" }, { ifname: "eth0" }], namespaces: [], nicsTaken: [], services: [] };
const reference: SetUp = {
  links: [...bare.links, bridge("zos"), bridge("br-pub"), bridge("br-ndmz"), bridge("br-other")],
  namespaces: ["ndmz", "n-other"],
  nicsTaken: [],
  services: ["service dhcp-zos of zinit"],
};

test("nothing is foreign on a bare node, whatever else it has", () => {
  expect(foreignIn(bare)).toEqual([]);
  expect(foreignIn({ ...bare, links: [...bare.links, bridge("docker0")], namespaces: ["other"] })).toEqual([]);
});

test("bridges, namespace and service of zos' own daemons are", () => {
  expect(foreignIn(reference)).toEqual([
    ...["link zos", "link br-pub", "link br-ndmz", "namespace ndmz", "service dhcp-zos of zinit"],
  ]);
});

test("the same is this program's own once it has taken a NIC, but for a service", () => {
  expect(foreignIn({ ...reference, nicsTaken: ["eth0"], services: [] })).toEqual([]);
  expect(foreignIn({ ...reference, nicsTaken: ["eth0"] })).toEqual(["service dhcp-zos of zinit"]);
});

test("a link of a bridge's name that is no bridge is foreign, whoever took NICs", () => {
  expect(foreignIn({ ...bare, links: [{ ifname: "zos" }], nicsTaken: ["eth0"] })).toEqual(["link zos"]);
});

test("the refusal names all of it, and says what to do", () => {
  expect(refusalOf(["link zos", "namespace ndmz"])).toMatch(
    /: link zos, namespace ndmz\. Nothing is touched\. Have them/,
  );
});
