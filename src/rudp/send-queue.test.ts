import { describe, expect, it } from 'vitest';
import { type MessageFrame, messageOverhead } from './message-frame.ts';
import { type Content, type MessageSink, MOST_LATEST_BYTES, SendQueue } from './send-queue.ts';

/** A packet that writes down what comes. */
class Packet implements MessageSink {
  remaining: number;
  readonly frames: MessageFrame[] = [];

  constructor(remaining = 1_190) {
    this.remaining = remaining;
  }

  message(frame: MessageFrame): boolean {
    const length = frame.dataEnd - frame.dataStart;
    this.remaining -= messageOverhead(frame, length) + length;
    this.frames.push({ ...frame });
    return this.remaining >= 0;
  }

  /** As `channel:sequence`, with the bytes of fragments. */
  get texts(): string[] {
    return this.frames.map(({ channel, sequence, offset, total, dataStart, dataEnd }) => {
      const bytes = total === undefined ? '' : `[${offset}-${(offset ?? 0) + dataEnd - dataStart}/${total}]`;
      return `${channel}:${sequence}${bytes}`;
    });
  }
}

const bytes = (length: number): Uint8Array => new Uint8Array(length);

interface Sent {
  readonly packet: Packet;
  readonly content: Content | undefined;
}

function fill(queue: SendQueue, room?: number, reserve = 0): Sent {
  const packet = new Packet(room);
  return { packet, content: queue.fill(packet, reserve) };
}

function probe(queue: SendQueue, room?: number): Sent {
  const packet = new Packet(room);
  return { packet, content: queue.fillOldest(packet, 0) };
}

function queueOf(...messages: readonly (readonly [channel: number, length: number])[]): SendQueue {
  const queue = new SendQueue(2 ** 30);
  for (const [channel, length] of messages) queue.push(channel, bytes(length));
  return queue;
}

describe('a packet', () => {
  it('takes all small messages, with numbers and lengths only where they are needed', () => {
    const queue = queueOf([0, 10], [0, 20], [0, 30]);
    const { packet } = fill(queue);
    expect(packet.frames.map(({ chained, withLength }) => [chained, withLength])).toEqual([
      [false, true],
      [true, true],
      [true, false],
    ]);
    expect(1_190 - packet.remaining).toBe(3 + 1 + 10 + 1 + 1 + 20 + 1 + 30);
  });

  it('gives the last one a length where something follows', () => {
    const { packet } = fill(queueOf([0, 10]), 1_190, 40);
    expect(packet.frames[0]?.withLength).toBe(true);
  });

  it('is filled to its last byte, and keeps what is reserved', () => {
    const queue = queueOf([0, 100], [0, 5_000]);
    expect(fill(queue).packet.remaining).toBe(0);
    expect(fill(queue, 1_190, 300).packet.remaining).toBe(300);
  });

  it('takes a message that fits only without its length, and then no other', () => {
    const { packet } = fill(queueOf([0, 100], [0, 0]), 103);
    expect(packet.texts).toEqual(['0:0']);
    expect(packet.remaining).toBe(0);
  });

  it('takes fragments in order, of at least 256 bytes but for the last', () => {
    const queue = queueOf([0, 1_000], [0, 1_500]);
    expect(fill(queue, 1_000).packet.texts).toEqual(['0:0[0-994/1000]']);
    expect(fill(queue, 263).packet.texts).toEqual(['0:0[994-1000/1000]']);
    expect(fill(queue, 261).packet.texts).toEqual([]);
    expect(fill(queue, 1_400).packet.texts).toEqual(['0:1[0-1394/1500]']);
    expect(fill(queue, 1_400).packet.texts).toEqual(['0:1[1394-1500/1500]']);
    expect(queue.hasUnsent).toBe(false);
  });

  it('leaves what fits a packet of its own to the next one, uncut', () => {
    const queue = queueOf([0, 700], [0, 700], [0, 5_000]);
    expect(fill(queue).packet.texts).toEqual(['0:0']);
    expect(fill(queue).packet.texts).toEqual(['0:1', '0:2[0-481/5000]']);
  });

  it('takes nothing where nothing waits or fits', () => {
    expect(fill(queueOf()).content).toBeUndefined();
    expect(fill(queueOf([0, 10]), 12).content).toBeUndefined();
    expect(fill(queueOf([0, 10]), 1_190, 1_180).content).toBeUndefined();
  });

  it('names sequences in 2 bytes, in more where the oldest unacknowledged one is far', () => {
    for (const channel of [0, 0x80]) {
      const queue = new SendQueue(2 ** 30);
      const sizes = new Set<string>();
      const contents: Content[] = [];
      for (let sequence = 0; sequence < 1_000; sequence++) {
        queue.push(channel, bytes(0));
        const { packet, content } = fill(queue);
        sizes.add(`${sequence < 511 ? 'near' : 'far'} ${packet.frames[0]?.sequenceBytes}`);
        contents.push(content as Content);
      }
      expect([...sizes]).toEqual(['near 2', 'far 3']);
      for (const content of contents.toReversed()) queue.acknowledged(content);
      queue.push(channel, bytes(0));
      expect(fill(queue).packet.frames[0]?.sequenceBytes).toBe(2);
    }
  });
});

