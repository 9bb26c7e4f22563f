/**
 * The page in a real browser: a sender's readings move on it, as cards and as a table.
 *
 * Needs Chromium (`apt-get install chromium`), at /usr/bin/chromium or where CHROMIUM says; without it the test fails.
 */
import { accessSync, constants } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import { Collector } from '../../src/collector/collector.ts';
import { type Dashboard, LiveFeed, openDashboard } from '../../src/dashboard/index.ts';
import { controlSources } from '../../src/sender/control.ts';
import { runSources } from '../../src/sender/run-sources.ts';
import { Sender } from '../../src/sender/sender.ts';
import { openSource } from '../../src/sensors/open-source.ts';
import { parseAddress } from '../../src/socket/address.ts';
import { MemoryStore } from '../../src/stores/memory-store.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** A name that would do harm if it ever became HTML. */
const EVIL = '<img src=x onerror=alert(1)>';

const feed = new LiveFeed({ clock: systemClock });
let browser: Browser;
let collector: Collector;
let dashboard: Dashboard;
let sender: Sender;
let running: Promise<unknown>;
const sourcesEnd = new AbortController();
const problems: string[] = [];

beforeAll(async () => {
  browser = await launch();
  const store = new MemoryStore();
  collector = new Collector({ clock: systemClock, store, onReadings: feed.onReadings });
  const [url = ''] = await collector.listen(parseAddress('tcp://127.0.0.1:0'));
  dashboard = await openDashboard({ port: 0, clock: systemClock, collector, feed });
  const specs = ['random', `random:type=text,name=${EVIL}`, 'square:type=bool,name=pump,period=1s'];
  const sources = await Promise.all(specs.map(spec => openSource(spec, { clock: systemClock, rateHz: 20 })));
  const onCommand = controlSources(sources, () => undefined);
  sender = new Sender({ address: parseAddress(url), clock: systemClock, source: 'e2e', onCommand });
  running = Promise.allSettled([sender.run(), runSources(sources, sender, sourcesEnd.signal)]);
});

afterAll(async () => {
  sourcesEnd.abort();
  sender?.stop();
  await running;
  await dashboard?.close();
  await collector?.stop();
  await browser?.close();
});

beforeEach(() => {
  problems.length = 0;
});

async function launch(): Promise<Browser> {
  try {
    accessSync(CHROMIUM, constants.X_OK);
  } catch {
    throw new Error(
      `there is no Chromium at ${CHROMIUM}: run \`apt-get install chromium\`, or say where it is with CHROMIUM=…`,
    );
  }
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', error => problems.push(error.message));
  await page.goto(dashboard.url);
  await page.locator('.card').nth(2).waitFor();
  return page;
}

/** The text of an element, each time it is another. */
function textOf(page: Page, selector: string): () => Promise<string | null> {
  return () => page.locator(selector).first().textContent();
}

test('values and totals move, traces are drawn', async () => {
  const page = await openPage();
  const value = textOf(page, '.card[data-type="int"] .value');
  const first = await value();
  await expect.poll(value).not.toBe(first);
  expect(await value()).toMatch(/^[0-9]{2}\.[0-9]$/);
  expect(await textOf(page, '#total-senders')()).toBe('1');
  const stored = textOf(page, '#total-stored');
  const before = await stored();
  await expect.poll(stored).not.toBe(before);
  const drawn = (): Promise<boolean> =>
    page.locator('.card[data-type="int"] canvas').evaluate(canvas => {
      const { width, height } = canvas as unknown as { width: number; height: number };
      const context = (canvas as unknown as { getContext(kind: '2d'): Pixels }).getContext('2d');
      // The trace's blue is the only strong colour on the canvas.
      return context.getImageData(0, 0, width, height).data.some((part, at) => at % 4 === 3 && part === 255);
    });
  await expect.poll(drawn).toBe(true);
  expect(await textOf(page, '.card[data-type="bool"] .value')()).toMatch(/^(on|off)$/);
  expect(problems).toEqual([]);
});

interface Pixels {
  getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
}

test('a name is text, whatever it holds', async () => {
  const page = await openPage();
  expect(await page.locator('.card[data-type="text"] h2').textContent()).toBe(EVIL);
  expect(await page.locator('.card img').count()).toBe(0);
  expect(problems).toEqual([]);
});

test('the table takes the place of the cards and moves too, by keyboard', async () => {
  const page = await openPage();
  const button = page.getByRole('button', { name: 'Table' });
  await button.focus();
  await page.keyboard.press('Enter');
  expect(await button.getAttribute('aria-pressed')).toBe('true');
  expect(await page.locator('#cards').isVisible()).toBe(false);
  const row = page
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name: 'random', exact: true }) });
  await row.waitFor();
  const readings = (): Promise<string | null> => row.getByRole('cell').nth(5).textContent();
  const before = await readings();
  await expect.poll(readings).not.toBe(before);
  await page.keyboard.press('Enter');
  expect(await page.locator('#table').isVisible()).toBe(false);
  expect(await page.locator('#cards').isVisible()).toBe(true);
  expect(problems).toEqual([]);
});

test('a paused view stands still and goes on where the readings are', async () => {
  const page = await openPage();
  const stored = textOf(page, '#total-stored');
  await expect.poll(stored).not.toBe('–');
  await page.getByRole('button', { name: 'Pause view' }).click();
  await expect.poll(textOf(page, '#status-text')).toBe('paused');
  const still = await stored();
  const had = collector.snapshot.stored;
  await expect.poll(() => collector.snapshot.stored).toBeGreaterThan(had + 20);
  expect(await stored()).toBe(still);
  await page.getByRole('button', { name: 'Pause view' }).click();
  await expect.poll(stored).not.toBe(still);
  expect(problems).toEqual([]);
});

test('a sensor pauses and resumes from its card', async () => {
  const page = await openPage();
  const card = page.locator('.card[data-type="int"]');
  await card.getByRole('button', { name: 'Pause random of e2e' }).click();
  await expect.poll(() => card.locator('output').textContent()).toBe('done');
  await expect.poll(() => card.locator('.rate').textContent(), { timeout: 10_000 }).toMatch(/^last reading/);
  await card.getByRole('button', { name: 'Resume random of e2e' }).click();
  await expect.poll(() => card.locator('.rate').textContent()).toMatch(/Hz$/);
  expect(problems).toEqual([]);
});

test('a phone has one column and nothing beside it', async () => {
  const page = await openPage({ viewport: { width: 360, height: 740 } });
  const boxes = await Promise.all([0, 1].map(at => page.locator('.card').nth(at).boundingBox()));
  expect(boxes[0]?.x).toBe(boxes[1]?.x);
  const wide = await page.evaluate('document.documentElement.scrollWidth');
  expect(wide).toBeLessThanOrEqual(360);
  expect(problems).toEqual([]);
});

test('a lost connection is said, and comes back by itself', async () => {
  const page = await openPage();
  await page.context().setOffline(true);
  // Chromium keeps a stream that is open: end it from here.
  await dashboard.close();
  await page.locator('#notice').waitFor();
  expect(await textOf(page, '#status-text')()).toBe('lost');
  const port = Number(new URL(dashboard.url).port);
  dashboard = await openDashboard({ port, clock: systemClock, collector, feed });
  await page.context().setOffline(false);
  await page.locator('#notice').waitFor({ state: 'hidden', timeout: 15_000 });
  expect(await textOf(page, '#status-text')()).toBe('live');
  const stored = textOf(page, '#total-stored');
  const before = await stored();
  await expect.poll(stored).not.toBe(before);
});
