/**
 * A report in a real browser, opened from disk: nothing is loaded, nothing complains, plots zoom by pointer and by keyboard, and it
 * can be read and printed without script.
 *
 * Needs Chromium (`apt-get install chromium`), at /usr/bin/chromium or where CHROMIUM says; without it the test fails.
 */
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { behaviourOf } from '../../src/analysis/behaviour.ts';
import { Pipeline } from '../../src/analysis/pipeline.ts';
import { FrameViews } from '../../src/report/frame-view.ts';
import { reportPage } from '../../src/report/page.ts';
import type { ReportedCapture } from '../../src/report/report-input.ts';
import { framesInDetail } from '../../src/report/subjects.ts';
import { type ExampleCapture, echoCapture, lossyCapture } from '../../src/testing/report-example.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
/** What would do harm if it ever became HTML. */
const EVIL = '</script><img src=x onerror=alert(1)>';

let browser: Browser;
let folder: string;
let url: string;
const problems: string[] = [];
const requests: string[] = [];

beforeAll(async () => {
  accessSync(CHROMIUM, constants.X_OK);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  folder = mkdtempSync(join(tmpdir(), 'sensewire-report-'));
  const file = join(folder, 'report.html');
  const captures = [reported(lossyCapture(), 'lossy.pcap'), reported(echoCapture(EVIL), 'echo.pcap')];
  writeFileSync(file, reportPage({ captures, version: '0.0.0' }));
  url = pathToFileURL(file).href;
});

afterEach(() => {
  expect(problems.splice(0)).toEqual([]);
  expect(requests.splice(0)).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

function reported(capture: ExampleCapture, name: string): ReportedCapture {
  const report = capture.report(name);
  const views = new FrameViews(framesInDetail(report));
  capture.replay(new Pipeline(views, { wireshark: '4.0' }));
  return { report, behaviour: behaviourOf(capture.analyse('')), frames: views.views };
}

async function openReport(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.on('console', message => problems.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', error => problems.push(error.message));
  page.on('dialog', dialog => problems.push(`dialog: ${dialog.message()}`));
  page.on('request', request => {
    if (request.url() !== url) requests.push(request.url());
  });
  await page.goto(url);
  return page;
}

/** How bright a colour is, 0 to 255. */
async function brightness(page: Page): Promise<number> {
  const colour = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  const parts = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  return Math.max(...parts);
}

const viewBox = (page: Page, index = 0): Promise<string | null> =>
  page.locator('.plot svg').nth(index).getAttribute('viewBox');

test('colours follow the system, can be chosen, and are remembered', async () => {
  expect(await brightness(await openReport({ colorScheme: 'dark' }))).toBeLessThan(60);
  const page = await openReport({ colorScheme: 'light' });
  expect(await brightness(page)).toBeGreaterThan(200);
  const button = page.getByRole('button', { name: /^Colours/ });
  await button.focus();
  await page.keyboard.press('Enter');
  expect(await brightness(page)).toBeGreaterThan(200);
  await page.keyboard.press('Enter');
  expect(await brightness(page)).toBeLessThan(60);
  expect(await button.getAttribute('aria-label')).toBe('Colours: dark');
  await page.reload();
  expect(await brightness(page)).toBeLessThan(60);
});

test('what a capture says stays text', async () => {
  const page = await openReport();
  expect(await page.locator('img').count()).toBe(0);
  await expect.poll(() => page.locator('main').innerText()).toContain(EVIL);
});

test('a box zooms in, all plots of the conversation follow in time, and a key shows all again', async () => {
  const page = await openReport();
  const area = page.locator('.area').first();
  await area.scrollIntoViewIfNeeded();
  const whole = await viewBox(page);
  const box = await area.boundingBox();
  const [x, y, width] = [box?.x ?? 0, (box?.y ?? 0) + 20, box?.width ?? 0];
  await page.mouse.move(x + 0.25 * width, y);
  await page.mouse.down();
  await page.mouse.move(x + 0.75 * width, y);
  await page.mouse.up();
  const [left = 0, , share = 0] = (await viewBox(page))?.split(' ').map(Number) ?? [];
  expect(left).toBeCloseTo(25_000, -3);
  expect(share).toBeCloseTo(50_000, -3);
  expect((await viewBox(page, 1))?.split(' ').map(Number)[0]).toBe(left);
  // The labels are those of the part that is shown.
  expect(await page.locator('.ticks.x').first().innerText()).not.toMatch(/^0/);
  await area.focus();
  await page.keyboard.press('0');
  expect(await viewBox(page)).toBe(whole);
});

test('plots can be zoomed and moved by keyboard', async () => {
  const page = await openReport();
  await page.locator('.area').first().focus();
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  expect(await viewBox(page)).toBe('37500 0 25000 100000');
  await page.keyboard.press('ArrowRight');
  expect(await viewBox(page)).toBe('42500 0 25000 100000');
  await page.keyboard.press('End');
  expect(await viewBox(page)).toBe('75000 0 25000 100000');
  await page.getByRole('button', { name: 'Whole time' }).first().click();
  expect(await viewBox(page)).toBe('0 0 100000 100000');
});

test('zoomed labels are those that the report was made with', async () => {
  const page = await openReport();
  const labels = (): Promise<string[]> => page.locator('.ticks').allInnerTexts();
  const words = (texts: string[]): string[] => texts.map(text => text.split(/\s+/).sort().join(' '));
  const made = words(await labels());
  const area = page.locator('.area').first();
  await area.focus();
  await page.keyboard.press('+');
  await page.keyboard.press('0');
  const [first] = await page
    .locator('[data-charts]')
    .first()
    .locator('.ticks')
    .count()
    .then(count => [count]);
  expect(words(await labels()).slice(0, first)).toEqual(made.slice(0, first));
});

test('conversations fold and unfold, and a link opens its own', async () => {
  const page = await openReport();
  const open = page.locator('details.conversation[open]');
  const all = await page.locator('details.conversation').count();
  await page.getByRole('button', { name: /^(Open|Fold) all$/ }).click();
  await expect.poll(() => open.count()).toBe(0);
  await page.goto(`${url}#c0-tcp-0`);
  await expect.poll(() => open.count()).toBe(1);
  await page.getByRole('button', { name: 'Open all' }).click();
  await expect.poll(() => open.count()).toBe(all);
});

test('without script everything can be read', async () => {
  const page = await openReport({ javaScriptEnabled: false });
  expect(await page.locator('.actions').isVisible()).toBe(false);
  expect(await page.locator('.tools').first().isVisible()).toBe(false);
  expect(await page.locator('.plot .ticks.x span').count()).toBeGreaterThan(4);
  await page.locator('summary', { hasText: 'The ladder as a table' }).first().click();
  expect(await page.locator('.ladder table').first().isVisible()).toBe(true);
});

test('a phone has nothing beside it', async () => {
  const page = await openReport({ viewport: { width: 360, height: 740 } });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
});

test('prints in light colours', async () => {
  const page = await openReport({ colorScheme: 'dark' });
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  await page.emulateMedia({ media: 'print' });
  expect(await brightness(page)).toBeGreaterThan(200);
  expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
});