describe('channels', () => {
  it('share packets by bytes, and a small message does not wait behind a large one', () => {
    const queue = queueOf([1, 1_000_000], [2, 1_000_000], [3, 40]);
    const shares = new Map<number, number>();
    for (let packet = 0; packet < 100; packet++) {
      for (const { channel, sequence, dataStart, dataEnd } of fill(queue).packet.frames) {
        if (channel === 3) expect([packet < 3, sequence]).toEqual([true, 0]);
        shares.set(channel, (shares.get(channel) ?? 0) + dataEnd - dataStart);
      }
    }
    expect(shares.get(3)).toBe(40);
    expect(Math.abs((shares.get(1) ?? 0) / (shares.get(2) ?? 0) - 1)).toBeLessThan(0.05);
  });

  it('with small messages and with large ones get the same share', () => {
    const queue = queueOf([2, 500_000]);
    for (let count = 0; count < 10_000; count++) queue.push(1, bytes(50));
    const shares = [0, 0, 0];
    for (let packet = 0; packet < 200; packet++) {
      for (const { channel, dataStart, dataEnd } of fill(queue).packet.frames)
        shares[channel] = (shares[channel] ?? 0) + dataEnd - dataStart;
    }
    // A message counts 16 bytes more than it has.
    expect((shares[1] ?? 0) / (shares[2] ?? 0)).toBeGreaterThan(0.7);
    expect((shares[1] ?? 0) / (shares[2] ?? 0)).toBeLessThan(1);
  });

  it('follow each other in one packet, each frame with its number', () => {
    const { packet } = fill(queueOf([0, 1], [7, 1], [0, 1], [0x40, 1]));
    expect(packet.texts).toEqual(['0:0', '0:1', '7:0', '64:0']);
    expect(packet.frames.map(({ chained }) => chained)).toEqual([false, true, false, false]);
  });

  it('refuse what is no channel, or no message for it', () => {
    const queue = queueOf();
    for (const channel of [-1, 0.5, 0xc0, 256])
      expect(() => queue.push(channel, bytes(1))).toThrow(expect.objectContaining({ code: 'SW_USAGE' }));
    queue.push(0, bytes(2 ** 20));
    queue.push(0x80, bytes(MOST_LATEST_BYTES));
    expect(() => queue.push(0, bytes(2 ** 20 + 1))).toThrow(expect.objectContaining({ code: 'SW_LIMIT' }));
    expect(() => queue.push(0x80, bytes(MOST_LATEST_BYTES + 1))).toThrow('1024 are possible');
  });

  it('are full together at 4 MiB, until the oldest message of one is acknowledged', () => {
    const queue = queueOf([0, 1_000], [1, 1_000]);
    const first = fill(queue, 1_010).content as Content;
    for (let count = 0; count < 4; count++) {
      expect(queue.isFull).toBe(false);
      queue.push(1, bytes(2 ** 20));
    }
    expect(queue.isFull).toBe(true);
    expect(() => queue.push(0, bytes(0))).toThrow(expect.objectContaining({ code: 'SW_LIMIT' }));
    queue.push(0x80, bytes(10));
    queue.acknowledged(first);
    expect(queue.isFull).toBe(true);
    for (let sent = fill(queue); sent.content !== undefined; sent = fill(queue))
      queue.acknowledged(sent.content);
    expect([queue.isFull, queue.isAllAcknowledged, queue.bytesWaiting]).toEqual([false, true, 0]);
  });
});

