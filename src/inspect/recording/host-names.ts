import ipaddr from "ipaddr.js";
import { defaultSettings } from "../../config/schema.ts";
import { type Mask, replaceParts } from "./stand-ins.ts";

/** Names of hosts that were met, each with its stand-in. */
export interface HostNames {
  /** Takes note of the host in a target, or of a name by itself; an address is none. */
  learn: (target: string) => void;
  /** Takes note of all names of the DNS in a sentence, but for names of links. */
  learnIn: (sentence: string, links: ReadonlySet<string>) => void;
  /** Masks those that no address can be taken for, and has all between them masked by another. */
  maskSpelled: (text: string, between: Mask) => string;
  /** Masks those that consist of hexadecimal digits alone, in a text without addresses. */
  maskNumeric: Mask;
}

/** What a program chooses itself, or everybody has, tells nothing. */
const nobodys = new Set([...defaultSettings.reachTargets.map(hostOf), "zos", "localhost"]);

/** Names with a dot (RFC 1123 section 2.1), but those of files in a path, and of zones of addresses. */
const domain =
  /(?<![\w%-]|(?<!\*)\.|(?<!\/)\/)(?:[a-z\d_](?:[\w-]*[a-z\d])?\.)+[a-z](?:[a-z\d-]*[a-z\d])?(?![\w-]|\.\w)/gi;
/** Sysctls, files and abbreviations are written like names of the DNS. */
const otherThings =
  /^(?:net|kernel|zos-boot)\.|^(?:e\.g|i\.e)$|\.(?:c?js|mjs|jsonl?|ya?ml|toml|conf|pem|key|sock|lease|service)$/;

/** No name is known at first. The stand-in of a name is the same however it is spelled (RFC 4343). */
export function createHostNames(): HostNames {
  const standIns = new Map<string, string>();
  let patterns = patternsOf([]);
  const note = (name: string) => {
    const key = name.toLowerCase();
    if (key === "" || nobodys.has(key) || standIns.has(key) || isAddress(key)) return;
    standIns.set(key, `host-${standIns.size + 1}`);
    patterns = patternsOf([...standIns.keys()]);
  };
  const standInFor = (name: string) => standIns.get(name.toLowerCase()) ?? name;
  return {
    learn: (target) => note(hostOf(target)),
    learnIn: (sentence, links) => {
      for (const [name] of sentence.matchAll(domain)) if (!otherThings.test(name) && !links.has(name)) note(name);
    },
    maskSpelled: (text, between) => replaceParts(text, patterns.spelled, { found: standInFor, between }),
    maskNumeric: (text) => text.replace(patterns.numeric, standInFor),
  };
}

function isAddress(name: string): boolean {
  return name.includes(":") || ipaddr.IPv4.isValidFourPartDecimal(name);
}

/** The host in a target. */
function hostOf(target: string): string {
  return target
    .replace(/^https?:\/\//, "")
    .replace(/[/#].*$/, "")
    .replace(/:\d+$/, "")
    .toLowerCase();
}

const nothing = /(?!)/g;

/** Each name as a word of its own, or as what other names end in; of two that begin alike the longer one. */
function patternsOf(names: readonly string[]): { spelled: RegExp; numeric: RegExp } {
  const longestFirst = names
    .toSorted((a, b) => b.length - a.length)
    .map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const isNumeric = (name: string) => /^[\da-f\\.]+$/.test(name);
  const [numeric, spelled] = [longestFirst.filter(isNumeric), longestFirst.filter((name) => !isNumeric(name))];
  return {
    spelled: spelled.length === 0 ? nothing : new RegExp(`(?<![\\w-])(?:${spelled.join("|")})(?![\\w-])`, "gi"),
    numeric:
      numeric.length === 0 ? nothing : new RegExp(`(?<![\\w-]|\\d\\.)(?:${numeric.join("|")})(?![\\w-]|\\.\\d)`, "gi"),
  };
}
