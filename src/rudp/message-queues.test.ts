/**
 * Both queues joined by a path that loses, delays, overtakes and repeats, with the packets of the real codec: whatever
 * the path does, every channel keeps what it promises. Seeds repeat a run exactly.
 */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../testing/seeded-random.ts';
import { MOST_MESSAGES_AHEAD } from './channels.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { MOST_WINDOW_BYTES, ReceiveQueue } from './receive-queue.ts';
import { type Content, ENOUGH_BYTES, SendQueue } from './send-queue.ts';

interface Workload {
  readonly channels: readonly number[];
  readonly messages: number;
  size(random: SeededRandom, channel: number): number;
}

interface Faults {
  readonly loss: number;
  readonly repeated: number;
  /** Steps that a packet takes at most. */
  readonly delay: number;
  /** How likely an acknowledgement is lost for good: its packet is then declared lost though it came. */
  readonly ackLoss: number;
  readonly window: number;
  /** How likely the application takes a message. */
  readonly appetite: number;
}

interface Flight {
  readonly bytes: Uint8Array;
  readonly content: Content;
  readonly arriveAt: number;
  readonly judgedAt: number;
  readonly arrives: boolean;
  readonly isAckLost: boolean;
  isJudged: boolean;
}

const ORDERED = [0, 5, 63];
const UNORDERED = [0x40, 0x7f];
const LATEST = [0x80, 0xbf];
const ALL = [...ORDERED, ...UNORDERED, ...LATEST];
const isLatest = (channel: number): boolean => channel >= 0x80;

/** The bytes that all messages are cut out of. */
const SOURCE = Uint8Array.from(
  { length: 2 ** 20 + 1_000 },
  (_, index) => (index * 167 + (index >> 8) * 13) & 0xff,
);

