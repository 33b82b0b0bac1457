/** A file of the live page. */
export interface Asset {
  /** Its media type. */
  type: string;
  text: string;
}

/** Files by the path at which they are served. */
export type Assets = Readonly<Record<string, Asset>>;

/** Put in place by the build, as JSON: a text within a function costs nothing until it is called. */
declare const ZOS_BOOT_PAGE: string;

/** The live page as it is in the bundle. */
export function bundledAssets(): Assets {
  return JSON.parse(ZOS_BOOT_PAGE) as Assets;
}
