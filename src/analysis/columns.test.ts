import { describe, expect, test } from 'vitest';
import { TCP_EVENT } from '../flows/tcp-events.ts';
import { FLAGS } from '../testing/conversation-frames.ts';
import { bytesOf, u16 } from '../testing/frames.ts';
import { CaptureFrames } from '../testing/packets-capture.ts';
import { CHECK, CHECKS_MASK } from './columns-checksum.ts';
import { CHUNK_MASK } from './columns-chunk.ts';
import { EXCERPT_BYTES, MOST_EXCERPTS } from './columns-excerpts.ts';
import { MOST_REASONS } from './columns-reasons.ts';
import { OPTION_KIND, OTHER_KINDS } from './columns-syn.ts';

test('rows go on over the border of a chunk, conversation by conversation', () => {
  const talk = new CaptureFrames();
  const frames = CHUNK_MASK + 20;
  for (let frame = 0; frame < frames; frame++) {
    talk.clientPort = 40_000 + (frame % 3);
    talk.udp(0, 'x');
  }
  const { columns } = talk.finish();
  expect(columns.count).toBe(frames);
  const rows = [0, 1, 2].map(conversation => [...columns.rowsOf(columns.udp, conversation)]);
  expect(rows.flat().toSorted((left, right) => left - right)).toEqual(
    Array.from({ length: frames }, (_, row) => row),
  );
  expect(rows.every((own, conversation) => own.every(row => row % 3 === conversation))).toBe(true);
  expect(columns.timeOf(CHUNK_MASK + 1)).toBe((CHUNK_MASK + 1) * 1_000_000);
});

test('of each conversation the first payloads are kept, and their beginning', () => {
  const talk = new CaptureFrames();
  talk.udp(0, 'y'.repeat(100));
  for (let count = 0; count < MOST_EXCERPTS + 5; count++) talk.udp(0, 'x');
  const { excerpts } = talk.finish().columns;
  expect(excerpts.excerptOf(0)).toEqual({ frame: 1, bytes: new Uint8Array(EXCERPT_BYTES).fill(0x79) });
  expect(excerpts.excerptOf(MOST_EXCERPTS - 1)?.bytes).toEqual(bytesOf('78'));
  expect(excerpts.excerptOf(MOST_EXCERPTS)).toBeUndefined();
});

test('events are counted beyond those whose reason is kept', () => {
  const talk = new CaptureFrames();
  talk.open();
  for (let count = 0; count < MOST_REASONS + 10; count++) {
    talk.tcp(1, '', { window: 2_000 + count });
  }
  const analysis = talk.finish();
  const report = analysis.tcp(0);
  const updates = report.eventCounts.find(({ kind }) => kind === 'windowUpdate');
  expect(updates?.count).toBe(MOST_REASONS + 10);
  expect(report.events.length + report.eventsLeftOut).toBe(MOST_REASONS + 10);
  expect(report.events.every(({ reason }) => reason !== '')).toBe(true);
});

test('options of a SYN, known and not', () => {
  const talk = new CaptureFrames();
  talk.tcp(0, '', { flags: FLAGS.syn, options: bytesOf('020405b4 2202 01 fd03aa 0000') });
  const options = talk.finish().columns.syns.optionsOf(0);
  expect(options).toMatchObject({ mss: 1_460, windowScale: -1 });
  expect([OPTION_KIND.mss, OPTION_KIND.fastOpen, OTHER_KINDS].map(kind => options?.has(kind))).toEqual([
    true,
    true,
    true,
  ]);
  expect([OPTION_KIND.sack, OPTION_KIND.windowScale].map(kind => options?.has(kind))).toEqual([false, false]);
});

describe('checksums', () => {
  function found(checksum: number): number {
    const talk = new CaptureFrames();
    const header = bytesOf('4500', u16(29), '0001 4000 40 11 0000 0a000001 0a000002');
    talk.raw(bytesOf(talk.link, header, u16(40_000), u16(50_007), u16(9), u16(checksum), 'ab'));
    return (talk.finish().columns.udp.checks[0] as number) & CHECKS_MASK;
  }

  /** The sum that the words of the pseudo header have. */
  const partial = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 17 + 9;

  test('a good one, that of the addresses alone, none, and a wrong one', () => {
    const right = 0xffff - ((partial + 40_000 + 50_007 + 9 + 0xab00) % 0xffff);
    expect([right, partial, 0, right ^ 1].map(found)).toEqual([CHECK.good, CHECK.partial, 0, CHECK.bad]);
  });
});

test('bits of a row hold every event', () => {
  expect(Math.max(...Object.values(TCP_EVENT))).toBeLessThan(1 << 15);
});