describe('what is kept', () => {
  it('counts until the oldest of its channel is acknowledged', () => {
    const queue = queueOf([0, 10]);
    const oldest = fill(queue).content as Content;
    for (let count = 0; count < 4; count++) queue.push(0, bytes(2 ** 20));
    for (let { content } = fill(queue); content !== undefined; { content } = fill(queue))
      queue.acknowledged(content);
    expect([queue.isFull, queue.isAllAcknowledged]).toEqual([true, false]);
    queue.acknowledged(oldest);
    expect([queue.isFull, queue.isAllAcknowledged]).toEqual([false, true]);
    for (let count = 0; count < 4; count++) {
      expect(queue.isFull).toBe(false);
      queue.push(0, bytes(2 ** 20));
    }
    expect(queue.isFull).toBe(true);
    queue.acknowledged(fill(queue).content as Content);
    expect(queue.isFull).toBe(false);
  });
});

describe('what was lost', () => {
  it('goes again before new messages', () => {
    const queue = queueOf([0, 10], [0, 10]);
    const { content } = fill(queue, 13);
    queue.lost(content as Content);
    queue.push(1, bytes(10));
    expect(queue.bytesWaiting).toBe(30);
    expect(fill(queue).packet.texts).toEqual(['0:0', '0:1', '1:0']);
    expect(queue.bytesWaiting).toBe(0);
  });

  it('stays where it is when it was only late', () => {
    const queue = queueOf([0, 10], [0, 10]);
    const [first, second] = [fill(queue, 13).content as Content, fill(queue, 13).content as Content];
    queue.lost(first);
    queue.lost(second);
    queue.acknowledged(first);
    expect(fill(queue).packet.texts).toEqual(['0:1']);
    queue.acknowledged(second);
    expect([queue.isAllAcknowledged, queue.hasUnsent, queue.bytesWaiting]).toEqual([true, false, 0]);
  });

  it('is cut where it does not fit any more, and a late acknowledgement is then worth its rest', () => {
    const queue = queueOf([0, 1_100]);
    const whole = fill(queue).content as Content;
    queue.lost(whole);
    const front = fill(queue, 600);
    expect(front.packet.texts).toEqual(['0:0[0-594/1100]']);
    expect(queue.bytesWaiting).toBe(506);
    queue.acknowledged(whole);
    expect([queue.hasUnsent, queue.bytesWaiting, queue.isAllAcknowledged]).toEqual([false, 0, false]);
    queue.acknowledged(front.content as Content);
    expect(queue.isAllAcknowledged).toBe(true);
  });

  it('counts once, however often it is declared', () => {
    const queue = queueOf([0, 10]);
    const { content } = fill(queue);
    queue.lost(content as Content);
    queue.lost(content as Content);
    expect(fill(queue).packet.texts).toEqual(['0:0']);
    expect(queue.hasUnsent).toBe(false);
  });
});

describe('a probe', () => {
  it('repeats the oldest that is under way, over all channels', () => {
    const queue = queueOf([3, 10], [0, 10], [3, 10]);
    fill(queue, 14);
    fill(queue, 14);
    fill(queue, 14);
    expect(probe(queue, 20).packet.texts).toEqual(['3:0']);
    expect(probe(queue).packet.texts).toEqual(['3:0', '3:1', '0:0']);
    expect(probe(queueOf()).content).toBeUndefined();
    expect(probe(queueOf([0, 1])).content).toBeUndefined();
  });

  it('is enough to be acknowledged, and while it is under way the first packet may be lost', () => {
    const queue = queueOf([0, 10]);
    const first = fill(queue).content as Content;
    const second = probe(queue).content as Content;
    queue.lost(first);
    expect(queue.hasUnsent).toBe(false);
    queue.acknowledged(second);
    expect(queue.isAllAcknowledged).toBe(true);
  });

  it('goes again only when the last copy is lost', () => {
    const queue = queueOf([0, 10]);
    const [first, second] = [fill(queue).content as Content, probe(queue).content as Content];
    queue.lost(second);
    expect(queue.hasUnsent).toBe(false);
    queue.lost(first);
    expect(fill(queue).packet.texts).toEqual(['0:0']);
  });

  it('takes what was lost first', () => {
    const queue = queueOf([0, 10], [0, 10]);
    const first = fill(queue, 13).content as Content;
    fill(queue, 13);
    queue.lost(first);
    expect(probe(queue).packet.texts).toEqual(['0:0']);
    expect(probe(queue).packet.texts).toEqual(['0:0', '0:1']);
  });

  it('keeps what was cut in its place', () => {
    const queue = queueOf([0, 1_100]);
    const whole = fill(queue).content as Content;
    queue.push(1, bytes(10));
    fill(queue);
    queue.lost(whole);
    expect(fill(queue, 600).packet.texts).toEqual(['0:0[0-594/1100]']);
    expect(fill(queue).packet.texts).toEqual(['0:0[594-1100/1100]']);
    expect(probe(queue).packet.texts).toEqual(['0:0[0-594/1100]', '0:0[594-1100/1100]', '1:0']);
  });

  it('may be smaller than the packet that it repeats', () => {
    const queue = queueOf([0, 1_100]);
    const whole = fill(queue).content as Content;
    const part = probe(queue, 500);
    expect(part.packet.texts).toEqual(['0:0[0-494/1100]']);
    expect(queue.bytesWaiting).toBe(0);
    queue.acknowledged(part.content as Content);
    queue.lost(whole);
    expect(fill(queue).packet.texts).toEqual(['0:0[494-1100/1100]']);
  });
});

