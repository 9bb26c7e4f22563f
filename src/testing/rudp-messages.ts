/**
 * Messages that both ends of a simulated connection can compute, so that nothing has to be kept to compare them.
 */
import { HIGHEST_CHANNEL, KIND, kindOf } from '../rudp/channels.ts';

/** How large messages are. */
export type Sizes = 'thin' | 'tiny' | 'mixed' | 'large' | 'huge';

/** What one end sends. */
export interface Traffic {
  readonly seed: number;
  readonly messages: number;
  readonly sizes: Sizes;
  /** As MESSAGE has them; each message goes to one of them. */
  readonly channels: readonly number[];
}

/** Random bytes that messages are cut out of. */
const SOURCE = randomBytes(2 ** 17);
/** In front of messages that may overtake each other: which one it is. */
const NUMBER_BYTES = 4;
const LATEST_MOST = 1_000;

/** A whole number below 2^32 that depends on all three. */
function mix(a: number, b: number, c: number): number {
  let mixed = Math.imul(a ^ Math.imul(b, 0x9e3779b1) ^ Math.imul(c + 1, 0x85ebca6b), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x297a2d39);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let index = 0; index < count; index++) bytes[index] = mix(1, index, 2);
  return bytes;
}

/** The channel of a message, counted over all channels. */
export function channelOf({ seed, channels }: Traffic, index: number): number {
  return channels.length === 1
    ? (channels[0] as number)
    : (channels[mix(seed, index, 77) % channels.length] as number);
}

/** Bytes of message `sequence` of a channel. */
function sizeOf({ seed, sizes }: Traffic, channel: number, sequence: number): number {
  const chance = mix(seed, channel, sequence);
  switch (sizes) {
    case 'thin':
      return 32;
    case 'tiny':
      return chance % 25;
    case 'mixed':
      // As likely short as long; some empty.
      return Math.floor(2 ** ((chance % 1_100) / 100)) - 1;
    case 'large':
      return 1_000 + (chance % 30_000);
    case 'huge':
      return chance % 3 === 0 ? 2 ** 20 : chance % (2 ** 20 + 1);
  }
}

/** The message itself. */
export function messageOf(traffic: Traffic, channel: number, sequence: number): Uint8Array {
  const isOrdered = kindOf(channel) === KIND.ordered;
  let size = sizeOf(traffic, channel, sequence);
  if (!isOrdered) size = Math.max(NUMBER_BYTES, size);
  if (kindOf(channel) === KIND.latestOnly) size = Math.min(LATEST_MOST, size);
  const bytes = new Uint8Array(size);
  const start = mix(traffic.seed, sequence, channel) % 65_536;
  for (let at = 0; at < size; at += 65_536) {
    bytes.set(SOURCE.subarray(start, start + Math.min(65_536, size - at)), at);
  }
  if (!isOrdered) new DataView(bytes.buffer).setUint32(0, sequence);
  return bytes;
}

/** Checks what one end delivers against what the other one sends. */
export class DeliveryCheck {
  readonly #traffic: Traffic;
  /** Ordered: the next one. Latest-only: one past the newest that came. */
  readonly #next = new Float64Array(HIGHEST_CHANNEL + 1);
  readonly #unordered: Map<number, Set<number>> = new Map();
  #count = 0;

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
  }

  /** Messages delivered so far. */
  get count(): number {
    return this.#count;
  }

  /** @throws Error where this message must not come now, or is not the one that was sent. */
  take(channel: number, bytes: Uint8Array): void {
    this.#count++;
    const sequence = this.#sequenceOf(channel, bytes);
    const expected = messageOf(this.#traffic, channel, sequence);
    let same = expected.length === bytes.length;
    for (let at = 0; same && at < expected.length; at++) same = expected[at] === bytes[at];
    if (!same)
      throw new Error(
        `message ${sequence} of channel ${channel} is not the one that was sent: ${bytes.length} bytes, sent ${expected.length}`,
      );
  }

  /** True where all of so many messages of a channel have come; of a latest-only one, the last. */
  isComplete(channel: number, messages: number): boolean {
    if (kindOf(channel) === KIND.unordered) return (this.#unordered.get(channel)?.size ?? 0) === messages;
    return this.#next[channel] === messages;
  }

  #sequenceOf(channel: number, bytes: Uint8Array): number {
    const kind = kindOf(channel);
    const next = this.#next[channel] as number;
    if (kind === KIND.ordered) {
      this.#next[channel] = next + 1;
      return next;
    }
    const sequence =
      bytes.length < NUMBER_BYTES ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    if (kind === KIND.latestOnly) {
      if (sequence < next)
        throw new Error(`channel ${channel} went back from message ${next - 1} to ${sequence}`);
      this.#next[channel] = sequence + 1;
      return sequence;
    }
    let seen = this.#unordered.get(channel);
    if (seen === undefined) {
      seen = new Set();
      this.#unordered.set(channel, seen);
    }
    if (seen.has(sequence)) throw new Error(`message ${sequence} of channel ${channel} came twice`);
    seen.add(sequence);
    return sequence;
  }
}
