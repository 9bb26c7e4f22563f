import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../errors/errors.ts';
import { type IncomingMessage, ReceiveQueue } from './receive-queue.ts';

const MIB = 2 ** 20;
const WINDOW = 4 * MIB;

/** A whole message with its whole number, as far as 4 bytes can tell it. */
function whole(
  channel: number,
  sequence: number,
  data: Uint8Array = Uint8Array.of(sequence),
): IncomingMessage {
  return {
    channel,
    chained: false,
    sequence: sequence >>> 0,
    sequenceBytes: 4,
    isFragment: false,
    offset: 0,
    total: data.length,
    data,
    dataStart: 9,
  };
}

function fragment(
  channel: number,
  sequence: number,
  offset: number,
  total: number,
  data: Uint8Array,
): IncomingMessage {
  return { ...whole(channel, sequence, data), isFragment: true, offset, total };
}

/** The first bytes of what is delivered, as `channel:byte`. */
function taken(queue: ReceiveQueue): string[] {
  const texts: string[] = [];
  for (let next = queue.poll(); next !== undefined; next = queue.poll())
    texts.push(`${next.channel}:${next.bytes[0]}`);
  return texts;
}

function refusal(act: () => void): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return (error as FormatError).message;
  }
  return 'none';
}

describe('delivery', () => {
  it('is in order in an ordered channel, at once in an unordered one, and each message once', () => {
    const queue = new ReceiveQueue(WINDOW);
    for (const sequence of [2, 0, 2, 1, 0, 4]) {
      queue.receive(whole(3, sequence));
      queue.receive(whole(0x43, sequence));
    }
    expect(taken(queue)).toEqual(['67:2', '3:0', '67:0', '3:1', '3:2', '67:1', '67:4']);
    expect(queue.repeated).toBe(4);
    for (const sequence of [4, 3, 1]) {
      queue.receive(whole(3, sequence));
      queue.receive(whole(0x43, sequence));
    }
    expect(taken(queue)).toEqual(['3:3', '3:4', '67:3']);
  });

  it('leaves the newest of a latest-only channel, and never goes back', () => {
    const queue = new ReceiveQueue(WINDOW);
    for (const sequence of [1, 3, 2]) queue.receive(whole(0x80, sequence));
    expect(taken(queue)).toEqual(['128:3']);
    for (const sequence of [3, 0, 9]) queue.receive(whole(0x80, sequence));
    expect(taken(queue)).toEqual(['128:9']);
    expect([queue.repeated, queue.bytesHeld]).toEqual([3, 0]);
  });

  it('follows chained frames, over fragments and repeated messages too', () => {
    const queue = new ReceiveQueue(WINDOW);
    queue.receive(whole(0, 1));
    queue.receive(fragment(0, 0, 0, 2, Uint8Array.of(0)));
    queue.receive({ ...whole(0, 0), chained: true });
    queue.receive({ ...whole(0, 2), sequence: 0, chained: true });
    expect(queue.repeated).toBe(1);
    queue.receive(fragment(0, 0, 1, 2, Uint8Array.of(0)));
    expect(taken(queue)).toEqual(['0:0', '0:1', '0:2']);
  });

  it('reads shortened numbers next to those that are missing', () => {
    const queue = new ReceiveQueue(WINDOW);
    for (let sequence = 0; sequence < 1_000; sequence++)
      queue.receive({ ...whole(0, sequence), sequence: sequence & 0xff, sequenceBytes: 1 });
    expect(taken(queue)).toHaveLength(1_000);
    queue.end(1_000);
    expect(queue.hasEnded).toBe(true);
  });

  it('copies what would hold more than twice its bytes in memory', () => {
    const queue = new ReceiveQueue(WINDOW);
    for (const [sequence, size] of [10, 255, 1_472, 1_473, 5_000].entries()) {
      const datagram = new Uint8Array(size < 256 ? size : 2 * size + 1).fill(7);
      queue.receive(whole(0, sequence, datagram.subarray(0, size)));
      datagram.fill(0);
      expect(queue.poll()?.bytes).toEqual(new Uint8Array(size).fill(7));
    }
  });

  it('leaves what is most of its datagram there', () => {
    const queue = new ReceiveQueue(WINDOW);
    const datagram = Buffer.from(new Uint8Array(1_472).buffer);
    queue.receive(whole(0, 0, datagram.subarray(14)));
    queue.receive(whole(0, 1, datagram.subarray(736)));
    expect([queue.poll()?.bytes.buffer, queue.poll()?.bytes.buffer]).toEqual([
      datagram.buffer,
      datagram.buffer,
    ]);
  });

  it('takes a whole message in the place of its fragments', () => {
    const queue = new ReceiveQueue(WINDOW);
    queue.receive(fragment(0, 0, 1, 3, Uint8Array.of(2)));
    queue.receive(whole(0, 0, Uint8Array.of(1, 2, 3)));
    expect(queue.poll()?.bytes).toEqual(Uint8Array.of(1, 2, 3));
    expect(queue.bytesHeld).toBe(0);
  });
});

