import { createPrivateKey, createPublicKey } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import ipaddr from "ipaddr.js";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { names } from "../../src/policy/names.ts";
import { outputOf } from "./boot.ts";

/** What a node knows that tells whose it is, in every way that it may be written, each with what it is. */
export async function knownThings(node: LabNode): Promise<Map<string, string>> {
  const [kernel, files, key] = await Promise.all([kernelOf(node), filesOf(node), keyOf(node)]);
  const found = new Map<string, string>();
  for (const address of addressesIn(`${kernel}\n${files}`))
    for (const spelling of spellingsOfAddress(address)) found.set(spelling, address);
  for (const bytes of new Set(`${kernel}\n${files}`.match(/\b[\da-f]{2}(?::[\da-f]{2}){5,}\b/gi)))
    if (!isEverybodys(bytes)) for (const spelling of spellingsOfBytes(bytes)) found.set(spelling, bytes);
  for (const [spelling, what] of key) found.set(spelling, what);
  return found;
}

/** All that the kernel says of links, addresses, neighbours and routes, in every namespace. */
async function kernelOf(node: LabNode): Promise<string> {
  const namespaces = JSON.parse((await outputOf(node, "ip", "-j", "netns", "list")) || "[]") as { name: string }[];
  const places = [[], ...namespaces.map(({ name }) => ["-n", name])];
  const asked = [["addr"], ["neigh"], ["route"], ["-6", "route"], ["-6", "neigh"]];
  const said = places.flatMap((place) =>
    asked.map((words) => outputOf(node, "ip", ...place, ...words.slice(0, -1), words.at(-1) ?? "", "show")),
  );
  return (await Promise.all(said)).join("\n");
}

/** What the program, its DHCP clients and the resolver keep in files. */
async function filesOf({ root }: LabNode): Promise<string> {
  const events = `${root}${names.runDir}/dhcp`;
  const services = await readdir(events).catch(() => []);
  const paths = services.flatMap((service) => [`${events}/${service}/event`, `${events}/${service}/client-id`]);
  const all = [
    ...paths,
    `${root}${names.identityFile}`,
    `${root}/etc/resolv.conf`,
    `${root}${names.runDir}/status.json`,
  ];
  const texts = await Promise.all(all.map((path) => readFile(path, "utf8").catch(() => "")));
  return texts.join("\n").replaceAll("\0", "\n");
}

/** The node's key to the grid, in every way that it, and what is made of it, may be written. */
export async function keyOf({ root }: Pick<LabNode, "root">): Promise<[spelling: string, what: string][]> {
  const pem = await readFile(`${root}${names.gridKeyFile}`, "utf8");
  const key = createPrivateKey(pem);
  const { x: publicKey = "" } = createPublicKey(key).export({ format: "jwk" });
  const { d: seed = "" } = key.export({ format: "jwk" });
  const bodies = pem.split("\n").filter((line) => line !== "" && !line.startsWith("-"));
  const ways = (text: string) => {
    const bytes = Buffer.from(text, "base64url");
    return [text, bytes.toString("base64").replace(/=+$/, ""), bytes.toString("hex")];
  };
  return [
    ...bodies.map((text): [string, string] => [text, "the grid key's PEM"]),
    ...ways(publicKey).map((text): [string, string] => [text, "the public key"]),
    ...ways(seed).map((text): [string, string] => [text, "the private key"]),
  ];
}

/** Those of this program's own networks, and of nobody. */
const everybodys = ["127.0.0.0/8", "100.127.0.0/16", "0.0.0.0/8", "224.0.0.0/3", "::/127", "fd00::/64", "fe80::/127"];
const isEverybodys = (text: string) => /^(?:33:33|01:00:5e|00:00:00:00:00:00|ff:ff:ff:ff:ff:ff)/i.test(text);

function addressesIn(text: string): Set<string> {
  const words = text.match(/[\da-f.:]*[.:][\da-f.:]*/gi) ?? [];
  const addresses = words.filter((word) => ipaddr.IPv4.isValidFourPartDecimal(word) || ipaddr.IPv6.isValid(word));
  return new Set(addresses.filter((address) => !everybodys.some((network) => isIn(address, network))));
}

function isIn(text: string, network: string): boolean {
  const address = ipaddr.parse(text);
  const [prefix, length] = ipaddr.parseCIDR(network);
  if (address.kind() !== prefix.kind()) return false;
  return address.kind() === "ipv6" && (address as ipaddr.IPv6).range() === "multicast"
    ? true
    : (address.match as (prefix: unknown, length: number) => boolean)(prefix, length);
}

function spellingsOfAddress(text: string): string[] {
  const address = ipaddr.parse(text);
  const hex = Buffer.from(address.toByteArray()).toString("hex");
  if (address.kind() === "ipv4") return [text, hex, text.replaceAll(".", "-"), String(Number.parseInt(hex, 16))];
  const { parts } = address as ipaddr.IPv6;
  const host = parts.slice(4);
  const isTelling = host.filter((part) => part !== 0).length > 2;
  const full = (all: number[]) => all.map((part) => part.toString(16).padStart(4, "0")).join(":");
  const short = (all: number[]) => all.map((part) => part.toString(16)).join(":");
  return [text, address.toString(), full(parts), short(parts), hex, ...(isTelling ? [full(host), short(host)] : [])];
}

function spellingsOfBytes(text: string): string[] {
  const bytes = text.split(":");
  const eui64 = [...bytes.slice(0, 3), "ff", "fe", ...bytes.slice(3)].join("");
  return [text, text.replaceAll(":", "-"), bytes.join(""), ...(bytes.length === 6 ? [eui64] : [])];
}
