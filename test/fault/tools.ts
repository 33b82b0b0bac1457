import { chmod, mkdir, writeFile } from "node:fs/promises";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { outputOf } from "./boot.ts";

const folder = "/run/faults";

/**
 * Puts a shell script in the place of a tool on the node. In the script `$real` is the tool itself, the function
 * `once NAME` succeeds the first time only, and `was NAME` succeeds after that; `reads TEXT` succeeds where the script's input
 * has the text, and leaves it for the tool.
 */
export async function replaceTool(node: LabNode, tool: string, script: string): Promise<void> {
  const path = (await outputOf(node, "sh", "-c", `command -v ${tool}`)).trim();
  const preamble = [
    "#!/bin/sh",
    `real=${folder}/${tool}.real`,
    `once() { mkdir ${folder}/${tool}.$1 2>/dev/null; }`,
    // A here-document leaves the input to be read again.
    'reads() { input=$(cat); exec <<END\n$input\nEND\n case $input in *"$1"*) ;; *) false ;; esac; }',
    `was() { [ -d ${folder}/${tool}.$1 ]; }`,
    "",
  ].join("\n");
  await mkdir(node.root + folder, { recursive: true });
  await writeFile(`${node.root}${folder}/${tool}`, preamble + script);
  await chmod(`${node.root}${folder}/${tool}`, 0o755);
  await outputOf(node, "cp", path, `${folder}/${tool}.real`);
  await outputOf(node, "mount", "--bind", `${folder}/${tool}`, path);
}

/** A tool is there no more. */
export async function removeTool(node: LabNode, tool: string): Promise<void> {
  const path = (await outputOf(node, "sh", "-c", `command -v ${tool}`)).trim();
  await outputOf(node, "mount", "--bind", "/dev/null", path);
}
