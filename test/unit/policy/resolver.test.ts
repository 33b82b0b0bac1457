import { expect, test } from "vitest";
import { nameserversIn, resolverText } from "../../../src/policy/resolver.ts";

const servers = (text: string) => text.split("\n").filter((line) => line.startsWith("nameserver "));

test("the resolver asks the first three different servers, which is as many as glibc reads", () => {
  const dnsServers = ["10.0.0.1", "10.0.0.1", "2001:db8::53", "fe80::53%zos", "9.9.9.9"];
  expect(servers(resolverText({ dnsServers, searchList: [] }))).toEqual([
    "nameserver 10.0.0.1",
    "nameserver 2001:db8::53",
    "nameserver fe80::53%zos",
  ]);
});

test("the search list stands on one line, and on none when it is empty", () => {
  expect(resolverText({ dnsServers: [], searchList: ["a.example", "b.example"] })).toContain(
    "\nsearch a.example b.example\n",
  );
  expect(resolverText({ dnsServers: [], searchList: [] })).not.toContain("search");
});

test("the file says who wrote it, and ends with a newline", () => {
  expect(resolverText({ dnsServers: ["10.0.0.1"], searchList: [] })).toMatch(/^# Written by zos-boot\.\n[^]*\n$/);
});

test("its servers are read back as they were written", () => {
  const dnsServers = ["10.0.0.1", "fe80::53%zos"];
  expect(nameserversIn(resolverText({ dnsServers, searchList: ["a.example"] }))).toEqual(dnsServers);
  expect(nameserversIn("# nameserver 10.0.0.9\nnameserver\t10.0.0.1 \n")).toEqual(["10.0.0.1"]);
});
