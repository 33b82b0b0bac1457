import { once } from "node:events";
import { Command } from "commander";
import { isIP } from "node:net";
import { BootError, messageOf } from "../errors.ts";
import { parseAddress } from "../inspect/page/server/hosts.ts";
import { vantagePort } from "../policy/vantage.ts";
import { openVantage, type Vantage } from "../vantage/vantage-server.ts";

/** `zos-boot vantage`: lets nodes elsewhere find out whether the Internet reaches them. */
export function vantageCommand(): Command {
  return new Command("vantage")
    .description(
      "tell nodes elsewhere whether IPv6 gets in to them: connects back to the address that asks, and to no other; needs no root",
    )
    .option("--listen <where>", "at which IPv6 address and port, such as [::]:7333", `[::]:${vantagePort}`)
    .action(serve);
}

async function serve({ listen }: { listen: string }): Promise<void> {
  const at = parseAddress(listen, `[::]:${vantagePort}`);
  if (isIP(at.host) !== 6)
    throw new BootError(
      "bad-input",
      `--listen ${listen} is not of IPv6, which alone is asked over: say [::]:${at.port}`,
    );
  const vantage = await opened(at);
  const { address, port } = vantage.address;
  process.stdout.write(`a vantage listens at [${address}]:${port}\n`);
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ending.abort());
  await once(ending.signal, "abort");
  await vantage.close();
}

async function opened(at: { host: string; port: number }): Promise<Vantage> {
  try {
    return await openVantage(at, ({ port }, { address, reached, why }) => {
      process.stdout.write(
        `[${address}]:${port} ${reached ? "was reached" : `was not reached (${why ?? "closed"})`}\n`,
      );
    });
  } catch (error) {
    throw new BootError("unavailable", `cannot listen at [${at.host}]:${at.port}: ${messageOf(error)}`);
  }
}