describe('the end of channel 0', () => {
  it('is there when END and all messages before it have come, in any order', () => {
    const queue = new ReceiveQueue(WINDOW);
    queue.receive(whole(0, 1));
    expect(queue.hasEnded).toBe(false);
    queue.end(3);
    queue.receive(whole(0, 0));
    expect(queue.hasEnded).toBe(false);
    queue.receive(whole(0, 2));
    expect(queue.hasEnded).toBe(true);
    const empty = new ReceiveQueue(WINDOW);
    expect(empty.hasEnded).toBe(false);
    empty.end(0);
    expect(empty.hasEnded).toBe(true);
  });

  it('lets other channels go on, and what came before come again', () => {
    const queue = new ReceiveQueue(WINDOW);
    queue.receive(whole(0, 0));
    queue.end(1);
    queue.end(1);
    queue.receive(whole(0, 0));
    queue.receive(whole(1, 7));
    queue.receive(whole(0x40, 7));
    queue.receive(whole(0x80, 7));
    expect(taken(queue)).toEqual(['0:0', '64:7', '128:7']);
  });

  it.each<[what: string, broken: (queue: ReceiveQueue) => void, message: string]>([
    ['is told twice, otherwise', queue => queue.end(6), 'END after 6 messages, 5 before'],
    [
      'is passed by a message',
      queue => queue.receive(whole(0, 5)),
      'message 5 after the end of channel 0, which has 5',
    ],
    [
      'is passed by a fragment',
      queue => queue.receive(fragment(0, 9, 0, 2, Uint8Array.of(1))),
      'message 9 after the end of channel 0, which has 5',
    ],
  ])('is broken where it %s', (_what, broken, message) => {
    const queue = new ReceiveQueue(WINDOW);
    queue.end(5);
    expect(refusal(() => broken(queue))).toContain(message);
  });

  it('is broken where it is before what has come, if only in part, or beyond all numbers', () => {
    const queue = new ReceiveQueue(WINDOW);
    queue.receive(fragment(0, 4, 0, 2, Uint8Array.of(1)));
    expect(refusal(() => queue.end(4))).toBe('END after 4 messages, of which message 4 has come');
    expect(refusal(() => queue.end(2 ** 48 + 1))).toBe(
      'END after 281474976710657 messages: they end at 2^48',
    );
    expect(refusal(() => queue.end(5))).toBe('none');
  });
});

describe('the window', () => {
  const quarter = new Uint8Array(MIB / 4 - 16);

  it('is granted anew when an eighth of it was taken', () => {
    const queue = new ReceiveQueue(WINDOW);
    for (let sequence = 0; sequence < 16; sequence++) queue.receive(whole(0, sequence, quarter));
    expect(queue.bytesHeld).toBe(WINDOW);
    queue.poll();
    expect(queue.wantsGrant).toBe(false);
    queue.poll();
    expect(queue.wantsGrant).toBe(true);
    expect(queue.grant()).toBe(WINDOW + MIB / 2);
    expect([queue.wantsGrant, queue.bytesHeld]).toEqual([false, WINDOW - MIB / 2]);
  });

  /** Sends so many messages as the window allows; what is allowed beyond what was taken, at the end. */
  function roomAfter(messages: number, waiting: number): number {
    const queue = new ReceiveQueue(WINDOW);
    let granted = WINDOW;
    for (let sequence = 0; sequence < messages; sequence++) {
      queue.receive(whole(0, sequence, quarter));
      if (sequence >= waiting) queue.poll();
      if (queue.wantsGrant) granted = queue.grant();
    }
    return (granted - ((messages - waiting) * MIB) / 4) / MIB;
  }

  it('grows up to 16 MiB for an application that takes messages as they come, and for no other', () => {
    expect(roomAfter(400, 0)).toBeGreaterThan(13);
    expect(roomAfter(4_000, 0)).toBeLessThanOrEqual(16);
    expect(roomAfter(400, 1)).toBeLessThanOrEqual(4);
  });

  it('always leaves room for the largest message', () => {
    for (const extra of [0, 1, 1_000, MIB, 3 * MIB]) {
      const window = MIB + 16 + extra;
      const queue = new ReceiveQueue(window);
      let granted = window;
      let sent = 0;
      for (let sequence = 0; sequence < 5_000; sequence++) {
        expect(granted - sent).toBeGreaterThanOrEqual(MIB + 16);
        queue.receive(whole(0, sequence, new Uint8Array(1_000)));
        sent += 1_016;
        queue.poll();
        if (queue.wantsGrant) granted = queue.grant();
      }
    }
    expect(() => new ReceiveQueue(MIB + 15)).toThrow(expect.objectContaining({ code: 'SW_USAGE' }));
  });

  it('counts a fragmented message whole from its first fragment, and never more', () => {
    const queue = new ReceiveQueue(WINDOW);
    const piece = new Uint8Array(100);
    queue.receive(fragment(0, 0, 0, MIB - 16, piece));
    queue.receive(fragment(0, 0, 500, MIB - 16, piece));
    expect(queue.bytesHeld).toBe(MIB);
    for (const sequence of [1, 2, 3]) queue.receive(fragment(0x40, sequence, 0, MIB - 16, piece));
    expect(refusal(() => queue.receive(whole(0, 1, new Uint8Array(0))))).toContain('was allowed');
  });
});

