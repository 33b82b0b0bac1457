import manifest from "../package.json" with { type: "json" };

/** The program's version (semver). */
export const { version } = manifest;
