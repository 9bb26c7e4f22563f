/**
 * `serve http` in a real browser: a page with a picture and a style, and the listing of a folder, light and dark.
 *
 * Needs Chromium (`apt-get install chromium`), at /usr/bin/chromium or where CHROMIUM says; without it the test fails.
 */
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { endAll, Run } from '../cli-process.ts';

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
const EVIL = '<img src=x onerror=alert(1)>&"\'.txt';
/** One red pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
);

let folder: string;
let browser: Browser;
let url: string;
const problems: string[] = [];

beforeAll(async () => {
  try {
    accessSync(CHROMIUM, constants.X_OK);
  } catch {
    throw new Error(
      `there is no Chromium at ${CHROMIUM}: run \`apt-get install chromium\`, or say where it is with CHROMIUM=…`,
    );
  }
  folder = mkdtempSync(join(tmpdir(), 'sensewire-e2e-'));
  mkdirSync(join(folder, 'page'));
  mkdirSync(join(folder, 'data/läuft #1?'), { recursive: true });
  writeFileSync(
    join(folder, 'page/index.html'),
    '<!doctype html><title>page</title><link rel="icon" href="pixel.png"><link rel="stylesheet" href="style.css">' +
      '<script type="module" src="script.js"></script><p>läuft</p><img src="pixel.png" alt="a pixel">',
  );
  writeFileSync(join(folder, 'page/style.css'), 'p { color: rgb(1, 2, 3) }');
  writeFileSync(join(folder, 'page/script.js'), "document.body.dataset.script = 'ran';");
  writeFileSync(join(folder, 'page/pixel.png'), PNG);
  // Chromium asks for it where a file is no page.
  writeFileSync(join(folder, 'favicon.ico'), PNG);
  writeFileSync(join(folder, 'data', EVIL), 'harmless');
  writeFileSync(join(folder, 'data/readings.csv'), 'time,value\n'.repeat(1_000));
  writeFileSync(join(folder, 'data/läuft #1?/100%.txt'), 'found');
  const server = new Run(['serve', 'http', folder, '--json', '--listen', 'tcp://127.0.0.1:0']);
  url = ((await server.urls())[0] as string).replace('tcp:', 'http:');
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});

afterAll(async () => {
  await browser?.close();
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  problems.length = 0;
});

async function openPage(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', error => problems.push(error.message));
  await page.goto(url + path);
  return page;
}

test('a page comes with its picture, style and script', async () => {
  const page = await openPage('/page');
  expect(page.url()).toBe(`${url}/page/`);
  expect(await page.locator('p').textContent()).toBe('läuft');
  const style = "getComputedStyle(document.querySelector('p')).color";
  expect(await page.evaluate(style)).toBe('rgb(1, 2, 3)');
  const decoded = "(image => image.decode().then(() => image.naturalWidth))(document.querySelector('img'))";
  expect(await page.evaluate(decoded)).toBe(1);
  expect(await page.evaluate('document.body.dataset.script')).toBe('ran');
  expect(problems).toEqual([]);
});

test('a folder is walked by its links, whatever the names hold', async () => {
  const page = await openPage('/');
  await page.getByRole('link', { name: 'data/' }).click();
  expect(await page.locator('h1').textContent()).toBe('files/data');
  const names = await page.locator('tbody a').allTextContents();
  expect(names).toEqual(['..', 'läuft #1?/', EVIL, 'readings.csv']);
  expect(await page.locator('tbody img').count()).toBe(0);
  const row = page.getByRole('row').filter({ hasText: 'readings.csv' });
  expect(await row.locator('.size').textContent()).toBe('10.7 KiB');
  expect(await row.locator('time').textContent()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d$/);
  await page.getByRole('link', { name: 'läuft' }).click();
  await page.getByRole('link', { name: '100%.txt' }).click();
  expect(await page.locator('body').textContent()).toBe('found');
  await page.goBack();
  await page.getByRole('link', { name: 'data', exact: true }).click();
  await page.getByRole('link', { name: 'onerror' }).click();
  expect(await page.locator('body').textContent()).toBe('harmless');
  expect(problems).toEqual([]);
});

test('the listing is light or dark as its reader has it, and fits a phone', async () => {
  const background = async (colorScheme: 'light' | 'dark'): Promise<number> => {
    const page = await openPage('/data/', { colorScheme, viewport: { width: 360, height: 700 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    const colour = String(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
    return Number(/\d+/.exec(colour)?.[0]);
  };
  expect(await background('light')).toBe(255);
  expect(await background('dark')).toBeLessThan(40);
  expect(problems).toEqual([]);
});