describe('a peer that breaks the protocol is told so', () => {
  it('for more than the window, in empty messages too', () => {
    const queue = new ReceiveQueue(MIB + 16);
    const empty = new Uint8Array(0);
    for (let sequence = 0; sequence < 65_537; sequence++) queue.receive(whole(0, sequence, empty));
    expect(refusal(() => queue.receive(whole(0, 65_537, empty)))).toContain('was allowed');
  });

  it('for a number too far ahead, in ordered and unordered channels', () => {
    for (const channel of [0, 0x40]) {
      const queue = new ReceiveQueue(WINDOW);
      queue.receive(whole(channel, 65_535));
      expect(refusal(() => queue.receive(whole(channel, 65_536)))).toContain('where 0 is missing');
      expect(refusal(() => queue.receive(whole(channel, 65_535 + 65_536)))).toContain('where 0 is missing');
      queue.receive(whole(channel, 0));
      queue.receive(whole(channel, 65_536));
      queue.receive(whole(channel, 65_536));
      expect(queue.repeated).toBe(1);
    }
  });

  it('for a size that changes, too many pieces, and fragments where none may be', () => {
    const queue = new ReceiveQueue(WINDOW);
    queue.receive(fragment(0, 0, 0, 10, Uint8Array.of(1)));
    expect(refusal(() => queue.receive(fragment(0, 0, 1, 11, Uint8Array.of(1))))).toContain('had 10 before');
    expect(refusal(() => queue.receive(whole(0, 0)))).toContain('had 10 before');
    expect(refusal(() => queue.receive(fragment(0x80, 0, 0, 10, Uint8Array.of(1))))).toContain('latest-only');
    const scatter = (): void => {
      for (let offset = 0; offset < MIB; offset += 2)
        queue.receive(fragment(1, 0, offset, MIB, Uint8Array.of(1)));
    };
    expect(refusal(scatter)).toContain('too many pieces');
  });

  it('for numbers beyond 2^48', () => {
    const queue = new ReceiveQueue(WINDOW);
    const steps = 2 ** 30;
    // The newest message of a latest-only channel may be any number ahead; 2^18 steps of 2^30 are the whole way.
    for (let next = steps; next < 2 ** 48; next += steps) queue.receive(whole(0x80, next));
    queue.receive(whole(0x80, 2 ** 48 - 1));
    expect(refusal(() => queue.receive({ ...whole(0x80, 0), chained: true }))).toContain('2^48');
  });
});

describe('any frames', () => {
  const frames = fc.array(
    fc.record({
      channel: fc.constantFrom(0, 1, 0x40, 0x7f, 0x80),
      sequence: fc.oneof(fc.nat(5), fc.nat(70_000), fc.nat(2 ** 32 - 1)),
      chained: fc.boolean(),
      offset: fc.nat(300),
      length: fc.integer({ min: 1, max: 100 }),
      rest: fc.oneof(fc.constant(0), fc.nat(50), fc.nat(MIB - 400)),
      isTaken: fc.boolean(),
    }),
    { minLength: 1, maxLength: 60 },
  );

  it('end in messages or a FormatError, and never hold more than the window', () => {
    fc.assert(
      fc.property(frames, list => {
        const queue = new ReceiveQueue(MIB + 16);
        let before: number | undefined;
        const reason = refusal(() => {
          for (const { channel, sequence, chained, offset, length, rest, isTaken } of list) {
            const isWhole = offset % 2 === 0;
            const frame = isWhole
              ? whole(channel, sequence, new Uint8Array(length))
              : fragment(channel, sequence, offset, offset + length + rest, new Uint8Array(length));
            queue.receive({ ...frame, chained: chained && channel === before });
            before = channel;
            expect(queue.bytesHeld).toBeLessThanOrEqual(MIB + 16);
            if (isTaken) queue.poll();
            if (queue.wantsGrant) expect(queue.grant()).toBeGreaterThan(MIB + 16);
          }
        });
        expect(reason).toMatch(/^none$|was allowed|is missing|before|latest-only|too many pieces/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('unordered messages', () => {
  it('agree with a set over a window that moves far', () => {
    const queue = new ReceiveQueue(WINDOW);
    const missing = new Set<number>();
    let expected = 0;
    let repeated = 0;
    for (let sequence = 0; sequence < 200_000; sequence++) {
      if (sequence % 3 === 0) missing.add(sequence);
      else {
        queue.receive(whole(0x40, sequence));
        expected++;
      }
      if (sequence % 50_000 !== 49_999) continue;
      for (const late of missing) queue.receive(whole(0x40, late));
      expected += missing.size;
      for (let again = sequence - 1_000; again <= sequence; again++, repeated++)
        queue.receive(whole(0x40, again));
      missing.clear();
      expect(taken(queue)).toHaveLength(expected);
      expect(queue.repeated).toBe(repeated);
      expected = 0;
      queue.grant();
    }
  });
});
