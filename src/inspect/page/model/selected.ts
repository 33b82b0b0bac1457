/** What of the page is kept in its address: a link leads to the same view. */
export interface Selection {
  actor: string;
  /** The entry whose moment is shown; null for live. */
  seq: number | null;
}

/** Reads the part of an address after `#`. */
export function selectionOf(hash: string): Selection {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const at = values.get("at");
  return { actor: values.get("actor") ?? "boot", seq: at !== null && /^\d{1,9}$/.test(at) ? Number(at) : null };
}

/** The part of an address after `#`; the slashes of actors stay readable. */
export function hashOf({ actor, seq }: Selection): string {
  const path = encodeURIComponent(actor).replaceAll("%2F", "/");
  return `#actor=${path}${seq === null ? "" : `&at=${seq}`}`;
}
