/**
 * Scripts of TCP segments that are right most of the time, and wrong in every way that the analysis has a rule for: repeated, overtaken,
 * lost, of no length, beyond the window, half the number space away. For tests that hold two analyses against each other.
 */
import fc from 'fast-check';
import type { PcapEncoder } from '../pcap/pcap-encoder.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import { bytesOf, u16, u32 } from './frames.ts';

export interface Step {
  readonly conversation: number;
  readonly side: 0 | 1;
  readonly flags: number;
  readonly length: number;
  /** Added to the numbers that are due. */
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly window: number;
  readonly hasTimestamps: boolean;
  /** What else is odd about the frame. */
  readonly oddity:
    | 'none'
    | 'sack'
    | 'quoted'
    | 'padding'
    | 'fragment'
    | 'zero source'
    | 'no options end'
    | 'urgent';
  readonly waitNs: number;
}

const HALF = 2 ** 31;

const { syn, ack, psh, fin, rst, urg, ece } = TCP_FLAG;

/** @param weight how often each number is what it should be, where something else is so once */
function stepsOf(weight: number): fc.Arbitrary<Step[]> {
  const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
    fc.oneof({ arbitrary: fc.constant(usual), weight }, fc.constantFrom(...others));
  const flags = [ack, 0, psh, fin | ack, rst, rst | ack, syn, syn | ack, ack | urg, ack | ece | 0x200];
  const oddities = [
    'quoted',
    'sack',
    'sack',
    'padding',
    'fragment',
    'zero source',
    'no options end',
    'urgent',
  ] as const;
  const step: fc.Arbitrary<Step> = fc.record({
    conversation: fc.constantFrom(0, 0, 0, 1),
    side: fc.constantFrom(0, 1),
    flags: mostly(ack | psh, ...flags),
    length: fc.constantFrom(0, 0, 1, 2, 10, 100, 1_400),
    sequence: mostly(0, -1, 1, -10, 10, -100, 100, 20_000, HALF, HALF - 1, -HALF + 1, HALF / 2),
    acknowledgment: mostly(0, -1, 1, -10, -110, 10, 5_000, HALF, HALF + 1, HALF / 2),
    window: mostly(2_000, 0, 1, 10, 1_999, 65_535),
    hasTimestamps: mostly(true, false),
    oddity: mostly<Step['oddity']>('none', ...oddities),
    waitNs: mostly(1_000_000, 0, 1, 4_000_000, 300_000_000, 2_000_000_000, -5_000_000),
  });
  // Long enough for many turns of the same connection.
  return fc.array(step, { minLength: 150, maxLength: 400, size: 'max' });
}

/** Two kinds: a few things go wrong, or many. */
export const steps: fc.Arbitrary<Step[]> = fc.oneof(stepsOf(40), stepsOf(6));

/** A connection as its script has left it: what each side sends next, and what it has of the other one. */
interface Connection {
  readonly next: [number, number];
  readonly has: [number, number];
}

/** The port tells that it is another program's: the first data are no greeting of ours. */
const SERVER_PORT = 80;
const START_NS = 1_700_000_000n * 1_000_000_000n;
const NS_PER_SECOND = 1_000_000_000n;

export class SegmentScript {
  readonly #encoder: PcapEncoder;
  readonly #connections = new Map<number, Connection>();
  #now: bigint = START_NS;
  #identification = 0;

  constructor(encoder: PcapEncoder) {
    this.#encoder = encoder;
  }

  /** Adds the segment; before the first of a connection its handshake and one exchange. */
  add(step: Step): void {
    const { conversation, side, flags, length } = step;
    const connection = this.#connections.get(conversation) ?? this.#open(step);
    const sequence = (connection.next[side] + step.sequence) >>> 0;
    const acknowledgment = (connection.has[side] + step.acknowledgment) >>> 0;
    this.#write(step, sequence, acknowledgment);
    if (step.sequence !== 0 || step.oddity === 'quoted') return;
    connection.next[side] = (sequence + length + ((flags & (syn | fin)) === 0 ? 0 : 1)) >>> 0;
    connection.has[side ^ 1] = connection.next[side];
  }

  #open({ conversation }: Step): Connection {
    const first: [number, number] = conversation === 0 ? [2 ** 32 - 300, 7] : [1_000, 2 ** 31 - 200];
    const connection: Connection = { next: first, has: [0, first[0]] };
    this.#connections.set(conversation, connection);
    const usual = { conversation, length: 0, sequence: 0, acknowledgment: 0, window: 2_000, waitNs: 500_000 };
    const say = (side: 0 | 1, flags: number, length = 0): void =>
      this.add({ ...usual, side, flags, length, hasTimestamps: true, oddity: 'none' });
    say(0, syn);
    say(1, syn | ack);
    say(0, ack);
    for (const side of [0, 1, 0, 1] as const) say(side, ack | psh, 20);
    return connection;
  }

  #write(step: Step, sequence: number, acknowledgment: number): void {
    const { conversation, side, flags, length, window, hasTimestamps, oddity } = step;
    const timestamps = bytesOf(oddity === 'no options end' ? '0000' : '0101', '080a', u32(9), u32(8));
    const sack = bytesOf('0101 050a', u32(acknowledgment + 10), u32(acknowledgment + 110));
    const options = oddity === 'sack' ? sack : hasTimestamps ? timestamps : new Uint8Array(0);
    const headerLength = 20 + options.length;
    // A SYN may begin another conversation.
    const isQuoted = oddity === 'quoted';
    const ports = [40_000 + conversation, SERVER_PORT];
    const addresses = [0x0a000001, 0x0a000002];
    const urgent = oddity === 'urgent' ? 5 : 0;
    const tcp = bytesOf(
      u16(ports[side] as number),
      u16(ports[side ^ 1] as number),
      u32(sequence),
      u32(acknowledgment),
      u16(((headerLength / 4) << 12) | (isQuoted ? syn : flags)),
      u16(window),
      u16(0x1234),
      u16(urgent),
      options,
      new Uint8Array(length).fill(0x41 + side),
    );
    const fragment = oddity === 'fragment' ? 0x2000 : 0x4000;
    const [from, to] = [addresses[side] as number, addresses[side ^ 1] as number];
    const packet = (protocol: string, source: number, destination: number, content: Uint8Array): Uint8Array =>
      bytesOf(
        '4500',
        u16(20 + content.length),
        u16(this.#identification++ & 0xff),
        u16(fragment),
        '40',
        protocol,
        '0000',
        u32(source),
        u32(destination),
        content,
      );
    const segment = packet('06', from, to, tcp);
    // An ICMP error comes from the other side.
    const ip = isQuoted ? packet('01', to, from, bytesOf('0303 0000 00000000', segment)) : segment;
    const source = oddity === 'zero source' ? '000000000000' : '020000000002';
    const padding = oddity === 'padding' ? '0000' : '';
    const frame = bytesOf('020000000001', source, '0800', ip, padding);
    this.#now += BigInt(step.waitNs);
    const nanoseconds = Number(this.#now % NS_PER_SECOND);
    this.#encoder.packet(Number(this.#now / NS_PER_SECOND), nanoseconds, frame, 0, frame.length);
  }
}
