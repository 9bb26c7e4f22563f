/**
 * A large capture is analysed by two threads: one begins the rows, the other finishes them. What is found is what one thread finds,
 * whatever the capture, and however its pieces fall.
 */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCapture } from '../bench/analysis/make-capture.ts';
import { CaptureAnalysis } from '../src/analysis/capture-analysis.ts';
import { SUM } from '../src/analysis/ordinary-segments.ts';
import { Feeder } from '../src/analyzer/feeder.ts';
import { openCapture } from '../src/analyzer/open-capture.ts';
import { readCapture } from '../src/capture/capture-file.ts';
import { FormatError } from '../src/errors/errors.ts';
import { LocalRows } from '../src/testing/local-rows.ts';

const SHARED = resolve(import.meta.dirname, '../../shared');
const FILES = join(SHARED, 'corpus/files');
const MOST_REPORTS = 50;

const fresh = (path: string): CaptureAnalysis => new CaptureAnalysis({ name: path, wireshark: '4.0' });

/** Everything that an analysis tells. */
function told(analysis: CaptureAnalysis): object {
  const upTo = (count: number): number[] =>
    Array.from({ length: Math.min(count, MOST_REPORTS) }, (_, number) => number);
  const { tcp, udp } = analysis.columns;
  return analysis.report({ tcp: upTo(tcp.count), udp: upTo(udp.count) }, { series: true });
}

async function byOneThread(path: string): Promise<CaptureAnalysis | undefined> {
  const analysis = fresh(path);
  try {
    analysis.finish(await readCapture(path, analysis.sink));
  } catch (error) {
    // Files that are no capture at all, which are refused before there is a second thread.
    if (error instanceof FormatError) return undefined;
    throw error;
  }
  return analysis;
}

/** However small the file is. */
async function byTwoThreads(
  path: string,
  analysis: CaptureAnalysis,
  signal: AbortSignal = new AbortController().signal,
): Promise<boolean> {
  const capture = await openCapture(path, 0);
  return await capture.analyse(analysis, signal);
}

describe('a capture of many segments', () => {
  let folder: string;
  let path: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sensewire-threads-'));
    path = join(folder, 'segments.pcap');
    makeCapture(path, 70_000);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(['pcap', 'pcapng'])('as %s: the same, by real threads', async format => {
    const file = format === 'pcap' ? path : join(folder, 'segments.pcapng');
    if (format === 'pcapng') execFileSync('editcap', ['-F', 'pcapng', path, file]);
    const one = await byOneThread(file);
    const two = fresh(file);
    expect(await byTwoThreads(file, two)).toBe(false);
    expect(two.totals.ordinary[SUM.acks]).toBeGreaterThan(1_000);
    expect(told(two)).toEqual(told(one as CaptureAnalysis));
  });

  test('cut short: what is before is there, and the damage is told', async () => {
    const file = join(folder, 'cut.pcap');
    writeFileSync(file, readFileSync(path).subarray(0, -7));
    const one = await byOneThread(file);
    const two = fresh(file);
    await byTwoThreads(file, two);
    expect(two.facts.damage).toMatchObject({ reason: 'cut-short' });
    expect(told(two)).toEqual(told(one as CaptureAnalysis));
  });

  test.each([
    ['nowhere.pcap', 'there is no file'],
    ['n'.repeat(5_000), 'ENAMETOOLONG'],
    ['.', 'is a folder'],
  ])('a file that cannot be opened is told as with one thread: %.12s', async (name, message) => {
    const bad = join(folder, name);
    await expect(byTwoThreads(bad, fresh(bad))).rejects.toThrow(message);
  });

  test('a large file that is no capture is told as that', async () => {
    const file = join(folder, 'text.pcap');
    writeFileSync(file, 'no capture at all\n');
    await expect(byTwoThreads(file, fresh(file))).rejects.toMatchObject({ code: 'SW_FORMAT' });
  });

  test('a file that the system cannot read: its error, as with one thread', async () => {
    const descriptor = openSync(join(folder, 'written.pcap'), 'w');
    const { signal } = new AbortController();
    const feeding = new Feeder(descriptor).feed(fresh('written.pcap'), signal);
    await expect(feeding).rejects.toMatchObject({ code: 'EBADF', syscall: 'read' });
    closeSync(descriptor);
  });

  test('an analysis that fails ends the other thread, too, though that waits for room', async () => {
    const descriptor = openSync(path, 'r');
    const broken = fresh(path);
    broken.takeRows = () => {
      throw new Error('broken');
    };
    const { signal } = new AbortController();
    await expect(new Feeder(descriptor).feed(broken, signal)).rejects.toThrow('broken');
    closeSync(descriptor);
  });

  test('a signal ends the reading, and what came before is analysed', async () => {
    const two = fresh(path);
    const stop = new AbortController();
    stop.abort();
    expect(await byTwoThreads(path, two, stop.signal)).toBe(true);
    expect(two.facts).toMatchObject({ wasStopped: true, damage: null });
    expect(two.facts.packets).toBeLessThan(70_000);
  });
});

test('a piece of nothing but the shortest records there are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sensewire-threads-'));
  try {
    const file = join(folder, 'journal.pcapng');
    // A section header, then empty journal entries: type, length, length again.
    const section = [0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28];
    const entries = Array.from({ length: 30_000 }, () => [9, 12, 12]).flat();
    writeFileSync(file, new Uint8Array(Uint32Array.from([...section, ...entries]).buffer));
    const one = await byOneThread(file);
    const two = fresh(file);
    await byTwoThreads(file, two);
    expect(two.facts.packets).toBe(30_000);
    expect(told(two)).toEqual(told(one as CaptureAnalysis));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe.skipIf(!existsSync(SHARED))('captures of others', () => {
  const names = existsSync(FILES) ? readdirSync(FILES) : [];

  test('are there', () => {
    expect(names.length, `the captures are missing: ${FILES}`).toBeGreaterThan(100);
  });

  test.each(names)('%s: the same, in pieces of any size', async name => {
    const path = join(FILES, name);
    const one = await byOneThread(path);
    if (one === undefined || one.facts.compression !== null) return;
    const expected = told(one);
    const bytes = new Uint8Array(readFileSync(path));
    for (const pieceBytes of [997, 65_536]) {
      const two = fresh(path);
      new LocalRows().analyse(bytes, pieceBytes, two);
      expect(told(two)).toEqual(expected);
    }
  });
});
