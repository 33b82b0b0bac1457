import { describe, expect, test } from "vitest";
import type { Identity, NodeFacts, ServiceState, SupervisorKind } from "../../../src/contract.ts";
import { exitThrough, exitThroughUplink } from "../../../src/policy/choice.ts";
import {
  clientBesideNdmz,
  clientInNeed,
  ndmzClient,
  uplinkClient,
  whyIdle,
} from "../../../src/policy/lease-clients.ts";
import { healthyNode, identity, uplinkOn } from "../../model/samples.ts";

const uplink = uplinkOn("eth0");

test("both clients are the node to the server, each by the MAC of its interface", () => {
  const known: Identity = { ...identity, duid: "00:01" };
  expect(uplinkClient(known, uplink)).toMatchObject({ service: "dhcp-zos", clientId: "ff:00:00:00:00:00:01" });
  expect(ndmzClient(known, { uplink, exit: exitThroughUplink })).toMatchObject({
    service: "dhcp-ndmz",
    namespace: "ndmz",
    clientId: "ff:00:00:00:04:00:01",
  });
});

test("each is known by its MAC alone where the server of its network answers nothing else", () => {
  const known = { ...uplink, knownBy: "mac" as const };
  expect(uplinkClient(identity, known).clientId).toBe(`01:${uplink.mac}`);
  const macOf4 = `01:${identity.npub4Mac}`;
  expect(ndmzClient(identity, { uplink: known, exit: exitThroughUplink }).clientId).toBe(macOf4);
  const exit = exitThrough("eth1", true);
  expect(ndmzClient(identity, { uplink: known, exit }).clientId).not.toBe(macOf4);
  expect(ndmzClient(identity, { uplink, exit: { ...exit, knownBy: "mac" } }).clientId).toBe(macOf4);
});

test("clients look whose an address is in a network where one was somebody's", () => {
  const contested = { ...uplink, checksAddress: true as const };
  const exit = exitThrough("eth1", true);
  expect(uplinkClient(identity, contested).checksAddress).toBe(true);
  expect(uplinkClient(identity, uplink)).not.toHaveProperty("checksAddress");
  expect(ndmzClient(identity, { uplink: contested, exit: exitThroughUplink }).checksAddress).toBe(true);
  expect(ndmzClient(identity, { uplink: contested, exit })).not.toHaveProperty("checksAddress");
  expect(ndmzClient(identity, { uplink, exit: { ...exit, checksAddress: true } }).checksAddress).toBe(true);
});

describe("a client", () => {
  test.each<[ServiceState["state"], SupervisorKind, boolean]>([
    ["running", "zinit-text", false],
    ["starting", "zinit-rpc", false],
    ["unknown", "zinit-3", false],
    ["absent", "zinit-text", true],
    ["failed", "zinit-rpc", true],
    ["ended", "zinit-3", true],
    ["ended", "embedded", false],
    ["absent", "embedded", true],
  ])("that is %s under %s is a loss: %s", (state, kind, isLoss) => {
    const why = whyIdle("dhcp-zos", { state, detail: "as it says" }, kind);
    expect(why !== null).toBe(isLoss);
    if (isLoss) expect(why).toMatch(/^dhcp-zos is not run by (zinit|this program) \(as it says\)$/);
  });
});

test("why a client does not run is the same whenever it ends", () => {
  const detail = "Error(Exited(Pid(4), 1))";
  expect(whyIdle("dhcp-zos", { state: "ended", detail }, "zinit-text")).toBe("dhcp-zos is not run by zinit (Error)");
  expect(whyIdle("dhcp-zos", { state: "ended", detail: `${detail}, target Down` }, "zinit-text")).toBe(
    "dhcp-zos is not run by zinit (Error, target Down)",
  );
});

describe("the client that is mended", () => {
  const idle = (...services: string[]): NodeFacts => ({
    ...healthyNode,
    idleClients: services.map((service) => ({ service, why: "" })),
  });
  test.each([
    ["that of zos, when its lease is lost", idle(), "dhcp-zos"],
    ["that of zos, when nothing is known", null, "dhcp-zos"],
    ["that of zos, when neither runs", idle("dhcp-ndmz", "dhcp-zos"), "dhcp-zos"],
    ["that of npub4, when it alone does not run", idle("dhcp-ndmz"), "dhcp-ndmz"],
  ])("is %s", (_, facts, service) => {
    expect(clientInNeed(facts, { identity, uplink, exit: exitThroughUplink }).service).toBe(service);
  });
});

test("with ndmz its own client is ensured, or that of zos where that alone is missed and ndmz stands", () => {
  const facts: NodeFacts = { ...healthyNode, idleClients: [{ service: "dhcp-zos", why: "" }] };
  const lease = { loss: "lease", why: "" } as const;
  const serviceWith = (known: Partial<Pick<Parameters<typeof clientBesideNdmz>[0], "facts" | "losses">>) =>
    clientBesideNdmz({ identity, uplink, exit: exitThroughUplink, facts, losses: [lease], ...known }).service;
  expect(serviceWith({})).toBe("dhcp-zos");
  expect(serviceWith({ facts: null, losses: [] })).toBe("dhcp-ndmz");
  expect(serviceWith({ facts: healthyNode })).toBe("dhcp-ndmz");
  const content = facts.idleClients.map((client) => ({ ...client, isContent: true as const }));
  expect(serviceWith({ facts: { ...healthyNode, idleClients: content } })).toBe("dhcp-ndmz");
  expect(serviceWith({ losses: [{ loss: "ndmz", why: "" }, lease] })).toBe("dhcp-ndmz");
});
