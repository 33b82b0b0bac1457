/** A file of the live page. */
export interface Asset {
  /** Its media type. */
  type: string;
  text: string;
}

/** Files by the path at which they are served. */
export type Assets = Readonly<Record<string, Asset>>;

/** Put in place by the build. */
declare const ZOS_BOOT_PAGE: Assets;

/** The live page as it is in the bundle. */
export function bundledAssets(): Assets {
  return ZOS_BOOT_PAGE;
}
