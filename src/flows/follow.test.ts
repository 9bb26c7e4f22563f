import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TCP_FLAG, TcpHeader } from '../wire/tcp-header.ts';
import { Follow, gapText, MOST_WAITING_BYTES } from './follow.ts';
import { TcpVerdict } from './tcp-verdict.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

interface Sent {
  /** 0: the side that starts. */
  readonly from: number;
  /** Relative. */
  readonly sequence: number;
  readonly ack?: number;
  readonly data?: string;
  readonly flags?: number;
  /** Bytes of the data that are not in the capture. */
  readonly missing?: number;
}

/** What is put together, `[n]` for a gap; and where the numbers begin. */
function follow(segments: readonly Sent[], isn = 1_000): { streams: [string, string]; follow: Follow } {
  const streams: [string, string] = ['', ''];
  const followed = new Follow({
    onBytes: (from, bytes, start, end) => {
      streams[from as 0 | 1] += text(bytes.subarray(start, end));
    },
    onGap: (from, missing) => {
      streams[from as 0 | 1] += `[${missing}]`;
    },
  });
  for (const [index, { from, sequence, ack = 1, data = '', flags = 0, missing = 0 }] of segments.entries()) {
    const header = new TcpHeader();
    header.sequence = (isn + sequence) >>> 0;
    header.acknowledgment = (isn + ack) >>> 0;
    header.flags = flags;
    const bytes = new TextEncoder().encode(`--${data}`);
    header.payloadLength = bytes.length - 2;
    header.capturedPayload = header.payloadLength - missing;
    const verdict = new TcpVerdict();
    verdict.place = 6 + from;
    verdict.base = verdict.peerBase = isn | 0;
    followed.segment(verdict, header, index + 1, bytes, 2);
    // Who gave the bytes uses them again.
    bytes.fill(0);
  }
  return { streams, follow: followed };
}

describe('a followed conversation', () => {
  it('is both directions in order', () => {
    const { streams } = follow([
      { from: 1, sequence: 0, flags: TCP_FLAG.syn },
      { from: 0, sequence: 0, flags: TCP_FLAG.syn | TCP_FLAG.ack },
      { from: 1, sequence: 1, data: 'ask' },
      { from: 0, sequence: 1, ack: 4, data: 'answer' },
      { from: 1, sequence: 4, ack: 7, data: ' more' },
    ]);
    expect(streams).toEqual(['ask more', 'answer']);
  });

  it('begins where the capture does', () => {
    expect(follow([{ from: 0, sequence: 500, data: 'middle' }]).streams).toEqual(['middle', '']);
  });

  it('takes the data of a SYN', () => {
    const { streams } = follow([
      { from: 0, sequence: 0, flags: TCP_FLAG.syn, data: 'early' },
      { from: 0, sequence: 1, data: 'early bird' },
    ]);
    expect(streams[0]).toBe('early bird');
  });

  it('waits for what was overtaken', () => {
    const { streams, follow: followed } = follow([
      { from: 0, sequence: 1, data: 'one ' },
      { from: 0, sequence: 11, data: 'three' },
      { from: 0, sequence: 5, data: 'two...' },
    ]);
    expect(streams[0]).toBe('one two...three');
    expect(followed.waitingBytes(0)).toBe(0);
  });

  it('keeps the first copy of a byte', () => {
    const { streams } = follow([
      { from: 0, sequence: 1, data: 'first' },
      { from: 0, sequence: 1, data: 'FIRST' },
      { from: 0, sequence: 4, data: 'XXthen' },
    ]);
    expect(streams[0]).toBe('firstthen');
  });

  it('goes on behind a gap when the peer has acknowledged what is not in the capture', () => {
    const segments = [
      { from: 0, sequence: 1, data: 'one ' },
      { from: 0, sequence: 11, data: 'three' },
      { from: 0, sequence: 20, data: 'five' },
    ];
    expect(follow([...segments, { from: 1, sequence: 1, ack: 11 }]).streams[0]).toBe('one ');
    expect(follow([...segments, { from: 1, sequence: 1, ack: 12 }]).streams[0]).toBe('one [6]three');
    expect(follow([...segments, { from: 1, sequence: 1, ack: 24 }]).streams[0]).toBe('one [6]three[4]five');
    expect(text(gapText(6))).toBe('[6 bytes missing in capture file]\0');
  });

  it('is shorter by what the snap length has cut, which is no gap', () => {
    const { streams } = follow([
      { from: 0, sequence: 1, data: 'cut here', missing: 5 },
      { from: 0, sequence: 9, data: ', whole' },
    ]);
    expect(streams[0]).toBe('cut, whole');
  });

  it('waits for a bounded number of bytes', () => {
    const data = 'x'.repeat(65_000);
    const segments = Array.from({ length: 300 }, (_, index) => ({
      from: 0,
      sequence: 100 + index * 65_000,
      data,
    }));
    const { streams, follow: followed } = follow([{ from: 0, sequence: 1, data: 'y' }, ...segments]);
    expect(followed.waitingBytes(0)).toBeLessThanOrEqual(MOST_WAITING_BYTES);
    expect([followed.forcedGaps, streams[0].length]).toEqual([1, 1 + '[98]'.length + 300 * 65_000]);
  });

  it('is whole however the segments are cut, repeated and mixed, and wherever the numbers begin', () => {
    const whole = Array.from({ length: 400 }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
    const piece = fc.record({ at: fc.nat({ max: 399 }), length: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 60 }),
        fc.constantFrom(0, 1_000, 2 ** 31 - 200, 2 ** 32 - 200),
        fc.infiniteStream(fc.nat()),
        (extra, isn, random) => {
          const needed = Array.from({ length: 20 }, (_, index) => ({ at: index * 20, length: 20 }));
          const mixed = [...needed, ...extra]
            .map(item => ({ item, order: random.next().value }))
            .sort((left, right) => left.order - right.order)
            .map(({ item: { at, length } }) => ({
              from: 0,
              sequence: 1 + at,
              data: whole.slice(at, at + length),
            }));
          const { streams } = follow([{ from: 0, sequence: 0, flags: TCP_FLAG.syn }, ...mixed], isn);
          expect(streams[0]).toBe(whole);
        },
      ),
      { numRuns: 200 },
    );
  });
});
