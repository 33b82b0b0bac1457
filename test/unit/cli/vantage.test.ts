import { expect, test } from "vitest";
import { vantageCommand } from "../../../src/cli/vantage.ts";

/** What a place to listen at is refused with. */
async function refusalOf(listen: string): Promise<string> {
  const error: unknown = await vantageCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parseAsync(["--listen", listen], { from: "user" })
    .catch((each: unknown) => each);
  if (error instanceof Error) return error.message;
  throw new Error("it was accepted");
}

test.each([
  ["127.0.0.1:7333", "--listen 127.0.0.1:7333 is not of IPv6, which alone is asked over: say [::]:7333"],
  ["7333", "not of IPv6"],
  ["vps.example:7333", '"vps.example:7333" is not HOST:PORT, such as [::]:7333'],
  ["[::]:seventy", "such as [::]:7333"],
  ["[::]:65536", "such as [::]:7333"],
  ["[::1:7333", "such as [::]:7333"],
  ["", "such as [::]:7333"],
  ["[2001:db8::1]:7333", "cannot listen at [2001:db8::1]:7333: "],
])("a vantage does not listen at %j, and says why", async (listen, says) => {
  expect(await refusalOf(listen)).toContain(says);
});
