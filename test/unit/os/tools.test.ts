import { expect, test } from "vitest";
import { toolMissing } from "../../../src/os/tools.ts";

test.each([
  ["nft", "nft is not installed (Debian package nftables)"],
  ["unshare", "unshare is not installed (Debian package util-linux)"],
  ["dnsmasq", "dnsmasq is not installed (Debian package dnsmasq)"],
  [{ all: ["ip", "nc"] }, "not installed: ip (Debian package iproute2), nc (Debian package netcat-openbsd)"],
  [
    { anyOf: ["dhcpcd", "udhcpc"] },
    "not installed: dhcpcd (Debian package dhcpcd-base) or udhcpc (Debian package udhcpc)",
  ],
])("a command that is missing is told with its Debian package: %j", (missing, message) => {
  expect(toolMissing(missing)).toMatchObject({ code: "tool-missing", message });
});
