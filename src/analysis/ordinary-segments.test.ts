/** A capture long enough that most of its segments are ordinary says the same as one in which each frame is looked into. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCapture } from '../../bench/analysis/make-capture.ts';
import { readCapture } from '../capture/capture-file.ts';
import { CaptureAnalysis } from './capture-analysis.ts';
import { CostAndSafety } from './cost-and-safety.ts';
import { SUM } from './ordinary-segments.ts';
import { Pipeline } from './pipeline.ts';

/** More than a chunk of rows: in the first one copies are looked for. */
const PACKETS = 80_000;

describe('ordinary segments', () => {
  let folder: string;
  const short = new CaptureAnalysis({ name: 'segments.pcap', wireshark: '4.0' });
  const costs = new CostAndSafety();
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sensewire-ordinary-'));
    const path = join(folder, 'segments.pcap');
    makeCapture(path, PACKETS);
    const reading = await readCapture(path, short.sink);
    short.finish({ ...reading, compression: reading.compression });
    await readCapture(path, new Pipeline(costs, { wireshark: '4.0' }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('many are, data and ACKs', () => {
    const { ordinary } = short.totals;
    expect(ordinary[SUM.data]).toBeGreaterThan(1_000);
    expect(ordinary[SUM.acks]).toBeGreaterThan(5_000);
  });

  test('they cost the same as if each were looked into: all together, and in each conversation', () => {
    expect(short.costOfCapture()).toEqual(costs.costOfCapture());
    for (let number = 0; number < short.columns.tcp.count; number++) {
      const { cost, safety } = short.tcp(number);
      expect(cost).toEqual(costs.costOfTcp(number));
      expect(safety).toEqual(costs.safetyOfTcp(number));
    }
  });
});
