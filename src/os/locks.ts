import { AsyncLocalStorage } from "node:async_hooks";
import type { Family } from "../contract.ts";
import { BootError } from "../errors.ts";
import { names } from "../policy/names.ts";
import { takeNodeLock } from "./node-lock.ts";

/**
 * The kinds of things that can be locked, in the order in which they are: who holds one may take those of later kinds, and of its
 * own kind those of later names. So nobody ever waits for somebody who waits for them.
 */
const order = ["nic", "nic-v4", "nic-v6", "nic-resolver", "bridge", "ndmz", "service", "trial"] as const;
type Kind = (typeof order)[number];

/**
 * What several processes may change at the same time: `attach`, `detach` and `down` beside one that boots. Of those that boot
 * or probe there is one at a time (claimNode), so that NICs and services are its own.
 */
const nodeWide: readonly Kind[] = ["bridge", "ndmz"];

declare const made: unique symbol;

/** A thing that one at a time may change; only `locks` makes one. */
export interface Lock {
  readonly [made]: true;
  readonly kind: Kind;
  /** For people; the same thing has the same name. */
  readonly name: string;
}

function lock(kind: Kind, name: string): Lock {
  return { kind, name } as Lock;
}

/** Everything that can be locked, and what each lock guards. */
export const locks = {
  /** A NIC: the link itself, its addresses, routes and parameters, whose port it is, its probe's namespace. */
  nic: (nic: string) => lock("nic", nic),
  /** One family in a NIC's probe: its DHCP client or solicitations, then its proof. */
  nicFamily: (nic: string, family: Family) => lock(`nic-${family}`, nic),
  /** The resolv.conf of a NIC's probe. */
  nicResolver: (nic: string) => lock("nic-resolver", nic),
  /** `zos` or `br-pub`: the bridge, its addresses and parameters, and which NIC is its port. */
  bridge: (bridge: typeof names.bridge | typeof names.publicBridge) => lock("bridge", bridge),
  /** The namespace ndmz and all in it, `br-ndmz`, and the network resources that are attached there. */
  ndmz: lock("ndmz", names.ndmz),
  /** The namespace in which it is tried whether anybody gets in, and all in it. */
  trial: lock("trial", names.trial),
  /** A service at the supervisor and its DHCP client, which has a lock of its own for as long as it runs (service-lock.ts). */
  service: (service: string) => lock("service", service),
} as const;

function compare(a: Lock, b: Lock): number {
  return order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : Number(a.name > b.name));
}

interface Holding {
  lock: Lock;
  /** What an action leaves behind, such as a timer, goes on under nobody's lock. */
  isOver: boolean;
}

/** What whoever asks holds already, by way of the calls that led to it. */
const holdings = new AsyncLocalStorage<readonly Holding[]>();

function held(): readonly Holding[] {
  return (holdings.getStore() ?? []).filter(({ isOver }) => !isOver);
}

/**
 * Makes sure that the caller holds a lock, for functions that change what it guards but leave the taking to whoever calls.
 *
 * @throws Error when it does not, which is a bug
 */
export function checkHeld(wanted: Lock): void {
  if (!held().some((each) => compare(each.lock, wanted) === 0))
    throw new Error(`${textOf(wanted)} is changed without its lock`);
}

const tails = new Map<string, Promise<unknown>>();

/**
 * Runs an action when all earlier ones on the same things have ended, aborted ones included. Actions on different things run side
 * by side. INVARIANTS:
 *
 * - Whatever changes a thing that `locks` names does so under its lock; reading takes none.
 * - A lock is held until the action has ended, so that an aborted command is dead before the next one on the thing starts.
 * - Locks are taken in their order, several at once by one call; an action takes no lock that is not after all that it holds.
 * - What more than one process may change is locked for all of them, by the kernel, which lets go for those that die.
 *
 * @throws BootError `aborted` when the signal aborts before the action's turn, `busy` when another process does not let go
 * @throws Error when locks are taken out of order, which is a bug
 */
export function exclusively<T>(
  things: Lock | readonly Lock[],
  signal: AbortSignal,
  action: () => Promise<T>,
): Promise<T> {
  const [first, ...rest] = [things].flat().toSorted(compare);
  if (first === undefined) return action();
  return alone(first, signal, rest.length === 0 ? action : () => exclusively(rest, signal, action));
}

async function alone<T>(thing: Lock, signal: AbortSignal, action: () => Promise<T>): Promise<T> {
  const before = held();
  const last = before.at(-1);
  if (last !== undefined && compare(last.lock, thing) >= 0)
    throw new Error(`the lock of ${textOf(thing)} is taken by who holds that of ${textOf(last.lock)}`);
  const turn = async () => {
    if (signal.aborted) throw new BootError("aborted", `nothing was done to ${textOf(thing)}`);
    const release = nodeWide.includes(thing.kind) ? await takeNodeLock(textOf(thing), signal) : null;
    const holding = { lock: thing, isOver: false };
    try {
      return await holdings.run([...before, holding], action);
    } finally {
      holding.isOver = true;
      release?.();
    }
  };
  return inTurn(textOf(thing), turn);
}

async function inTurn<T>(key: string, action: () => Promise<T>): Promise<T> {
  const turn = (tails.get(key) ?? Promise.resolve()).then(action);
  const tail = turn.catch(() => undefined);
  tails.set(key, tail);
  void tail.then(() => {
    if (tails.get(key) === tail) tails.delete(key);
  });
  return turn;
}

function textOf({ kind, name }: Lock): string {
  return kind === name ? name : `${kind} ${name}`;
}
