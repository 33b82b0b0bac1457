import { dirname } from "node:path";
import { names } from "../../policy/names.ts";
import { absent, describeOriginal, type Snapshot } from "./snapshot.ts";

/** What is different on a node after a program came and went, one readable line for each difference. */
export async function leftoversBetween(before: Snapshot, after: Snapshot): Promise<string[]> {
  return [
    ...differentThings(before.things, after.things),
    ...differentSysctls(before.sysctls, after.sysctls),
    ...(await differentFiles(before.files, after.files)),
  ];
}

function differentThings(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === is) return [];
    if (was === undefined) return [name];
    return is === undefined ? [`${name} is gone`] : [`${name} ${was}→${is}`];
  });
}

/** Those of links that came or went are told by the links themselves. */
function differentSysctls(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...before].flatMap(([key, was]) => {
    const is = after.get(key);
    return is === undefined || is === was ? [] : [`sysctl ${key} ${was}→${is}`];
  });
}

/** What is kept on purpose: a node is the same the next time. */
const keptPaths = new Set<string>([names.identityFile, names.gridKeyFile, dirname(names.identityFile)]);

async function differentFiles(before: Map<string, string>, after: Map<string, string>): Promise<string[]> {
  const paths = [...new Set([...before.keys(), ...after.keys()])].filter((path) => !keptPaths.has(path)).toSorted();
  const differences = paths.map(async (path) => {
    const original = await describeOriginal(path);
    const [was, is] = [before.get(path) ?? original, after.get(path) ?? original];
    if (was === is) return [];
    if (was === absent) return [`file ${path}`];
    return [`file ${path} ${is === absent ? "is gone" : "changed"}`];
  });
  return (await Promise.all(differences)).flat();
}
