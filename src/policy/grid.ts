import type { Settings } from "../contract.ts";

/** Where the node stands, as the farmer says it. */
export interface Location {
  country: string;
  city: string;
  /** Decimal degrees. */
  longitude: string;
  latitude: string;
}

/** What of the configuration concerns the grid. */
export interface GridSettings {
  /** Addresses of registrars, of which each attempt asks the next; none: the node enrols nowhere. */
  registrars: string[];
  /** The farm that the node belongs to; null while nobody has said. */
  farmId: number | null;
  location: Location | null;
  /** The file with the node's key. */
  gridKey: string;
  /** Whether the daemon stage waits until the node is enrolled, or goes on beside that. */
  enrolment: "eager" | "required";
  /** Addresses of vantages, which tell whether the Internet reaches the node; none: nobody is asked. */
  vantages: string[];
}

/** All settings that a boot goes by. */
export type BootSettings = Settings & GridSettings;

/** What enrolling needs to know. */
export type Grid = Omit<GridSettings, "enrolment" | "vantages"> & Pick<Settings, "caFile" | "nicKinds">;

/** What of the settings enrolling needs. */
export function gridOf({ registrars, farmId, location, gridKey, caFile, nicKinds }: BootSettings): Grid {
  return { registrars, farmId, location, gridKey, caFile, nicKinds };
}

/** A network interface, as the registrar knows it; addresses without prefix length. */
export interface GridInterface {
  name: string;
  mac: string;
  ips: string[];
}

/** What the machine has; sizes in bytes, cores in pieces. */
export interface GridHardware {
  resources: { hru: number; sru: number; cru: number; mru: number };
  secureBoot: boolean;
  virtualized: boolean;
  serialNumber: string;
}

/** The text whose signature proves to the registrar whose an account is to be. */
export function accountProof(publicKey: string, seconds: number): string {
  return `${seconds}:${publicKey}`;
}

/** The text that a request of a twin is signed by. */
export function twinProof(twinId: number, seconds: number): string {
  return `${seconds}:${twinId}`;
}

/** A node, in the registrar's words. */
export function nodeBody(
  { farmId, location }: Pick<Grid, "farmId" | "location">,
  twinId: number,
  { interfaces, hardware }: { interfaces: GridInterface[]; hardware: GridHardware },
): object {
  return {
    twin_id: twinId,
    farm_id: farmId,
    interfaces,
    resources: hardware.resources,
    ...(location !== null && { location }),
    secure_boot: hardware.secureBoot,
    virtualized: hardware.virtualized,
    serial_number: hardware.serialNumber,
  };
}

const longestWaitMs = 3_600_000;

/**
 * How long a server asks to be left alone, in milliseconds, at most an hour; null when it does not, or what it says makes
 * no sense (RFC 9110 section 10.2.3).
 */
export function retryAfterMs(header: string | null, nowMs: number, parseDate: (text: string) => number): number | null {
  if (header === null) return null;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : parseDate(header) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), longestWaitMs);
}

/** Clocks that differ by no more than this are taken for the same: a Date header has whole seconds (RFC 9110 section 5.6.7). */
const sameClockMs = 1_500;

/** By how much a server's clock is ahead of the node's, in milliseconds; 0 when they agree, or the server does not say. */
export function clockOffset(serverSeconds: number | null, nowMs: number): number {
  if (serverSeconds === null || !Number.isFinite(serverSeconds)) return 0;
  const offset = serverSeconds * 1_000 + 500 - nowMs;
  return Math.abs(offset) <= sameClockMs ? 0 : Math.round(offset);
}

/** A difference of clocks for people; null for none. */
export function clockWords(offsetMs: number | null): string | null {
  if (offsetMs === null || offsetMs === 0) return null;
  return `this node's clock is ${Math.round(Math.abs(offsetMs) / 1_000)} s ${offsetMs > 0 ? "behind" : "ahead of"} the registrar's`;
}

/** What a stranger says, as far as it can be shown. */
export function shown(text: string): string {
  return text.replaceAll(/[^ -~]+/g, " ").slice(0, 160);
}

/** Serial numbers that vendors ship in every board. */
const placeholders =
  /^(to be filled.*|default string|not (specified|available|applicable).*|none|n\/a|system serial.*|[0.x-]*)$/i;

/** The first that tells a board from others. */
export function serialNumberAmong(texts: readonly (string | null)[]): string {
  const real = texts.map((text) => shown(text ?? "").trim()).find((text) => !placeholders.test(text));
  return real ?? "unknown";
}

/** A disk of the machine. */
export interface Disk {
  bytes: number;
  isRotational: boolean;
}

/** Bytes of disks that rotate (hru) and that do not (sru), cores and memory. */
export function resourcesOf(disks: readonly Disk[], cores: number, memoryBytes: number): GridHardware["resources"] {
  const sum = (isRotational: boolean) =>
    disks.filter((disk) => disk.isRotational === isRotational).reduce((total, { bytes }) => total + bytes, 0);
  return { hru: sum(true), sru: sum(false), cru: cores, mru: memoryBytes };
}

/** Where the node is known at the grid. */
export interface GridPlace {
  twinId: number;
  nodeId: number;
  farmId: number;
}

/** Where the node is known at the grid, for people. */
export function gridWords({ twinId, nodeId, farmId }: GridPlace): string {
  return `node ${nodeId} of twin ${twinId} at farm ${farmId}`;
}
