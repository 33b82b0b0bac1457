import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../../../src/config/load.ts";
import { delaySources } from "../../../../src/inspect/chart/delay-sources.ts";
import { diagramOf, isWithin } from "../../../../src/inspect/drawing/diagram.ts";
import { allCharts } from "../../../../src/inspect/chart/machines.ts";
import { allDiagrams, allPictures, documents } from "../../../../src/inspect/drawing/documents.ts";
import { grown, overlaps, type Rect, segmentsOf } from "../../../../src/inspect/drawing/geometry.ts";
import type { Placed } from "../../../../src/inspect/drawing/arrange.ts";
import { overviewOf } from "../../../../src/inspect/drawing/overview.ts";
import { pageOf } from "../../../../src/inspect/drawing/markdown.ts";
import { describeLegibility } from "./legibility.ts";
import type { PlacedBox } from "../../../../src/inspect/drawing/box.ts";
import type { PlacedEdge } from "../../../../src/inspect/drawing/board.ts";
import type { PlacedText } from "../../../../src/inspect/drawing/text.ts";
import { triggerOf } from "../../../../src/inspect/chart/triggers.ts";

/** Placing takes long: all that is asked of pictures is asked of these. That the same machines give the same places is told by docs/. */
const pictures = allPictures();

const folder = fileURLToPath(new URL("../../../../docs/statecharts/", import.meta.url));

test("the statecharts in docs/ are those of the machines", () => {
  const generated = documents(defaultSettings, pictures);
  const committed = new Map(readdirSync(folder).map((name) => [name, readFileSync(folder + name, "utf8")]));
  const names = [...new Set([...generated.keys(), ...committed.keys()])];
  const stale = names.filter((name) => generated.get(name) !== committed.get(name));
  expect(stale, "these files are out of date: run `npm run docs`").toEqual([]);
});

describe("generation fails rather than to tell what is not so", () => {
  const [boot] = allCharts();
  if (boot === undefined) throw new Error("there is no machine");

  test("when a delay has no source", () => {
    expect(() => pageOf({ ...boot, delays: ["newDelay"] }, delaySources(defaultSettings))).toThrow(
      "has no entry for the delay newDelay of boot",
    );
  });

  test("when the happy path goes where no transition goes", () => {
    expect(() => diagramOf(boot, [["boot.internet", "boot.stopped"]])).toThrow(
      "goes from boot.internet to boot.stopped, but no transition does",
    );
  });

  test("when the overview leaves out a state that is not there any more", () => {
    expect(() => overviewOf(boot, { internet: boot, networkd: boot })).toThrow("names states that are not there");
  });
});

test.each([
  ["xstate.done.actor.ensureBridge", "ensureBridge done"],
  ["xstate.error.actor.ensureBridge", "ensureBridge fails"],
  ["xstate.after.stepBackoff.internet.bridge.retry", "after stepBackoff"],
  ["xstate.done.state.probe.listen", "all regions done"],
  ["xstate.snapshot.probe.*", "a probe reports"],
  ["xstate.done.actor.release.*", "a release done"],
  ["node.observed", "node.observed"],
  ["", ""],
])("the event %s reads %s", (event, words) => {
  expect(triggerOf(event).words).toBe(words);
});

/** Pairs of which both overlap, by their names. */
function overlapping(some: [string, Rect][], others: [string, Rect][]): string[] {
  return some.flatMap(([name, rect]) =>
    others.filter(([other, each]) => name !== other && overlaps(rect, each)).map(([other]) => `${name} / ${other}`),
  );
}

function named(owner: string, texts: PlacedText[]): [string, PlacedText][] {
  return texts.map((text, index) => [`${owner} (${index}: ${text.text})`, text]);
}

const labelsOf = ({ edges }: Placed) => edges.flatMap(({ id, texts }) => named(id, texts));
const textsOf = ({ boxes }: Placed) => boxes.flatMap(({ id, texts }) => named(id, texts));

