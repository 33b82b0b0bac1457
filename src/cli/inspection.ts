import { type Command, Option } from "commander";
import { messageOf } from "../errors.ts";
import type { BootStream, Sink } from "../inspect/recording/boot-stream.ts";
import { type Address, defaultAddress, parseAddress } from "../inspect/page/server/hosts.ts";

/** How a boot is shown and recorded. */
export interface InspectionFlags {
  /** `true`, `HOST:PORT`, or `stately`. */
  inspect?: string | true;
  record?: string;
  /** The number of an open file, for the lab. */
  recordFd?: string;
  redact?: true;
}

/** A command with the options by which a boot is watched and recorded. */
export function withInspectionOptions(command: Command): Command {
  return command
    .addOption(inspectOption())
    .option("--record <file>", "write what happens to a file that `zos-boot replay` shows")
    .option("--redact", "mask addresses and names of hosts in what is shown and recorded")
    .addOption(new Option("--record-fd <number>").hideHelp());
}

/** The option `--inspect`, with the address of the page, or `stately`. */
export const inspectOption = () =>
  new Option(
    "--inspect [where]",
    `serve a page that shows it, at HOST:PORT (default: ${defaultAddress.host}:${defaultAddress.port}), or \`stately\` for Stately's inspector`,
  );

/** What is under way, and how to say so; where it goes. */
interface Watched {
  mode: "live" | "replay";
  /** The stream's time, milliseconds. */
  clock: () => number;
  /** Where the page's address is printed. */
  output: NodeJS.WriteStream;
}

/**
 * Opens all places where a stream shall go; none of them costs anything when it is not asked for.
 *
 * @throws BootError `bad-input`, `permission`, `unavailable` as servedPage and recordingSink
 */
export async function openSinks(flags: InspectionFlags, watched: Watched): Promise<Sink[]> {
  const sinks: Sink[] = [];
  const shown = flags.inspect === undefined ? null : await openInspector(flags.inspect, watched);
  if (shown !== null) sinks.push(shown);
  const files = [flags.record, flags.recordFd === undefined ? undefined : Number(flags.recordFd)];
  for (const file of files) {
    if (file === undefined) continue;
    const { recordingSink } = await import("../inspect/recording/recording-file.ts");
    sinks.push(recordingSink(file, warnOf("the recording ends here")));
  }
  return sinks;
}

/** The stream of a boot in this process; null when nobody wants it. */
export async function openBootStream(flags: InspectionFlags): Promise<BootStream | null> {
  if (flags.inspect === undefined && flags.record === undefined && flags.recordFd === undefined) return null;
  const clock = () => performance.now();
  const sinks = await openSinks(flags, { mode: "live", clock, output: process.stdout });
  const { beginBootStream } = await import("../inspect/recording/boot-stream.ts");
  return beginBootStream({
    sinks,
    isRedacted: flags.redact === true,
    onError: warnOf("not everything can be shown or recorded"),
  });
}

async function openInspector(inspect: string | true, { mode, clock, output }: Watched): Promise<Sink | null> {
  if (inspect === "stately") {
    const { statelySink } = await import("../inspect/recording/stately.ts");
    return statelySink((text) => process.stderr.write(`zos-boot: ${text}\n`));
  }
  const address: Address = inspect === true ? defaultAddress : parseAddress(inspect);
  const { servedPage } = await import("../inspect/page/server/watching.ts");
  const page = await servedPage({ address, mode, clock });
  output.write(`see the ${mode === "live" ? "boot" : "recording"}: ${page.url}\n`);
  return page;
}

function warnOf(what: string): (error: unknown) => void {
  return (error) => process.stderr.write(`zos-boot: ${what}: ${messageOf(error)}\n`);
}
