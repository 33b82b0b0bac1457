import type { Choice, NicVerdict, ProbeFacts, Settings, Uplink } from "../contract.ts";
import { exitThroughUplink, withExit } from "./choice.ts";
import { verdictsOnLinks } from "./pins.ts";
import type { Circumstances } from "./selection.ts";

/**
 * The settings by which other NICs are probed for an exit: those that are in use are left alone, and all are where workloads
 * must leave through the uplink.
 */
export function settingsBeside(settings: Settings, { uplink, exit }: Pick<Choice, "uplink" | "exit">): Settings {
  if (settings.exit !== null && settings.exit === uplink?.nic) return { ...settings, ignoreNics: ["*"] };
  const inUse = [uplink?.nic, exit.exitNic].filter((nic) => nic != null);
  return { ...settings, ignoreNics: [...settings.ignoreNics, ...inUse] };
}

/** Whether the best exit among NICs that were probed beside the uplink is one that was proven to lead out by IPv6. */
export function hasProvenExit(choice: Choice, all: ProbeFacts[], rules: Circumstances): boolean {
  const { exitNic } = withOtherExit(choice, all, rules).exit;
  return exitNic !== null && all.some(({ nic, proof6 }) => nic === exitNic && proof6?.reached != null);
}

/** The same uplink with the best exit among NICs that were probed beside it, or through the uplink itself. */
export function withOtherExit(choice: Choice, all: ProbeFacts[], rules: Circumstances): Choice {
  const { uplink } = choice;
  if (uplink === null) return choice;
  const others = all.filter(({ nic }) => nic !== uplink.nic && nic !== choice.exit.exitNic);
  const { exit, verdicts } = withExit({ ...choice, failed: [] }, others, { ...rules, uplink: null });
  const links = verdictsOnLinks(others, rules).map(({ nic }) => nic);
  return {
    ...choice,
    exit,
    verdicts: [
      ...choice.verdicts.filter(({ nic }) => nic === uplink.nic),
      ...verdicts
        .filter(({ nic }) => nic !== uplink.nic && nic !== choice.exit.exitNic)
        .map((verdict) => (links.includes(verdict.nic) ? verdict : besideUplink(verdict, exit.exitNic, uplink))),
      ...(choice.exit.exitNic === null ? [] : [formerly(choice.exit.exitNic)]),
    ],
  };
}

/** The same uplink, through which workloads leave too. */
export function withoutOtherExit(choice: Choice): Choice {
  const { exitNic } = choice.exit;
  const others = choice.verdicts.filter(({ nic }) => nic !== exitNic);
  return {
    ...choice,
    exit: exitThroughUplink,
    verdicts: exitNic === null ? others : [...others, formerly(exitNic)],
  };
}

function formerly(nic: string): NicVerdict {
  return { nic, verdict: "lost", reason: "was the exit until the configuration changed" };
}

/** A NIC that could be the uplink too is not, because there is one that stays. */
function besideUplink({ nic, verdict, reason }: NicVerdict, exitNic: string | null, uplink: Uplink): NicVerdict {
  const why = `${uplink.nic} is the uplink and stays it`;
  if (nic === exitNic) return { nic, verdict: "exit", reason: `carries the workloads' traffic; ${why}` };
  return verdict === "chosen" || verdict === "lost" ? { nic, verdict: "lost", reason: why } : { nic, verdict, reason };
}