/** Lines on the border of a box do not count, only those inside. */
function crossings(edges: PlacedEdge[], rects: [string, Rect][]): string[] {
  return edges.flatMap(({ id, points }) =>
    overlapping(
      segmentsOf(points).map((each) => [id, grown(each, 0.5)]),
      rects,
    ),
  );
}

function isForeign(box: PlacedBox, { from, to }: PlacedEdge): boolean {
  return ![from, to].some((end) => end === box.id || isWithin(end, box.id));
}

const drawn = [...allDiagrams()].flatMap(([name, diagram]) => {
  const placed = pictures.get(name);
  return placed === undefined ? [] : [{ name, diagram, placed }];
});

describe.each(drawn)("the picture of $name", ({ diagram, placed }) => {
  test("has every arrow, with every label", () => {
    expect(placed.edges.map(({ id }) => id)).toEqual(diagram.edges.map(({ id }) => id));
    expect(placed.edges.map(({ texts }) => texts.map(({ text }) => text).join(" "))).toEqual(
      diagram.edges.map(({ labels }) => labels.join(" or ")),
    );
  });

  test("has no label over another one", () => {
    expect(overlapping(labelsOf(placed), labelsOf(placed))).toEqual([]);
  });

  test("has no label over what stands in a box", () => {
    expect(overlapping(labelsOf(placed), textsOf(placed))).toEqual([]);
  });

  test("has no text over another one in the boxes", () => {
    expect(overlapping(textsOf(placed), textsOf(placed))).toEqual([]);
  });

  test("has no label over a box that has no others in it", () => {
    const leaves = placed.boxes.filter(({ kind }) => kind !== "compound" && kind !== "parallel");
    expect(
      overlapping(
        labelsOf(placed),
        leaves.map((box) => [box.id, box]),
      ),
    ).toEqual([]);
  });

  test("has no arrow through a box that is not its own", () => {
    const found = placed.edges.flatMap((edge) =>
      crossings(
        [edge],
        placed.boxes.filter((box) => isForeign(box, edge)).map((box) => [box.id, box]),
      ),
    );
    expect(found).toEqual([]);
  });

  test("has no arrow through what stands in a box", () => {
    expect(crossings(placed.edges, textsOf(placed))).toEqual([]);
  });

  test("has no arrow through the label of another", () => {
    const found = placed.edges.flatMap((edge) => {
      const others = placed.edges.filter((other) => other !== edge);
      return crossings(
        [edge],
        others.flatMap(({ id, texts }) => named(id, texts)),
      );
    });
    expect(found).toEqual([]);
  });

  test("has no two arrows on the same line", () => {
    const flat = placed.edges.map(({ id, points }) => ({ id, segments: segmentsOf(points) }));
    const found = flat.flatMap((one, index) =>
      flat
        .slice(index + 1)
        .filter((other) => one.segments.some((a) => other.segments.some((b) => isShared(a, b))))
        .map(({ id }) => `${one.id} / ${id}`),
    );
    expect(found).toEqual([]);
  });

  test("has everything on the paper", () => {
    const paper = { x: 0, y: 0, width: placed.width, height: placed.height };
    const things = [...placed.boxes, ...[...labelsOf(placed), ...textsOf(placed)].map(([, text]) => text)];
    expect(things.filter((each) => !isOn(paper, each))).toEqual([]);
  });
});

describeLegibility(pictures);

/** Whether two segments of the same orientation run over each other. */
function isShared(a: Rect, b: Rect): boolean {
  if (a.width > 0 !== b.width > 0) return false;
  const [thinA, thinB] = [grown(a, 1), grown(b, 1)];
  const isFlat = a.width > 0;
  const along = isFlat
    ? { ...thinA, x: thinA.x + 2, width: thinA.width - 4 }
    : { ...thinA, y: thinA.y + 2, height: thinA.height - 4 };
  return overlaps(along, thinB);
}

function isOn(paper: Rect, { x, y, width, height }: Rect): boolean {
  return x >= 0 && y >= 0 && x + width <= paper.width && y + height <= paper.height;
}