/** A message that tells its number where it has 4 bytes for it. */
function makeMessage(index: number, size: number): Uint8Array {
  const message = SOURCE.slice(index % 1_000, (index % 1_000) + size);
  if (size >= 4) new DataView(message.buffer).setUint32(0, index);
  return message;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

class Run {
  readonly sender: SendQueue;
  readonly receiver: ReceiveQueue;
  readonly sent: Map<number, Uint8Array[]> = new Map();
  readonly delivered: Map<number, Uint8Array[]> = new Map();
  steps = 0;
  readonly #random: SeededRandom;
  readonly #work: Workload;
  readonly #faults: Faults;
  readonly #writer = new FrameWriter();
  readonly #reader = new FrameReader();
  #flights: Flight[] = [];
  #grants: { readonly limit: number; readonly at: number }[] = [];
  #pushed = 0;

  constructor(seed: number, work: Workload, faults: Faults) {
    this.#random = new SeededRandom(seed);
    this.#work = work;
    this.#faults = faults;
    this.sender = new SendQueue(faults.window);
    this.receiver = new ReceiveQueue(faults.window);
    for (const channel of work.channels) {
      this.sent.set(channel, []);
      this.delivered.set(channel, []);
    }
  }

  get #isDone(): boolean {
    const { sender, receiver } = this;
    return this.#pushed === this.#work.messages && sender.isAllAcknowledged && !receiver.hasMessages;
  }

  toEnd(): this {
    for (; !this.#isDone; this.steps++) {
      if (this.steps > 200_000) throw new Error('no progress');
      this.#push();
      this.#transmit();
      this.#arrive();
      this.#take();
      this.#judge();
      this.#checkBounds();
    }
    return this;
  }

  #push(): void {
    const random = this.#random;
    for (let count = random.int(0, 12); count > 0 && this.#pushed < this.#work.messages; count--) {
      if (this.sender.isFull) return;
      const channel = random.pick(this.#work.channels);
      const log = this.sent.get(channel) as Uint8Array[];
      const message = makeMessage(log.length, this.#work.size(random, channel));
      log.push(message);
      const lent = Buffer.from(message);
      this.sender.push(channel, lent);
      lent.fill(0xee);
      this.#pushed++;
    }
  }

  #transmit(): void {
    const random = this.#random;
    const isProbe = random.chance(0.05);
    for (let packets = random.int(1, 6); packets > 0; packets--) {
      if (!isProbe && !this.sender.hasUnsent) return;
      const limit = random.chance(0.7) ? 1_200 : random.int(700, 1_472);
      const reserve = random.chance(0.5) ? 0 : random.int(1, 400);
      this.#writer.beginShort(1, false, 0, 1, limit);
      const content = isProbe
        ? this.sender.fillOldest(this.#writer, reserve)
        : this.sender.fill(this.#writer, reserve);
      if (content === undefined) continue;
      if (reserve > 0) expect(this.#writer.remaining).toBeGreaterThanOrEqual(reserve);
      this.#launch(this.#writer.finish(), content);
    }
  }

  #launch(bytes: Uint8Array, content: Content): void {
    const random = this.#random;
    const { loss, delay, ackLoss } = this.#faults;
    const arriveAt = this.steps + random.int(0, delay);
    const flight = {
      bytes,
      content,
      arriveAt,
      // Some are declared lost before they come.
      judgedAt: random.chance(0.02) ? this.steps + 1 : arriveAt + random.int(1, 10),
      arrives: !random.chance(loss),
      isAckLost: random.chance(ackLoss),
      isJudged: false,
    };
    this.#flights.push(flight);
  }

  #arrive(): void {
    for (const { arriveAt, arrives, bytes } of this.#flights) {
      if (arriveAt !== this.steps || !arrives) continue;
      for (let times = this.#random.chance(this.#faults.repeated) ? 2 : 1; times > 0; times--) {
        expect(this.#reader.openShort(bytes)).toBe(true);
        while (this.#reader.next()) this.receiver.receive(this.#reader);
        // The datagram's bytes are the kernel's again.
        if (times === 1) bytes.fill(0xee);
      }
    }
  }

  #take(): void {
    while (this.receiver.hasMessages && this.#random.chance(this.#faults.appetite)) {
      const { channel, bytes } = this.receiver.poll() ?? { channel: -1, bytes: new Uint8Array(0) };
      this.delivered.get(channel)?.push(bytes);
    }
    if (this.receiver.wantsGrant)
      this.#grants.push({ limit: this.receiver.grant(), at: this.steps + this.#random.int(1, 8) });
    this.#grants = this.#grants.filter(({ limit, at }) => {
      if (at <= this.steps) this.sender.raiseLimit(limit);
      return at > this.steps;
    });
  }

  #judge(): void {
    const kept: Flight[] = [];
    for (const flight of this.#flights) {
      const { content, arrives, isAckLost, arriveAt } = flight;
      const isKnown = arrives && !isAckLost && arriveAt <= this.steps;
      if (!flight.isJudged && flight.judgedAt <= this.steps) {
        flight.isJudged = true;
        if (!isKnown) this.sender.lost(content);
      }
      if (flight.isJudged && isKnown) this.sender.acknowledged(content);
      else if (!flight.isJudged || arriveAt >= this.steps) kept.push(flight);
    }
    this.#flights = kept;
  }

  #checkBounds(): void {
    const { sender, receiver } = this;
    if (receiver.bytesHeld > MOST_WINDOW_BYTES) throw new Error('the window is exceeded');
    if (sender.bytesWaiting < 0 || (sender.isAllAcknowledged && sender.bytesWaiting !== 0))
      throw new Error(`${sender.bytesWaiting} bytes wait`);
  }
}

function checkPromises({ sent, delivered, sender, receiver }: Run): void {
  for (const [channel, messages] of sent) {
    const got = delivered.get(channel) as Uint8Array[];
    if (isLatest(channel)) checkLatest(messages, got);
    else if (channel < 0x40) {
      expect(got.length).toBe(messages.length);
      for (const [index, message] of messages.entries()) expect(same(message, got[index]!)).toBe(true);
    } else {
      expect(got.length).toBe(messages.length);
      const sorted = (list: Uint8Array[]): Uint8Array[] => list.toSorted(Buffer.compare);
      const expected = sorted(messages);
      for (const [index, message] of sorted(got).entries())
        expect(same(message, expected[index]!)).toBe(true);
    }
    if (!isLatest(channel)) expect(sender.messagesOf(channel)).toBe(messages.length);
  }
  expect(receiver.bytesHeld).toBe(0);
  receiver.end(sent.get(0)?.length ?? 0);
  expect(receiver.hasEnded).toBe(true);
  expect([sender.hasUnsent, sender.isFull, sender.isHeldBack]).toEqual([false, false, false]);
}

