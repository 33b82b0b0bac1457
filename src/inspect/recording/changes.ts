import type { Json } from "./records.ts";

/** New values by path: keys and indices joined by dots. The empty path is the whole value. */
export type Changes = Record<string, Json>;

type Branch = Record<string, Json> | Json[];

/**
 * What must change in a value to make it another one, as small as paths can say it. Lists whose length differs, and objects
 * that lose a key, are given whole; so are objects with keys that a path cannot hold.
 */
export function changesBetween(before: Json | undefined, after: Json): Changes {
  const found: Changes = {};
  collect(before, after, { path: "", found });
  return found;
}

/** The value with the changes made; what was passed stays as it is. What a list does not have cannot change. */
export function withChanges(value: Json, changes: Changes): Json {
  return Object.entries(changes).reduce<Json>(
    (whole, [path, part]) => (path === "" ? part : withPart(whole, path.split("."), part)),
    value,
  );
}

function collect(before: Json | undefined, after: Json, { path, found }: { path: string; found: Changes }): void {
  if (Object.is(before, after)) return;
  if (!isBranch(before) || !isBranch(after) || !canDescend(before, after)) {
    if (before === undefined || !isSame(before, after)) found[path] = after;
    return;
  }
  for (const [key, value] of Object.entries(after)) {
    const old = (before as Record<string, Json>)[key];
    collect(Object.hasOwn(before, key) ? old : undefined, value, { path: path === "" ? key : `${path}.${key}`, found });
  }
}

function isBranch(value: Json | undefined): value is Branch {
  return typeof value === "object" && value !== null;
}

function canDescend(before: Branch, after: Branch): boolean {
  if (Array.isArray(before) || Array.isArray(after)) {
    return Array.isArray(before) && Array.isArray(after) && before.length === after.length;
  }
  const keys = Object.keys(after);
  return (
    Object.keys(before).every((key) => Object.hasOwn(after, key)) &&
    keys.every((key) => /^[^.]+$/.test(key) && key !== "__proto__")
  );
}

function isSame(before: Json, after: Json): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

function withPart(value: Json, [key = "", ...rest]: string[], part: Json): Json {
  const inner = isBranch(value) && Object.hasOwn(value, key) ? (value as Record<string, Json>)[key] : undefined;
  const changed = rest.length === 0 ? part : withPart(inner ?? {}, rest, part);
  if (Array.isArray(value))
    return Object.hasOwn(value, key) && key !== "length" ? value.with(Number(key), changed) : value;
  return { ...(isBranch(value) ? value : {}), [key]: changed };
}
