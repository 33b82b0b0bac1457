import type { ActorStatus } from "../../recording/records.ts";
import { type History, lastIndex, type Life, lifeAt, type Moment, type Move, moveAt, statusAt } from "./history.ts";

/** The pictures that there are. */
export type PictureName = "overview" | "internet" | "probe" | "networkd" | "online" | "service";

/** What to light in a picture, in the ids that pictures have. */
export interface Lit {
  picture: PictureName;
  /** Innermost active states. */
  states: string[];
  /** How the actor is whose states these are. */
  status: ActorStatus;
  /** The last ways from state to state, one for each actor in the picture. */
  taken: Taken[];
}

/** The transitions that were taken last. */
export interface Taken {
  /** Differs whenever a transition is taken again. */
  seq: number;
  ids: string[];
}

/** Machines that others invoke, each in a state of its name. */
const stagesOf: Readonly<Record<string, string[]>> = { boot: ["internet", "networkd"], networkd: ["online"] };

/** The machine that has a picture: the actor's own, or that of the machine that an effect works for. */
export function shownActor(history: History, actor: string, moment: Moment): Life | null {
  const life = lifeAt(history, actor, moment);
  return life?.machine === null && life.parent !== null ? lifeAt(history, life.parent, moment) : life;
}

/** What of an actor's machine is active at a moment; what `boot` and `networkd` leave to another machine is told by that. */
export function litOf(history: History, life: Life, moment: Moment): Lit {
  const picture = life.machine === "boot" ? "overview" : (life.machine as PictureName);
  return { picture, status: statusAt(life, moment), ...withStages(history, life, { moment, prefix: "" }) };
}

type Piece = Pick<Lit, "states" | "taken">;

/** @param at when, and what stands before ids of states */
function withStages(history: History, life: Life, at: { moment: Moment; prefix: string }): Piece {
  const { moment, prefix } = at;
  const own = pieceOf(life, moment, prefix);
  const stages = stagesOf[life.machine ?? ""] ?? [];
  const pieces = stages.flatMap((stage) => {
    const child = lifeAt(history, `${life.actor}/${stage}`, moment);
    const invoking = `${prefix}${life.machine}.${stage}`;
    const isInvoked = own.states.some((state) => withOuter(state).includes(invoking));
    const isThere = child !== null && statusAt(child, moment) === "active" && isInvoked;
    return isThere ? [withStages(history, child, { moment, prefix: `${prefix}${life.machine}.` })] : [];
  });
  const inner = pieces.flatMap(({ states }) => states);
  return { states: inner.length > 0 ? inner : own.states, taken: [own, ...pieces].flatMap(({ taken }) => taken) };
}

/** The state's id in its own machine, of one as `litOf` gives it. */
export function ownIdOf(state: string): string {
  return state.replace(/^boot\.(?=internet\.|networkd\.)/, "").replace(/^networkd\.(?=online\.)/, "");
}

function pieceOf(life: Life, moment: Moment, prefix: string): Piece {
  const states = (moveAt(life, moment)?.record.state ?? []).map((state) => prefix + state);
  const index = lastIndex(life.moves, ({ seq }) => seq <= moment.seq);
  const isWay = ({ record }: Move) => record.taken.some(({ target }) => target.length > 0);
  const last = life.moves.slice(0, index + 1).findLast(isWay);
  return { states, taken: last === undefined ? [] : [{ seq: last.seq, ids: last.record.taken.map(({ id }) => id) }] };
}

/**
 * Which of a picture's boxes are active, and which of them have active ones in them.
 *
 * @param shown ids of all boxes in the picture; what has none lights the nearest box around it
 */
export function boxesOf(states: readonly string[], shown: ReadonlySet<string>): { active: string[]; around: string[] } {
  const active = new Set<string>();
  const around = new Set<string>();
  for (const state of states) {
    const [own, ...outer] = withOuter(state).filter((id) => shown.has(id));
    if (own !== undefined) active.add(own);
    for (const id of outer) around.add(id);
  }
  return { active: [...active].filter((id) => !around.has(id)), around: [...around] };
}

/** A state's id and those of all states around it, from the inside out. */
export function withOuter(state: string): string[] {
  const parts = state.split(".");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("."));
}
