import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { checkHeld, exclusively, type Lock, locks } from "../../../src/os/locks.ts";

const { signal } = new AbortController();
const nothing = () => Promise.resolve();
const [eth0, eth1] = [locks.nic("eth0"), locks.nic("eth1")];

/** An action that says when it begins, and lasts until it is ended. */
function lasting(name: string, told: string[]) {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const action = async () => {
    told.push(`${name} begins`);
    await ended;
    told.push(`${name} ends`);
  };
  return { action, end };
}

test("actions on one thing run one after another, in the order in which they came; on others beside them", async () => {
  const told: string[] = [];
  const [first, second, other] = ["first", "second", "other"].map((name) => lasting(name, told));
  const all = [
    exclusively(eth0, signal, () => first?.action() ?? nothing()),
    exclusively(eth0, signal, () => second?.action() ?? nothing()),
    exclusively(eth1, signal, () => other?.action() ?? nothing()),
  ];
  await nextTurn();
  for (const each of [second, other, first]) each?.end();
  await Promise.all(all);
  expect(told).toEqual(["first begins", "other begins", "other ends", "first ends", "second begins", "second ends"]);
});

test("a thing is free again when an action failed", async () => {
  const failing = exclusively(eth0, signal, () => Promise.reject(new Error("no")));
  const next = exclusively(eth0, signal, () => Promise.resolve("done"));
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("done");
});

test("an action whose signal has aborted by its turn is not begun", async () => {
  const told: string[] = [];
  const [first, second] = [lasting("first", told), lasting("second", told)];
  const controller = new AbortController();
  const running = exclusively(eth0, signal, first.action);
  const waiting = exclusively(eth0, controller.signal, second.action);
  await nextTurn();
  controller.abort();
  first.end();
  await expect(waiting).rejects.toMatchObject({ code: "aborted", message: "nothing was done to nic eth0" });
  await running;
  expect(told).toEqual(["first begins", "first ends"]);
});

/** Locks in the order in which they must be taken; those that this machine's own zos-boot may hold are not among them. */
const inOrder: Lock[] = [
  ...[eth0, eth1, locks.nicFamily("eth0", "v4"), locks.nicFamily("eth0", "v6"), locks.nicResolver("eth0")],
  ...[locks.service("dhcp-ndmz"), locks.service("dhcp-zos")],
];
const nested = (outer: Lock, inner: Lock) => exclusively(outer, signal, () => exclusively(inner, signal, nothing));

test("within an action, later locks can be taken, and none that is not after what is held", async () => {
  for (const [at, outer] of inOrder.entries()) {
    for (const inner of inOrder.slice(0, at + 1))
      await expect(nested(outer, inner)).rejects.toThrow("is taken by who holds");
    for (const inner of inOrder.slice(at + 1)) await expect(nested(outer, inner)).resolves.toBeUndefined();
  }
});

test("what is held is known however deep the call is, and along every way that leads there", async () => {
  const deep = async () => {
    await nextTurn();
    await exclusively(locks.nicFamily("eth1", "v4"), signal, nothing);
    await exclusively(eth0, signal, nothing);
  };
  await expect(exclusively(eth1, signal, () => Promise.all([nextTurn(), deep()]))).rejects.toThrow(
    "the lock of nic eth0 is taken by who holds that of nic eth1",
  );
});

test("several locks are taken by one call in their order, whatever the order in which they are named", async () => {
  const both = [exclusively([eth1, eth0], signal, nextTurn), exclusively([eth0, eth1], signal, nextTurn)];
  await Promise.all(both);
  await exclusively([locks.service("dhcp-zos"), eth1, eth0], signal, () => {
    for (const each of [eth0, eth1, locks.service("dhcp-zos")]) checkHeld(each);
    return Promise.resolve();
  });
});

test("what an action leaves behind goes on under nobody's lock", async () => {
  let left: Promise<unknown> = Promise.resolve();
  await exclusively(eth1, signal, () => {
    left = nextTurn().then(() => nextTurn().then(() => exclusively(eth0, signal, nothing)));
    return Promise.resolve();
  });
  await expect(left).resolves.toBeUndefined();
});

test("a change without its lock is a bug", async () => {
  expect(() => checkHeld(eth0)).toThrow("nic eth0 is changed without its lock");
  await exclusively(eth1, signal, () => {
    expect(() => checkHeld(eth0)).toThrow("nic eth0 is changed without its lock");
    return Promise.resolve();
  });
});
