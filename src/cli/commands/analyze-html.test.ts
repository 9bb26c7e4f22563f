import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UsageError } from '../../errors/errors.ts';
import { PcapEncoder } from '../../pcap/pcap-encoder.ts';
import { MOST_CONVERSATIONS } from '../../report/limits.ts';
import { ExampleCapture, echoCapture } from '../../testing/report-example.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';
import { analyzeHtml } from './analyze-html.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-html-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(capture: ExampleCapture, name: string): string {
  const encoder = new PcapEncoder();
  for (const { bytes, length, nanoseconds } of capture.kept) {
    encoder.packet(
      1_800_000_000 + Math.floor(nanoseconds / 1e9),
      nanoseconds % 1e9,
      bytes,
      0,
      bytes.length,
      length,
    );
  }
  const path = join(folder, name);
  writeFileSync(path, encoder.take());
  return path;
}

async function htmlOf(files: readonly string[], flags: Partial<AnalyzeFlags> = {}): Promise<string> {
  const html = join(folder, 'out.html');
  await analyzeHtml(files, { wireshark: '4.0', quiet: true, html, ...flags });
  return readFileSync(html, 'utf8');
}

/** One UDP conversation of few datagrams beside many larger ones of TCP. */
function manyConversations(): ExampleCapture {
  const capture = new ExampleCapture();
  for (let index = 0; index < MOST_CONVERSATIONS + 3; index++) {
    capture.clientPort = 40_000 + index;
    capture.open();
    for (let count = 0; count < 10; count++) capture.tcp(0, 'more of it');
  }
  capture.udp(0, 'T=21');
  return capture;
}

it('writes a report with the frame byte by byte, by a second look at the capture', async () => {
  const page = await htmlOf([fileOf(echoCapture('a greeting of the test'), 'echo.pcap')]);
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).toContain('class="dump"');
  expect(page).toContain('a greeting of the test');
  expect(page).toContain('echo.pcap');
});

it('takes the most interesting conversations, of each protocol one at least, and says how many more there are', async () => {
  const page = await htmlOf([fileOf(manyConversations(), 'many.pcap')]);
  expect(page.match(/<details class="conversation"/g)).toHaveLength(MOST_CONVERSATIONS);
  expect(page).toContain('id="c0-udp-0"');
  expect(page).toContain('4 more conversations are in the capture');
});

it('takes those that are named, or all', async () => {
  const file = fileOf(manyConversations(), 'many.pcap');
  const named = await htmlOf([file], { conversation: ['tcp:3'] });
  expect(named.match(/<details class="conversation" id="([^"]*)"/g)).toEqual([
    '<details class="conversation" id="c0-tcp-3"',
  ]);
  const all = await htmlOf([file], { all: true });
  expect(all.match(/<details class="conversation"/g)).toHaveLength(MOST_CONVERSATIONS + 4);
});

it('puts captures side by side', async () => {
  const files = [fileOf(echoCapture(), 'one.pcap'), fileOf(echoCapture('Hi'), 'other.pcap')];
  expect(await htmlOf(files)).toContain('<section id="compared">');
});

it('reports a damaged capture and fails after it', async () => {
  const file = fileOf(echoCapture(), 'cut.pcap');
  writeFileSync(file, readFileSync(file).subarray(0, -10));
  await expect(htmlOf([file])).rejects.toThrow('is damaged at byte');
  expect(readFileSync(join(folder, 'out.html'), 'utf8')).toContain('The file is damaged at byte');
});

it('says where it cannot write, and how many captures fit', async () => {
  const file = fileOf(echoCapture(), 'echo.pcap');
  await expect(htmlOf([file], { html: join(folder, 'none', 'out.html') })).rejects.toThrow(UsageError);
  await expect(htmlOf(Array.from({ length: 7 }, () => file))).rejects.toThrow('at most 6 fit side by side');
});
