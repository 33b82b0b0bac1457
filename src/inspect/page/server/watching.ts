import { createHistory } from "../../recording/backlog.ts";
import { bundledAssets } from "./assets.ts";
import type { Sink } from "../../recording/boot-stream.ts";
import type { Address } from "./hosts.ts";
import { servePage } from "./page-server.ts";

/** A page that shows what is written to it. */
export interface PageSink extends Sink {
  url: string;
}

/** Where the page is served, and who is told. */
export interface WatchOptions {
  address: Address;
  mode: "live" | "replay";
  /** The stream's time, milliseconds. */
  clock: () => number;
}

/**
 * Serves the live page, with a history of the stream for those who come late; of a recording nothing is forgotten.
 *
 * @throws BootError as servePage
 */
export async function servedPage(options: WatchOptions): Promise<PageSink> {
  const history = options.mode === "live" ? createHistory() : createHistory(Infinity);
  const { url, close } = await servePage({ ...options, assets: bundledAssets(), history });
  return { url, write: history.add, close };
}
