import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { StreamRecord } from "../../src/inspect/recording/records.ts";
import { keepScreenshot, launch, phone, visit, type Visit } from "./browser.ts";
import { serve, serveAt } from "./program.ts";
import { recordScriptedBoot } from "./scripted-boot.ts";
import { drawn, press, readLog, seenLit, seenMoment, seenNics } from "./seen.ts";

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? "" : " (skipped: needs root for network namespaces)";

let browser: Browser;
let folder: string;

beforeAll(async () => {
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), "boot-page-"));
});

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Opens a recording in the page; both are closed when the test has finished. */
async function replay(file: string, options = {}): Promise<Visit> {
  const served = await serve("replay", file);
  onTestFinished(() => served.end());
  const visited = await visit(browser, served.url, options);
  onTestFinished(() => visited.page.context().close());
  return visited;
}

function write(name: string, records: StreamRecord[]): string {
  const file = join(folder, name);
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  return file;
}

describe.skipIf(!isRoot)(`the recording of a boot with eight NICs of which seven are dead${needsRoot}`, () => {
  let file: string;
  let seen: Awaited<ReturnType<typeof seenMoment>>;

  beforeAll(async () => {
    file = join(folder, "dead-7.jsonl");
    const lab = await serve("lab", "dead-7", "--record", file);
    const { page, problems } = await visit(browser, lab.url);
    await page.locator(".connection.ended").waitFor({ timeout: 60_000 });
    await drawn(page);
    seen = await seenMoment(page);
    expect(problems).toEqual([]);
    await page.context().close();
    await lab.end();
  });

  test("shows what the page showed when the boot itself ended", async () => {
    const { page, problems } = await replay(file);
    expect(await page.locator(".connection").textContent()).toMatch(/^Replay/);
    expect(seen.title).toBe("Ended, was online through eth5");
    expect(seen.lit).toEqual(["boot.stopped"]);
    expect(await seenMoment(page)).toEqual(seen);
    expect(problems).toEqual([]);
  });

  test("tells of each NIC what became of it", async () => {
    const { page } = await replay(file);
    expect(await seenNics(page)).toEqual([
      { nic: "eth0", verdict: "unusable", words: "no carrier" },
      { nic: "eth1", verdict: "unusable", words: expect.stringMatching(/^carrier, but no DHCP offer/) as string },
      { nic: "eth2", verdict: "unusable", words: expect.stringMatching(/without a default gateway$/) as string },
      { nic: "eth3", verdict: "unusable", words: "no carrier" },
      { nic: "eth4", verdict: "unusable", words: expect.stringMatching(/^carrier, but no DHCP offer/) as string },
      { nic: "eth5", verdict: "uplink", words: expect.stringMatching(/^private gateway 192\.168\.1\.1/) as string },
      { nic: "eth6", verdict: "unusable", words: "no carrier" },
      { nic: "eth7", verdict: "unusable", words: expect.stringMatching(/^carrier, but no DHCP offer/) as string },
    ]);
    await keepScreenshot(page, "dead-7-1280-light");
  });

  test("has every transition in its log once", async () => {
    const { page } = await replay(file);
    const records = readFileSync(file, "utf8").trim().split("\n");
    const wanted = records.flatMap((line, seq) => (line.startsWith('{"type":"transition"') ? [seq] : []));
    await page.getByRole("button", { name: "commands" }).click();
    const shown = (await readLog(page)).map(({ seq }) => seq);
    expect(shown.filter((seq) => wanted.includes(seq))).toEqual(wanted);
  });

  test("plays as it happened, and comes to the same end", async () => {
    const { page } = await replay(file);
    await page.getByLabel("Speed").selectOption("0.25");
    await page.getByRole("button", { name: "Play" }).click();
    await expect.poll(() => seenLit(page), { timeout: 20_000 }).toEqual(["boot.internet.probe"]);
    await expect.poll(() => seenLit(page), { timeout: 80_000 }).toEqual(["boot.stopped"]);
    await page.getByRole("button", { name: "Play" }).waitFor();
    expect(await seenMoment(page)).toEqual(seen);
  });

  test("fits a telephone", async () => {
    const { page } = await replay(file, { viewport: phone, colorScheme: "dark" });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width);
    await keepScreenshot(page, "dead-7-390-dark");
  });
});

