import { expect, test } from "vitest";
import { createNewcomers } from "../../../../src/lab/farm/newcomers.ts";

test("an outage lasts from the first try in vain to the answer of the first good one after it", () => {
  const { known, noteGood, noteFailure } = createNewcomers(3_000);
  noteGood({ begunMs: 100, answeredMs: 105 });
  noteFailure(200);
  expect(known.outages).toEqual([[200, null]]);
  noteFailure(300);
  noteGood({ begunMs: 400, answeredMs: 406 });
  expect(known).toEqual({ lastGoodBegunMs: 400, outages: [[200, 406]] });
});

test("a failure that is known only after later successes ends at the first of those", () => {
  const { known, noteGood, noteFailure } = createNewcomers(3_000);
  noteGood({ begunMs: 300, answeredMs: 305 });
  noteGood({ begunMs: 400, answeredMs: 405 });
  noteFailure(200);
  expect(known.outages).toEqual([[200, 305]]);
  noteFailure(350);
  expect(known.outages).toEqual([
    [200, 305],
    [350, 405],
  ]);
});

test("failures of one outage that are known out of order are one outage", () => {
  const { known, noteGood, noteFailure } = createNewcomers(3_000);
  noteFailure(300);
  noteFailure(200);
  noteGood({ begunMs: 250, answeredMs: 260 });
  expect(known.outages).toEqual([[200, 260]]);
});

test("a success that began before the outage does not end it", () => {
  const { known, noteGood, noteFailure } = createNewcomers(3_000);
  noteFailure(200);
  noteGood({ begunMs: 150, answeredMs: 900 });
  expect(known.outages).toEqual([[200, null]]);
});
