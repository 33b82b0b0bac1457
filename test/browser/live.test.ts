import { execFileSync } from "node:child_process";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { StreamRecord } from "../../src/inspect/recording/records.ts";
import { bundle } from "../lab/lab-process.ts";
import { until } from "../lab/machine.ts";
import { faintTexts, press, readLog, seenActors, seenEntry, seenLit, seenNics, seenStates, seenTimes } from "./seen.ts";
import { keepScreenshot, launch, phone, visit, type Visit } from "./browser.ts";
import { readStream, serve, type Served } from "./program.ts";

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? "" : " (skipped: needs root for network namespaces)";

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
});

/** A page that is closed when the test has finished. */
async function open(url: string, options = {}): Promise<Visit> {
  const visited = await visit(browser, url, options);
  onTestFinished(() => visited.page.context().close());
  return visited;
}

/** Where the living machines are, by the last transition that each has told. */
function tellActors(records: StreamRecord[]): Record<string, string> {
  const states = new Map<string, string>();
  for (const record of records) {
    if (record.type === "transition") {
      states.set(record.actor, record.state.map((id) => id.replace(/^[^.]+\./, "")).join(", "));
    } else if (record.type === "ended") states.delete(record.actor);
  }
  return Object.fromEntries(states);
}

describe.skipIf(!isRoot)(`the page of a boot that runs${needsRoot}`, () => {
  let lab: Served;
  let live: Visit;

  beforeAll(async () => {
    lab = await serve("lab", "home-dual", "--keep");
    live = await visit(browser, lab.url);
    await until(lab.stdout, (stdout) => stdout.includes("A shell in it:"), 60_000);
    await live.page.locator(".now-title", { hasText: "Online through eth0" }).waitFor();
  });

  afterAll(async () => {
    await live.page.context().close();
    await lab.end();
  });

  test("has seen the same as one that is opened later, and both know where every actor is", async () => {
    const late = await open(lab.url);
    expect(await late.page.locator(".connection").textContent()).toMatch(/^Live/);
    const told = tellActors(await readStream(lab.url));
    expect(told["boot/networkd"]).toBe("online");
    expect(told["boot/networkd/online"]).toBe("watching");
    expect(await seenActors(live.page)).toEqual(told);
    expect(await seenActors(late.page)).toEqual(told);
    expect(await seenLit(late.page)).toEqual(["boot.networkd.online"]);
    expect(late.problems).toEqual([]);
  });

  test("lights what the program's own status says", async () => {
    const target = /--target (\d+)/.exec(lab.stdout())?.[1] ?? "";
    const inside = ["--target", target, "--net", "--mount", "--pid", "--uts", "--ipc"];
    const args = [...inside, process.execPath, bundle, "status", "--json"];
    const status = JSON.parse(execFileSync("nsenter", args, { encoding: "utf8" })) as Record<string, unknown>;
    expect(await seenLit(live.page)).toEqual([`boot.networkd.${String(status["state"])}`]);
    expect(await seenStates(live.page)).toEqual([status["detail"]]);
    expect(await live.page.locator(".row.current").getAttribute("data-step")).toBe(status["state"]);
    const nics = (await seenNics(live.page)).map(({ nic, words }) => ({ nic, words }));
    const verdicts = status["nics"] as { nic: string; reason: string }[];
    expect(nics).toEqual(verdicts.map(({ nic, reason }) => ({ nic, words: reason })));
  });

  test("has every transition in its log once, in the order in which they were taken", async () => {
    const { page, problems } = await open(lab.url);
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "commands" }).click();
    const records = await readStream(lab.url);
    const wanted = records.flatMap(({ type }, seq) => (type === "transition" ? [seq] : []));
    const shown = (await readLog(page)).map(({ seq }) => seq).filter((seq) => records[seq]?.type === "transition");
    expect(shown.length).toBeGreaterThan(30);
    expect(shown).toEqual(wanted.slice(0, shown.length));
    expect(wanted.length - shown.length).toBeLessThan(8); // A self-check may have run since the page was held.
    expect(problems).toEqual([]);
  });

  test("has steps that add up to the whole time, at every moment", async () => {
    const { page } = await open(lab.url);
    const sumOf = (steps: Record<string, number>) => Object.values(steps).reduce((sum, ms) => sum + ms, 0);
    const { totalMs, steps } = await seenTimes(page);
    expect(sumOf(steps)).toBeCloseTo(totalMs, 3);
    await press(page, "Home");
    for (let index = 0; index < 40; index++) {
      await press(page, "ArrowRight");
      const seen = await seenTimes(page);
      expect(Math.abs(sumOf(seen.steps) - seen.shownMs)).toBeLessThanOrEqual(0.5); // The slider's value is rounded.
    }
    expect((await seenTimes(page)).steps["probe"]).toBeGreaterThan(0);
  });

  test("shows by keyboard any moment of the past, and now again", async () => {
    const { page, problems } = await open(lab.url);
    const records = await readStream(lab.url);
    await press(page, "Home");
    expect(await page.locator(".now-title").textContent()).toBe("Starting");
    expect(await seenActors(page)).toEqual({});
    await press(page, "ArrowRight", 25);
    const seq = await seenEntry(page);
    expect(seq).toBeGreaterThanOrEqual(25);
    expect(await seenActors(page)).toEqual(tellActors(records.slice(0, seq + 1)));
    expect(new URL(page.url()).hash).toBe(`#actor=boot&at=${seq}`);
    await press(page, "ArrowLeft");
    expect(await seenEntry(page)).toBeLessThan(seq);
    await press(page, "End");
    expect(await page.locator(".now-title").textContent()).toBe("Online through eth0");
    expect(new URL(page.url()).hash).toBe("#actor=boot");
    expect(problems).toEqual([]);
  });

  test("holds still while it is paused, and plays on from there", async () => {
    const { page } = await open(lab.url);
    await press(page, "Space");
    const { shownMs } = await seenTimes(page);
    const timeOf = async () => (await seenTimes(live.page)).totalMs;
    const sinceMs = await timeOf();
    await expect.poll(timeOf, { timeout: 10_000 }).toBeGreaterThan(sinceMs + 2_500);
    expect((await seenTimes(page)).shownMs).toBe(shownMs);
    await press(page, "Space");
    await expect.poll(async () => (await seenTimes(page)).shownMs, { timeout: 10_000 }).toBeGreaterThan(shownMs);
    await page.getByRole("button", { name: "Pause" }).waitFor();
  });

  test("shows any actor that is selected, which its address keeps", async () => {
    const { page, problems } = await open(lab.url);
    await page.getByRole("button", { name: "eth0" }).click();
    await page.locator(".picture svg[aria-label='Statechart of probe'] rect.lit").first().waitFor();
    const last = (await readStream(lab.url)).findLast(
      (record) => record.type === "transition" && record.actor === "boot/internet/probe.eth0",
    );
    expect(await seenLit(page)).toEqual(
      last?.type === "transition" && last.state.toSorted((a, b) => a.localeCompare(b)),
    );
    expect(new URL(page.url()).hash).toBe("#actor=boot/internet/probe.eth0");
    await page.reload();
    await page.locator("#chart-heading", { hasText: "probe.eth0" }).waitFor();
    expect(problems).toEqual([]);
  });

  test("marks the ways by which its actors came where they are", async () => {
    const { page } = await open(lab.url);
    const records = await readStream(lab.url);
    const ids = ["boot", "boot/networkd"].flatMap((actor) => {
      const isWay = (record: StreamRecord) =>
        record.type === "transition" && record.actor === actor && record.taken.some(({ target }) => target.length > 0);
      const last = records.findLast(isWay);
      return last?.type === "transition" ? last.taken.map(({ id }) => id) : [];
    });
    const arrows = await page.locator(".picture [data-transition]").evaluateAll((paths) =>
      paths.map((path) => ({
        ids: (path.getAttribute("data-transition") ?? "").split("|"),
        isTaken: path.classList.contains("taken"),
      })),
    );
    const taken = arrows.filter(({ isTaken }) => isTaken);
    expect(taken).toHaveLength(2);
    expect(taken).toEqual(arrows.filter((arrow) => arrow.ids.some((id) => ids.includes(id))));
  });

  test("flashes what is taken, but not for those who want no motion", async () => {
    const flashes = async (reducedMotion: "reduce" | "no-preference") => {
      const { page } = await open(lab.url, { reducedMotion });
      await press(page, "Home");
      const seen: number[] = [];
      for (let index = 0; index < 60; index++) {
        await press(page, "ArrowRight");
        const isFlashing = (each: Animation) =>
          each.effect instanceof KeyframeEffect && each.effect.target?.matches("path.taken") === true;
        seen.push(await page.evaluate(`document.getAnimations().filter(${isFlashing.toString()}).length`));
      }
      return Math.max(...seen);
    };
    expect(await flashes("no-preference")).toBeGreaterThan(0);
    expect(await flashes("reduce")).toBe(0);
  });

  test("lets one choose an actor by keyboard", async () => {
    const { page } = await open(lab.url);
    const heading = () => page.locator("#chart-heading").textContent();
    await page.locator('[role=treeitem][aria-selected="true"]').focus();
    for (const next of ["reachability", "rules", "internet"]) {
      await press(page, "ArrowDown");
      expect(await heading()).toBe(next);
    }
    await press(page, "ArrowRight");
    expect(await heading()).toBe("probe.eth0");
    await press(page, "ArrowLeft");
    await press(page, "ArrowLeft");
    expect(await page.locator(":focus").getAttribute("aria-expanded")).toBe("false");
    expect(await page.locator(":focus").getAttribute("data-actor")).toBe("boot/internet");
    await press(page, "End");
    expect(await heading()).toMatch(/^dhcp-/);
    expect(await page.locator('[role=treeitem][tabindex="0"]').count()).toBe(1);
  });

  test("fits a telephone, and can be read in light and dark", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, problems } = await open(lab.url, { viewport: phone, colorScheme });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width);
      expect(await faintTexts(page)).toEqual([]);
      await keepScreenshot(page, `home-dual-390-${colorScheme}`);
      const wide = await open(lab.url, { colorScheme });
      expect(await faintTexts(wide.page)).toEqual([]);
      await keepScreenshot(wide.page, `home-dual-1280-${colorScheme}`);
      expect([...problems, ...wide.problems]).toEqual([]);
    }
  });

  test("says so when the program is gone, and keeps what it has told", async () => {
    const { page } = await open(lab.url);
    await lab.end();
    await page.locator(".connection.disconnected").waitFor();
    expect(await page.locator(".connection").textContent()).toMatch(/^Disconnected/);
    expect(await page.locator(".now-title").textContent()).toBe("Online through eth0");
    expect(await seenLit(page)).toEqual(["boot.networkd.online"]);
  });
});