describe("the recording of a boot with 64 NICs", () => {
  let file: string;

  beforeAll(async () => {
    file = write("many.jsonl", await recordScriptedBoot(64));
  });

  test("has a row for each, and finds one by its name", async () => {
    const { page, problems } = await replay(file);
    expect((await seenNics(page)).map(({ nic }) => nic)).toEqual(
      Array.from({ length: 64 }, (_, index) => `eth${index}`),
    );
    await page.getByLabel("Filter actors by name").fill("eth63");
    await drawn(page);
    const names = await page.locator(".actor-name").allTextContents();
    expect(names).toEqual(expect.arrayContaining(["boot", "internet", "probe.eth63"]));
    expect(names.filter((name) => name.startsWith("probe."))).toEqual(["probe.eth63"]);
    await keepScreenshot(page, "64-nics-1280-light");
    expect(problems).toEqual([]);
  });

  test("keeps no more of the log in the document than is in sight", async () => {
    const { page } = await replay(file);
    const list = page.locator(".log-rows");
    expect(Number(await page.locator(".entry").first().getAttribute("aria-setsize"))).toBeGreaterThan(500);
    expect(await page.locator(".entry").count()).toBeLessThan(80);
    await list.focus();
    await press(page, "Home");
    expect(await page.locator(".entry.here").getAttribute("aria-posinset")).toBe("1");
    await press(page, "PageDown");
    expect(Number(await page.locator(".entry.here").getAttribute("aria-posinset"))).toBeGreaterThan(3);
  });

  test("keeps everything in its place while one goes through it", async () => {
    const { page } = await replay(file);
    const places = () =>
      page.evaluate(() =>
        [...document.querySelectorAll(".card, .row, .picture")].map((each) =>
          Math.round(each.getBoundingClientRect().top),
        ),
      );
    const before = await places();
    await page.getByRole("slider").focus();
    for (const key of ["Home", "PageDown", "PageDown", "End"]) {
      await press(page, key);
      expect(await places()).toEqual(before);
    }
  });
});

test("another boot at the same address takes the place of the first, without being asked to", async () => {
  const files = [write("five.jsonl", await recordScriptedBoot(5)), write("eight.jsonl", await recordScriptedBoot(8))];
  const first = await serve("replay", files[0] ?? "");
  const { page } = await visit(browser, first.url);
  onTestFinished(() => page.context().close());
  await press(page, "Home");
  expect(await seenNics(page)).toHaveLength(5);
  await first.end();
  const second = await serveAt(Number(new URL(first.url).port), "replay", files[1] ?? "");
  onTestFinished(() => second.end());
  await expect.poll(() => seenNics(page), { timeout: 20_000 }).toHaveLength(8);
  expect(await seenLit(page)).toEqual(["boot.stopped"]);
});

test("what a recording says is text, whatever it looks like", async () => {
  const markup = '<img src="https://example.org/x" onerror="document.title = 1"><b>bold</b>';
  const records = await recordScriptedBoot(8);
  const forged = records.map((record): StreamRecord => {
    if (record.type === "start") return { ...record, hostname: markup };
    if (record.type === "transition")
      return { ...record, changes: { ...record.changes, failure: markup }, data: markup };
    return record.type === "ended" ? { ...record, status: "error", error: markup } : record;
  });
  const { page, problems } = await replay(write("markup.jsonl", forged));
  await page.getByRole("tab", { name: "Context" }).click();
  await page.getByRole("slider").focus();
  for (const key of ["Home", "PageDown", "PageDown", "End"]) await press(page, key);
  expect(await page.locator(".host").textContent()).toBe(markup);
  expect(await page.locator("img[src^=https], b").count()).toBe(0);
  expect(problems).toEqual([]);
});

test("a recording whose contexts make no sense is told to be so", async () => {
  const records = await recordScriptedBoot(8);
  const forged = records.map((record): StreamRecord => {
    if (record.type !== "transition") return record;
    return { ...record, changes: { ...record.changes, choice: { uplink: { nic: "eth0" } }, probes: { 0: "x" } } };
  });
  const served = await serve("replay", write("nonsense.jsonl", forged));
  onTestFinished(() => served.end());
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await page.goto(served.url);
  await page.getByText("What the program told cannot be shown, for it makes no sense: ").waitFor();
});
