import type * as v from "valibot";

/** What valibot's schemas have in common here, as far as they are walked. */
interface SchemaNode {
  type: string;
  message?: unknown;
  entries?: Record<string, SchemaNode>;
  wrapped?: SchemaNode;
  item?: SchemaNode;
  items?: SchemaNode[];
  value?: SchemaNode;
  /** Forms of a variant, or values of a picklist. */
  options?: readonly (SchemaNode | string)[];
  literal?: string;
}

const mostShown = 60;

/** What is wrong with a value, in one line: its key, the value, and what would be accepted there. */
export function faultOf(schema: SchemaNode, issue: v.BaseIssue<unknown>): string {
  const path = issue.path ?? [];
  const key = path.map((item) => String(item.key)).join(".") || "the file";
  const last = path.at(-1);
  if (issue.type === "strict_object" && last !== undefined && issue.expected === "never") {
    const within = nodeAt(schema, path.slice(0, -1));
    return `${key}: unknown key; known are ${Object.keys(within?.entries ?? {}).join(", ")}`;
  }
  const value = issue.input === undefined ? "is missing" : `${shown(issue.input)} is not accepted`;
  const isOfVariant = issue.type === "variant" && last?.key === "kind";
  const accepted = acceptedBy(nodeAt(schema, isOfVariant ? path.slice(0, -1) : path));
  return `${key}: ${value}; expected: ${accepted ?? issue.message}`;
}

function shown(input: unknown): string {
  const text = JSON.stringify(input);
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
}

/** The schema of what a path leads to, or undefined where none is. */
function nodeAt(root: SchemaNode, path: readonly v.IssuePathItem[]): SchemaNode | undefined {
  let at: SchemaNode | undefined = unwrapped(root);
  for (const { key, input } of path) {
    if (at === undefined) return undefined;
    const object: SchemaNode | undefined = at.type === "variant" ? optionFor(at, input) : at;
    at = object?.entries?.[String(key)] ?? object?.item ?? object?.items?.[Number(key)] ?? object?.value;
    at = at && unwrapped(at);
  }
  return at;
}

function unwrapped(node: SchemaNode): SchemaNode {
  return node.wrapped === undefined ? node : unwrapped(node.wrapped);
}

/** Of several forms the one whose kind is given. */
function optionFor({ options = [] }: SchemaNode, input: unknown): SchemaNode | undefined {
  const { kind } = input as { kind?: unknown };
  const forms = formsAmong(options);
  return forms.find(({ entries }) => entries?.["kind"]?.literal === kind) ?? forms[0];
}

/** In words, as far as a schema says it itself: an object by its keys, a choice of forms by their kinds. */
function acceptedBy(node: SchemaNode | undefined): string | undefined {
  if (node?.entries !== undefined) return `a mapping with the keys ${Object.keys(node.entries).join(", ")}`;
  const kinds = formsAmong(node?.options ?? []).flatMap(({ entries }) => entries?.["kind"]?.literal ?? []);
  if (kinds.length > 0) return `a mapping whose kind is one of ${kinds.join(", ")}`;
  return undefined;
}

function formsAmong(options: readonly (SchemaNode | string)[]): SchemaNode[] {
  return options.filter((option) => typeof option === "object");
}
