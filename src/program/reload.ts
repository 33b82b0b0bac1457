import type { BootContext } from "../../machines/boot.ts";
import type { SettingsChanged } from "../../machines/events.ts";
import type { NodeSettings } from "../config/load.ts";
import { BootError, messageOf } from "../errors.ts";
import { findDhcpProgram } from "../os/dhcp-client.ts";
import { changedKeys, refusalBy } from "../policy/settings-change.ts";
import type { Level } from "./log.ts";

/** The configuration that a boot runs with. */
export interface RunningConfig {
  /** Changed in place: who reads it later reads what is so then. */
  live: NodeSettings;
  /** What of it is left out. */
  faults: string[];
}

/** What reading the configuration anew needs of the program. */
export interface Reloading {
  config: RunningConfig;
  /** Reads it from where it was read at the start; throws what a strict start would say of a bad one. */
  read: () => Promise<NodeSettings>;
  /** The boot, which does what follows from it. */
  actor: {
    getSnapshot: () => { status: string; context: BootContext };
    send: (event: SettingsChanged) => void;
  };
  tell: (level: Level, text: string) => void;
}

/**
 * Reads the configuration anew, and applies all of it or nothing; gives and tells what changed and what that leads to. Of
 * several requests each has its turn.
 *
 * @throws (the function that it gives) BootError `bad-config`, `tool-missing`, or `busy` for what needs a restart: the old
 *   configuration is kept, and this is told
 */
export function createReload(reloading: Reloading): () => Promise<string> {
  const { tell } = reloading;
  let before: Promise<unknown> = Promise.resolve();
  const inTurn = async () => {
    await before.catch(() => undefined);
    try {
      const text = await reload(reloading);
      tell("info", text);
      return text;
    } catch (error) {
      tell("warn", `configuration refused, the old one is kept: ${messageOf(error)}`);
      throw error;
    }
  };
  return () => {
    const told = inTurn();
    before = told;
    return told;
  };
}

async function reload({ config, read, actor }: Reloading): Promise<string> {
  const [before, after] = [{ ...config.live }, await read()];
  const keys = changedKeys(before, after);
  if (keys.includes("supervisor")) {
    const change = `supervisor was changed from ${before.supervisor} to ${after.supervisor}`;
    throw new BootError("busy", `${change}, which needs a restart`);
  }
  const hasOtherClient = keys.includes("dhcpClient");
  if (hasOtherClient) await findDhcpProgram(after.dhcpClient);
  const { status, context } = actor.getSnapshot();
  if (status !== "active") throw new BootError("busy", "the boot has ended");
  const isNews = keys.length > 0 || config.faults.length > 0;
  Object.assign(config.live, after);
  config.faults = [];
  if (isNews) actor.send({ type: "settings.changed", settings: after, hasOtherClient });
  return wordsFor(keys, refusalBy(before, after, context));
}

function wordsFor(keys: (keyof NodeSettings)[], refusal: ReturnType<typeof refusalBy>): string {
  if (keys.length === 0) return "configuration read: nothing has changed";
  return [
    `configuration read: changed ${keys.join(", ")}`,
    ...(refusal === null ? [] : [`${refusal.why}: another ${refusal.what} is chosen`]),
    ...(keys.includes("dhcpClient") ? ["DHCP clients are registered anew"] : []),
  ].join("; ");
}
