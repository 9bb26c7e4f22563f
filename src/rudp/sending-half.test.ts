import { describe, expect, it } from 'vitest';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { FRAME } from './layout.ts';
import { DEFAULT_PARAMETERS } from './parameters.ts';
import { ReceivingHalf } from './receiving-half.ts';
import { SendingHalf } from './sending-half.ts';

/** A sending half, and what its packets hold. */
class Sender {
  readonly half = new SendingHalf('off', 0);
  readonly #receiving = new ReceivingHalf(DEFAULT_PARAMETERS);
  readonly #writer = new FrameWriter();
  readonly #reader = new FrameReader();

  constructor() {
    this.half.learn(DEFAULT_PARAMETERS);
  }

  /** Writes a packet, whether one may go or not. */
  write(nowUs: number): FrameReader {
    this.half.write(this.#writer, 1, this.#receiving, false, nowUs);
    this.#reader.openShort(this.#writer.finish());
    return this.#reader;
  }

  /** How many packets may go now. */
  burst(nowUs: number): number {
    let packets = 0;
    for (; this.half.wantsPacket(false, nowUs); packets++) this.write(nowUs);
    return packets;
  }
}

describe('packets that leave', () => {
  it('have numbers that are read right where they come 64 round trips late', () => {
    const sender = new Sender();
    const bytesAt = new Map<number, number>();
    for (let number = 0; number < 20_000; number++) {
      sender.half.send(new Uint8Array(10), 0, 0);
      const { numberBytes } = sender.write(0);
      if (!bytesAt.has(numberBytes)) bytesAt.set(numberBytes, number);
    }
    // 2^15 is half of what two bytes can tell apart, and the distance counts 64 times.
    expect([...bytesAt]).toEqual([
      [2, 0],
      [3, 2 ** 15 / 64],
    ]);
  });

  it('are 16,384 at most that are neither acknowledged nor lost', () => {
    const sender = new Sender();
    for (let number = 0; number < 16_384; number++) {
      sender.half.send(new Uint8Array(1), 0, 0);
      sender.write(0);
    }
    sender.half.send(new Uint8Array(1), 0, 0);
    expect(sender.half.packetsUnderWay).toBe(16_384);
    expect(sender.half.wantsPacket(false, 0)).toBe(false);
  });

  it('are ten at first, and no more until something is acknowledged', () => {
    const sender = new Sender();
    for (let message = 0; message < 100; message++) sender.half.send(new Uint8Array(1_190), 0, 0);
    expect(sender.burst(0)).toBe(10);
  });

  it('hold a message whole rather than a symbol that does not fit beside it', () => {
    const sender = new Sender();
    const half = new SendingHalf(1, 0);
    half.learn(DEFAULT_PARAMETERS);
    const writer = new FrameWriter();
    const reader = new FrameReader();
    const told: string[] = [];
    for (let message = 0; message < 4; message++) {
      half.send(new Uint8Array(message < 2 ? 100 : 900), 0, 0);
      half.write(writer, 1, new ReceivingHalf(DEFAULT_PARAMETERS), false, 0);
      reader.openShort(writer.finish());
      const frames: string[] = [];
      while (reader.next())
        frames.push(reader.type === FRAME.repair ? 'repair' : reader.isFragment ? 'part' : 'whole');
      told.push(frames.join(' '));
    }
    expect(told).toEqual(['whole', 'whole repair', 'whole repair', 'whole']);
    expect(sender.half.counters.repairSymbols).toBe(0);
  });
});
