/**
 * Cost sheets, safety verdicts and frames in full over captures that nobody here wrote: every byte is counted once, and nothing
 * fails.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AnalysedFrame } from '../src/analysis/analysed-frame.ts';
import type { CostSheet } from '../src/analysis/cost.ts';
import { CostAndSafety } from '../src/analysis/cost-and-safety.ts';
import { FrameDetails } from '../src/analysis/frame-detail.ts';
import type { DetailField } from '../src/analysis/frame-detail-fields.ts';
import type { FrameDetail } from '../src/analysis/frame-detail-model.ts';
import { Pipeline } from '../src/analysis/pipeline.ts';
import { readCapture } from '../src/capture/capture-file.ts';
import { FormatError } from '../src/errors/errors.ts';

const FILES = resolve(import.meta.dirname, '../../shared/corpus/files');

class Look {
  readonly costs = new CostAndSafety();
  readonly pipeline = new Pipeline(this, { wireshark: '4.0' });
  readonly details: FrameDetail[] = [];
  bytes = 0;
  frames = 0;
  readonly #wanted: FrameDetails[] = [];

  constructor(wanted: readonly number[]) {
    this.#wanted = wanted.map(number => new FrameDetails(number));
  }

  onFrame(frame: AnalysedFrame): void {
    this.frames++;
    this.bytes += frame.packet.length;
    this.costs.onFrame(frame);
    for (const details of this.#wanted) details.onFrame(frame);
  }

  async read(path: string): Promise<void> {
    try {
      await readCapture(path, this.pipeline);
    } catch (error) {
      // Files that are no capture at all.
      if (!(error instanceof FormatError)) throw error;
    }
    for (const { detail } of this.#wanted) if (detail !== undefined) this.details.push(detail);
  }
}

function checkSheet(sheet: CostSheet): void {
  const layers = Object.values(sheet.layers);
  expect(Math.min(...layers)).toBeGreaterThanOrEqual(0);
  expect(sum(layers)).toBe(sheet.bytes);
  expect(sum(sheet.causes.map(({ bytes }) => bytes))).toBe(sheet.bytes);
  expect(sum(sheet.application.map(({ bytes }) => bytes))).toBe(sheet.layers.application);
  expect(sheet.newPayloadBytes).toBeGreaterThanOrEqual(0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function checkFields(fields: readonly DetailField[], length: number): void {
  for (const { start, end, fields: inner } of fields) {
    expect(start).toBeGreaterThanOrEqual(0);
    expect(end).toBeGreaterThanOrEqual(start);
    expect(end).toBeLessThanOrEqual(length);
    checkFields(inner, length);
  }
}

describe.skipIf(!existsSync(FILES))('the corpus', () => {
  const names = existsSync(FILES) ? readdirSync(FILES).sort() : [];

  test.each(names)('%s', async name => {
    const look = new Look([1, 2, 7, 40, 200]);
    await look.read(join(FILES, name));
    const { costs, pipeline } = look;
    const all = costs.costOfCapture();
    checkSheet(all);
    expect([all.frames, all.bytes]).toEqual([look.frames, look.bytes]);
    let inConversations = 0;
    for (let number = 0; number < pipeline.tcp.count; number++) {
      const sheet = costs.costOfTcp(number);
      checkSheet(sheet);
      inConversations += sheet.bytes;
      expect(costs.safetyOfTcp(number).sentence).not.toBe('');
    }
    for (let number = 0; number < pipeline.udp.count; number++) {
      const sheet = costs.costOfUdp(number);
      checkSheet(sheet);
      inConversations += sheet.bytes;
      expect(costs.safetyOfUdp(number).sentence).not.toBe('');
    }
    expect(inConversations).toBeLessThanOrEqual(all.bytes);
    for (const { layers, sources } of look.details) {
      for (const { source, start, end, fields } of layers) {
        const length = sources[source]?.bytes.length ?? -1;
        expect(end).toBeLessThanOrEqual(length);
        expect(start).toBeLessThanOrEqual(end);
        checkFields(fields, length);
      }
    }
  });
});