/** Each delivered one was sent, later than the one before; the newest came. */
function checkLatest(messages: Uint8Array[], got: Uint8Array[]): void {
  let before = -1;
  for (const bytes of got) {
    const index = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    expect(index).toBeGreaterThan(before);
    expect(same(bytes, messages[index]!)).toBe(true);
    before = index;
  }
  expect(before).toBe(messages.length - 1);
}

const HARMLESS: Faults = { loss: 0, repeated: 0, delay: 0, ackLoss: 0, window: 4 * 2 ** 20, appetite: 1 };

function faultsOf(random: SeededRandom): Faults {
  return {
    loss: random.pick([0, 0.01, 0.05, 0.2, 0.5]),
    repeated: random.pick([0, 0.1]),
    delay: random.pick([0, 3, 20]),
    ackLoss: random.pick([0, 0.1]),
    window: random.pick([2 ** 20 + 16, 2 * 2 ** 20, 4 * 2 ** 20]),
    appetite: random.pick([0.5, 0.95, 1]),
  };
}

const small = (random: SeededRandom, channel: number): number =>
  isLatest(channel) ? random.int(4, 1_024) : random.int(0, random.pick([0, 4, 64, 300, 1_200]));
const medium = (random: SeededRandom, channel: number): number =>
  isLatest(channel) ? random.int(4, 1_024) : random.int(0, random.pick([50, 3_000, 40_000]));
const large = (random: SeededRandom, channel: number): number =>
  isLatest(channel)
    ? random.int(4, 1_024)
    : random.pick([random.int(0, 50), random.int(0, 2 ** 20), 2 ** 20]);

describe('messages over a bad path', () => {
  it.each([
    ['small', small, 600, 80],
    ['medium', medium, 120, 40],
    ['large', large, 30, 8],
  ] as const)('%s ones keep the promises of their channels', (_name, size, messages, seeds) => {
    for (let seed = 0; seed < seeds; seed++) {
      const random = new SeededRandom(seed);
      const work = { channels: ALL.slice(0, random.int(1, ALL.length)), messages, size };
      try {
        checkPromises(new Run(seed, work, faultsOf(random)).toEnd());
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });

  it('latest-only ones alone end with the newest', () => {
    for (let seed = 0; seed < 40; seed++) {
      const work = { channels: LATEST, messages: 400, size: small };
      checkPromises(new Run(seed, work, faultsOf(new SeededRandom(seed))).toEnd());
    }
  });

  it('a million bytes in ordered messages of 64 bytes take 4 % more, on a good path', () => {
    const sender = new SendQueue(4 * 2 ** 20);
    const message = new Uint8Array(64);
    for (let count = 0; count < 16_384; count++) sender.push(0, message);
    let bytes = 0;
    const writer = new FrameWriter();
    while (sender.hasUnsent) {
      writer.beginShort(1, false, 0, 1, 1_200);
      expect(sender.fill(writer, 0)).toBeDefined();
      bytes += writer.length;
    }
    expect(bytes / 2 ** 20).toBeLessThan(1.05);
  });

  it('65,536 messages may wait, and no more, until the oldest is acknowledged', () => {
    const run = new Run(0, { channels: [0], messages: 0, size: small }, HARMLESS);
    const { sender } = run;
    const empty = new Uint8Array(0);
    while (!sender.isFull) sender.push(0, empty);
    expect(sender.messagesOf(0)).toBe(MOST_MESSAGES_AHEAD);
    expect(() => sender.push(0, empty)).toThrow(expect.objectContaining({ code: 'SW_LIMIT' }));
    run.toEnd();
    expect(run.delivered.get(0)).toHaveLength(MOST_MESSAGES_AHEAD);
    expect(ENOUGH_BYTES).toBe(4 * 2 ** 20);
  });
});
