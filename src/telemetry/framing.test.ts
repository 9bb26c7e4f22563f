import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes/hex.ts';
import { ByteWriter } from '../bytes/writer.ts';
import {
  datagramTag,
  FrameDecoder,
  putLength,
  readFrames,
  writeDatagramHeader,
  writeFrame,
} from './framing.ts';
import { MOST_MESSAGE_BYTES } from './limits.ts';

function frameOf(message: Uint8Array): Uint8Array {
  const writer = new ByteWriter(1);
  writeFrame(writer, body => body.bytes(message));
  return writer.toBytes();
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap(piece => Array.from(piece)));
}

/** Messages as hex that a decoder gives for these pieces. */
function decoded(pieces: readonly Uint8Array[], decoder = new FrameDecoder()): string[] {
  const messages: string[] = [];
  for (const piece of pieces) {
    decoder.receive(piece, (type, body) => {
      messages.push(toHex(Uint8Array.of(type, ...body.bytes(body.remaining))));
    });
    // What the decoder keeps must be its own.
    piece.fill(0xee);
  }
  return messages;
}

/** Cuts bytes at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = places.map(place => place % (bytes.length + 1)).toSorted((a, b) => a - b);
  return [0, ...sorted].map((from, index) => bytes.slice(from, sorted[index] ?? bytes.length));
}

const anyMessage = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 40 }),
  fc.integer({ min: 1, max: 20_000 }).map(length => new Uint8Array(length).fill(length & 0xff)),
);

describe('FrameDecoder', () => {
  it('gives the same messages for any split of a stream', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (messages, places) => {
          const stream = concat(messages.map(frameOf));
          const decoder = new FrameDecoder();
          expect(decoded(cut(stream, places), decoder)).toEqual(messages.map(message => toHex(message)));
          expect(decoder.pendingBytes).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('finds the same error at the same message for any split', () => {
    const anyStream = fc.tuple(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 10 }), { maxLength: 4 }),
      fc.constantFrom('00', '8000', '808000', '81 80 04 ff', 'ffffff', '80808001'),
    );
    fc.assert(
      fc.property(anyStream, fc.array(fc.nat(), { maxLength: 12 }), ([messages, bad], places) => {
        const stream = concat([...messages.map(frameOf), fromHex(bad)]);
        const outcomes = [[stream], cut(stream, places), Array.from(stream, byte => Uint8Array.of(byte))].map(
          pieces => {
            const got: string[] = [];
            const decoder = new FrameDecoder();
            try {
              for (const piece of pieces) decoder.receive(piece, type => got.push(String(type)));
            } catch (error) {
              return { got, code: (error as { closeCode: number }).closeCode };
            }
            return { got, code: undefined };
          },
        );
        expect(outcomes[0]?.code).toBeDefined();
        expect(outcomes[1]).toEqual(outcomes[0]);
        expect(outcomes[2]).toEqual(outcomes[0]);
      }),
    );
  });

  it.each([
    ['00', 2, 'without a message'],
    ['8000', 2, 'shortest'],
    ['808000', 2, 'shortest'],
    ['818004', 4, 'above the 65536 bytes'],
    ['ffffff', 4, 'above the 65536 bytes'],
  ])('refuses the length %s with ERROR %i', (hex, closeCode, said) => {
    expect(() => decoded([fromHex(hex)])).toThrow(
      expect.objectContaining({ code: 'SW_PROTOCOL', closeCode, message: expect.stringContaining(said) }),
    );
  });

  it('takes the largest message, and keeps no more than one', () => {
    const decoder = new FrameDecoder();
    const frame = frameOf(new Uint8Array(MOST_MESSAGE_BYTES));
    expect(decoded([frame.slice(0, -1)], decoder)).toEqual([]);
    expect(decoder.pendingBytes).toBe(frame.length - 1);
    expect(decoded([frame.slice(-1)], decoder)).toHaveLength(1);
  });

  it('takes a large message byte by byte without copying it for each byte', () => {
    const frame = frameOf(new Uint8Array(MOST_MESSAGE_BYTES).fill(5));
    const decoder = new FrameDecoder();
    let messages = 0;
    const startedMs = performance.now();
    for (const byte of frame) decoder.receive(Uint8Array.of(byte), () => messages++);
    expect(messages).toBe(1);
    // Copies for each byte would move 2 GB, which takes more than a second.
    expect(performance.now() - startedMs).toBeLessThan(500);
  });

  it('ends in messages or in a RemoteProtocolError, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 20 }), pieces => {
        const decoder = new FrameDecoder();
        try {
          decoded(pieces, decoder);
        } catch (error) {
          expect(error).toMatchObject({ code: 'SW_PROTOCOL' });
        }
        expect(decoder.pendingBytes).toBeLessThanOrEqual(600);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('frames', () => {
  it('have the length that writeFrame and putLength agree on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MOST_MESSAGE_BYTES }), length => {
        const into = new Uint8Array(8);
        const end = putLength(into, 2, length);
        expect(into.slice(2, end)).toEqual(frameOf(new Uint8Array(length)).slice(0, end - 2));
      }),
    );
  });

  it('end where a datagram has no whole one any more', () => {
    const types: number[] = [];
    expect(readFrames(fromHex('d1000001 01 41 02 42 00 02 43'), 4, type => types.push(type))).toBe(9);
    expect(types).toEqual([0x41, 0x42]);
  });
});

describe('the datagram header', () => {
  it('carries the tag', () => {
    const writer = new ByteWriter();
    writeDatagramHeader(writer, 0xabcdef);
    writer.u8(1);
    expect(toHex(writer.written())).toBe('d1abcdef01');
    expect(datagramTag(writer.written())).toBe(0xabcdef);
  });

  it.each(['', 'd1', 'd1000001', 'd200000101', '00000001ff'])('is not in %j', hex => {
    expect(datagramTag(fromHex(hex))).toBeUndefined();
  });
});