describe('a latest-only channel', () => {
  it('sends the newest that waits, under the next number', () => {
    const queue = queueOf([0x80, 1], [0x80, 2], [0x80, 3]);
    const { packet } = fill(queue);
    expect(packet.texts).toEqual(['128:0']);
    expect(packet.frames[0]?.dataEnd).toBe((packet.frames[0]?.dataStart ?? 0) + 3);
    expect([queue.hasUnsent, queue.bytesWaiting]).toEqual([false, 0]);
  });

  it('repeats a lost message, unless there is a newer one', () => {
    const queue = queueOf([0x80, 1]);
    const first = fill(queue).content as Content;
    queue.lost(first);
    const again = fill(queue);
    expect(again.packet.texts).toEqual(['128:0']);
    queue.push(0x80, bytes(1));
    queue.lost(again.content as Content);
    const newer = fill(queue);
    expect(newer.packet.texts).toEqual(['128:1']);
    expect(probe(queue).packet.texts).toEqual(['128:1']);
    queue.acknowledged(newer.content as Content);
    expect([queue.isAllAcknowledged, queue.hasUnsent]).toEqual([true, false]);
  });

  it('is not counted by the peer, and never full', () => {
    const queue = new SendQueue(0);
    queue.push(0, bytes(0));
    for (let count = 0; count < 100_000; count++) queue.push(0x80, bytes(100));
    expect(fill(queue).packet.texts).toEqual(['128:0']);
    expect([queue.isFull, queue.isHeldBack]).toEqual([false, true]);
  });

  it('does not stop others where its message does not fit', () => {
    const queue = queueOf([0x80, 500], [0, 10]);
    expect(fill(queue, 100).packet.texts).toEqual(['0:0']);
    expect(fill(queue).packet.texts).toEqual(['128:0']);
  });
});

describe("the peer's limit", () => {
  it('holds back messages with 16 bytes for each, but no rest of one', () => {
    const queue = new SendQueue(2_016 + 26);
    queue.push(0, bytes(2_000));
    queue.push(0, bytes(10));
    queue.push(0, bytes(0));
    expect(fill(queue).packet.texts).toEqual(['0:0[0-1184/2000]']);
    expect(fill(queue).packet.texts).toEqual(['0:0[1184-2000/2000]', '0:1']);
    expect([queue.hasUnsent, queue.isHeldBack]).toEqual([false, true]);
    queue.raiseLimit(2_016);
    expect(queue.isHeldBack).toBe(true);
    queue.raiseLimit(2_016 + 26 + 16);
    expect([queue.hasUnsent, queue.isHeldBack]).toEqual([true, false]);
    expect(fill(queue).packet.texts).toEqual(['0:2']);
  });

  it('counts nothing twice that is sent again', () => {
    const queue = new SendQueue(26 + 26);
    queue.push(0, bytes(10));
    queue.lost(fill(queue).content as Content);
    queue.lost(fill(queue).content as Content);
    queue.push(0, bytes(10));
    expect(fill(queue).packet.texts).toEqual(['0:0', '0:1']);
  });

  it('does not let small messages overtake a large one that waits for it', () => {
    const queue = new SendQueue(600);
    queue.push(1, bytes(1_000));
    queue.push(2, bytes(10));
    expect(fill(queue).content).toBeUndefined();
    queue.push(3, bytes(10));
    queue.raiseLimit(1_000);
    expect(fill(queue).content).toBeUndefined();
    queue.raiseLimit(2_000);
    expect(fill(queue).packet.texts).toEqual(['1:0', '2:0', '3:0']);
  });
});
