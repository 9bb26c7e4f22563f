/**
 * Encoder and decoder together, against a slow elimination over all equations at once.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../testing/seeded-random.ts';
import { coefficient, inverse, multiply } from './gf256.ts';
import { RepairDecoder } from './repair-decoder.ts';
import { RepairEncoder } from './repair-encoder.ts';

interface Equation {
  readonly carrier: number;
  readonly window: number;
}

/** A packet as the network sees it. */
interface Packet {
  readonly number: number;
  readonly part: Uint8Array;
  readonly window: number;
  readonly equalLengths: boolean;
  /** Empty: it carries none. */
  readonly symbol: Uint8Array;
}

const numbersOf = ({ carrier, window }: Equation): number[] =>
  Array.from({ length: window }, (_, index) => carrier - window + index).filter(number => number >= 0);

/** Unknown numbers that these equations determine, by Gauss and Jordan over whole matrices. */
function solvable(equations: readonly Equation[], known: ReadonlySet<number>): Set<number> {
  const columns = [...new Set(equations.flatMap(numbersOf))].filter(number => !known.has(number));
  const rows = equations.map(equation => {
    const numbers = numbersOf(equation);
    return columns.map(number => (numbers.includes(number) ? coefficient(equation.carrier, number) : 0));
  });
  let rank = 0;
  for (let column = 0; column < columns.length; column++) {
    const found = rows.findIndex((row, index) => index >= rank && row[column] !== 0);
    if (found < 0) continue;
    const pivot = rows[found] as number[];
    rows.splice(found, 1);
    rows.splice(rank, 0, pivot);
    const unit = inverse(pivot[column] as number);
    for (let at = 0; at < pivot.length; at++) pivot[at] = multiply(pivot[at] as number, unit);
    for (const row of rows) {
      const factor = row[column] as number;
      if (row === pivot || factor === 0) continue;
      for (let at = 0; at < row.length; at++) (row[at] as number) ^= multiply(factor, pivot[at] as number);
    }
    rank++;
  }
  const solved = new Set<number>();
  for (const row of rows) {
    const used = columns.filter((_, column) => row[column] !== 0);
    if (used.length === 1) solved.add(used[0] as number);
  }
  return solved;
}

/** Packets from number `first` on, their lengths and windows chosen by `random`. */
function packetsFrom(
  first: number,
  count: number,
  random: SeededRandom,
  lengthOf: () => number,
  windowOf: () => number,
): Packet[] {
  const encoder = new RepairEncoder();
  // What was sent before, so that windows reach below `first` too.
  for (let number = Math.max(0, first - 16); number < first; number++)
    encoder.sent(number, new Uint8Array(3));
  return Array.from({ length: count }, (_, index) => {
    const number = first + index;
    const part = Uint8Array.from({ length: lengthOf() }, () => random.int(0, 255));
    encoder.sent(number, part);
    const window = windowOf();
    const made = encoder.symbol(number, Math.max(1, window));
    expect(made.symbol.length).toBe(encoder.symbolLength(number, Math.max(1, window)));
    const symbol = window === 0 ? new Uint8Array(0) : made.symbol.slice();
    return { number, part, window, equalLengths: made.equalLengths, symbol };
  });
}

function drain(decoder: RepairDecoder): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  for (let part = decoder.next(); part !== undefined; part = decoder.next())
    found.set(part.number, part.bytes);
  return found;
}

function deliver(decoder: RepairDecoder, packet: Packet): Map<number, Uint8Array> {
  decoder.received(packet.number, packet.part);
  if (packet.symbol.length > 0)
    decoder.equation(packet.number, packet.window, packet.equalLengths, packet.symbol);
  return drain(decoder);
}

/** Some packets are lost, some come twice, some up to `most` places late. */
function overTheNetwork(
  packets: readonly Packet[],
  random: SeededRandom,
  loss: number,
  most: number,
): Packet[] {
  const arrivals: { readonly at: number; readonly packet: Packet }[] = [];
  packets.forEach((packet, index) => {
    if (random.chance(loss)) return;
    arrivals.push({ at: index + random.int(0, most), packet });
    if (random.chance(0.1)) arrivals.push({ at: index + random.int(0, 2 * most), packet });
  });
  return arrivals.sort((one, other) => one.at - other.at).map(({ packet }) => packet);
}

describe('repair', () => {
  it('recomputes exactly what the algebra allows, after each arrival', () => {
    const lengths = fc.constantFrom('equal', 'short', 'any');
    let recomputed = 0;
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom(0, 1, 200, 2 ** 32 - 20, 2 ** 48 - 100),
        lengths,
        fc.constantFrom(0.05, 0.2, 0.5),
        fc.constantFrom(0, 3, 20),
        (seed, first, kind, loss, late) => {
          const random = new SeededRandom(seed);
          const lengthOf = {
            equal: () => 40,
            short: () => random.int(0, 4),
            any: () => random.pick([0, 1, 33, 34, 300, 1_452]),
          }[kind];
          // Most windows are those of a thin stream, some are of any size, some packets carry none.
          const windowOf = (): number => random.pick([6, 6, 6, 12, 0, random.int(1, 16)]);
          const packets = packetsFrom(first, 45, random, lengthOf, windowOf);
          const decoder = new RepairDecoder();
          const known = new Set<number>();
          const equations: Equation[] = [];
          for (const packet of overTheNetwork(packets, random, loss, late)) {
            const found = deliver(decoder, packet);
            known.add(packet.number);
            if (packet.symbol.length > 0) equations.push({ carrier: packet.number, window: packet.window });
            const expected = solvable(equations, known);
            expect([...found.keys()].sort()).toEqual([...expected].sort());
            for (const [number, bytes] of found) {
              expect(bytes).toEqual(packets[number - first]?.part ?? new Uint8Array(3));
              known.add(number);
            }
            recomputed += found.size;
          }
          expect(decoder.counters).toMatchObject({ inconsistent: 0, unusable: 0, late: 0 });
        },
      ),
      { numRuns: 300 },
    );
    expect(recomputed).toBeGreaterThan(500);
  });

  it('recomputes over a long stream what the algebra allows within the last 64 numbers', () => {
    for (const [seed, loss] of [
      [1, 0.05],
      [2, 0.2],
      [3, 0.4],
      [4, 0.6],
    ] as const) {
      const random = new SeededRandom(seed);
      const packets = packetsFrom(
        0,
        500,
        random,
        () => random.int(0, 5),
        () => random.pick([6, 12, 16]),
      );
      const decoder = new RepairDecoder();
      const known = new Set<number>();
      const equations: Equation[] = [];
      let newest = -1;
      for (const packet of overTheNetwork(packets, random, loss, 30)) {
        const found = deliver(decoder, packet);
        newest = Math.max(newest, packet.number);
        const isKept = (number: number): boolean => number > newest - 64;
        if (isKept(packet.number)) known.add(packet.number);
        if (isKept(Math.max(0, packet.number - packet.window)) && packet.symbol.length > 0)
          equations.push({ carrier: packet.number, window: packet.window });
        // What is far back has no part in this any more: it would only make the test slow.
        while ((equations[0]?.carrier ?? newest) < newest - 300) equations.shift();
        const expected = [...solvable(equations, known)].filter(isKept);
        for (const [number, bytes] of found) {
          expect(expected).toContain(number);
          expect(bytes).toEqual(packets[number]?.part);
          known.add(number);
        }
        // At most 32 rows: a path that loses more than every third packet may need more.
        if (loss <= 0.2) expect(found.size).toBe(expected.length);
      }
      expect(decoder.counters.recomputed).toBeGreaterThan(0);
      expect(decoder.waiting).toBeLessThanOrEqual(32);
    }
  });

  it('one lost packet of a thin stream is known with the next that comes', () => {
    const random = new SeededRandom(9);
    const packets = packetsFrom(
      0,
      8,
      random,
      () => 35,
      () => 6,
    );
    const decoder = new RepairDecoder();
    for (const number of [0, 1, 2, 4]) {
      const found = deliver(decoder, packets[number] as Packet);
      expect([...found.keys()]).toEqual(number === 4 ? [3] : []);
    }
    expect(decoder.counters).toMatchObject({ recomputed: 1, unneeded: 2 });
  });

  it('a packet that comes late settles what waited for it', () => {
    const random = new SeededRandom(10);
    const packets = packetsFrom(
      0,
      8,
      random,
      () => random.int(10, 20),
      () => 6,
    );
    const decoder = new RepairDecoder();
    for (const number of [0, 1, 2]) deliver(decoder, packets[number] as Packet);
    expect(deliver(decoder, packets[5] as Packet).size).toBe(0);
    expect(decoder.waiting).toBe(1);
    expect(deliver(decoder, packets[3] as Packet)).toEqual(new Map([[4, packets[4]?.part]]));
    expect(decoder.waiting).toBe(0);
    expect(deliver(decoder, packets[4] as Packet).size).toBe(0);
  });

  it('a symbol of a window with empty parts gives them back as empty', () => {
    const encoder = new RepairEncoder();
    const decoder = new RepairDecoder();
    const parts = [new Uint8Array(0), Uint8Array.of(1, 2), new Uint8Array(0)];
    parts.forEach((part, number) => {
      encoder.sent(number, part);
    });
    const { symbol, equalLengths } = encoder.symbol(3, 3);
    decoder.received(0, parts[0] as Uint8Array);
    decoder.received(1, parts[1] as Uint8Array);
    decoder.equation(3, 3, equalLengths, symbol);
    expect(drain(decoder)).toEqual(new Map([[2, new Uint8Array(0)]]));
  });

  it('there is no symbol of nothing, or of packets that were not told', () => {
    const encoder = new RepairEncoder();
    const lengthOf = (number: number, window: number): number => {
      const { symbol } = encoder.symbol(number, window);
      expect(encoder.symbolLength(number, window)).toBe(symbol.length);
      return symbol.length;
    };
    expect(lengthOf(0, 6)).toBe(0);
    encoder.sent(0, new Uint8Array(0));
    expect(lengthOf(1, 1)).toBe(0);
    encoder.sent(1, new Uint8Array(9));
    encoder.sent(2, new Uint8Array(9));
    encoder.sent(4, new Uint8Array(9));
    expect([lengthOf(2, 1), lengthOf(3, 2), lengthOf(3, 3), lengthOf(5, 1), lengthOf(5, 2)]).toEqual([
      9, 9, 11, 9, 0,
    ]);
  });

  it('a window of 16 is whole, whether its carrier was told before or after', () => {
    const encoder = new RepairEncoder();
    for (let number = 0; number < 100; number++) encoder.sent(number, Uint8Array.of(number));
    const before = encoder.symbol(100, 16).symbol.slice();
    encoder.sent(100, Uint8Array.of(100));
    expect(encoder.symbol(100, 16).symbol).toEqual(before);
    expect(before.length).toBe(1);
  });

  it('the last 64 numbers are kept, and no more', () => {
    const found = (newest: number): Map<number, Uint8Array> => {
      const decoder = new RepairDecoder();
      decoder.received(newest, new Uint8Array(1));
      decoder.equation(1, 1, true, Uint8Array.of(coefficient(1, 0)));
      return drain(decoder);
    };
    expect(found(63)).toEqual(new Map([[0, Uint8Array.of(1)]]));
    expect(found(64)).toEqual(new Map());
  });

  it('a jump of numbers forgets what was before it', () => {
    const random = new SeededRandom(11);
    const packets = packetsFrom(
      0,
      8,
      random,
      () => 35,
      () => 6,
    );
    const decoder = new RepairDecoder();
    for (const number of [0, 1, 2, 5]) deliver(decoder, packets[number] as Packet);
    expect(decoder.waiting).toBe(1);
    decoder.received(1_000_000, new Uint8Array(1));
    expect([decoder.waiting, decoder.counters.late]).toEqual([0, 1]);
    decoder.equation(6, 6, true, new Uint8Array(35));
    expect(decoder.counters.late).toBe(2);
  });
});

describe('a repair decoder and a peer that lies', () => {
  it('drops symbols that cannot be', () => {
    const decoder = new RepairDecoder(100);
    decoder.received(0, new Uint8Array(10));
    decoder.equation(2, 2, true, new Uint8Array(11));
    decoder.equation(2, 2, false, new Uint8Array(11));
    expect(decoder.counters.inconsistent).toBe(2);
    decoder.equation(2, 2, false, new Uint8Array(1));
    decoder.equation(2, 2, false, new Uint8Array(103));
    decoder.equation(2, 2, true, new Uint8Array(101));
    expect(decoder.counters.unusable).toBe(3);
    expect([decoder.waiting, drain(decoder).size]).toEqual([0, 0]);
  });

  it('drops a recomputed part whose length is impossible', () => {
    const decoder = new RepairDecoder();
    decoder.equation(1, 1, false, Uint8Array.of(0xff, 0xff, 1, 2, 3));
    expect(drain(decoder).size).toBe(0);
    // The length says 1, but more than that is not 0.
    const unit = coefficient(2, 1);
    decoder.equation(2, 1, false, Uint8Array.of(0, unit, 7, 9));
    expect(drain(decoder).size).toBe(0);
    expect(decoder.counters).toMatchObject({ inconsistent: 2, recomputed: 0 });
    expect(decoder.waiting).toBe(0);
  });

  it('drops an equation that says otherwise than the others, and the packet that came', () => {
    const decoder = new RepairDecoder();
    decoder.equation(10, 2, true, Uint8Array.of(1, 2, 3));
    decoder.equation(10, 2, true, Uint8Array.of(1, 2, 3));
    expect([decoder.waiting, decoder.counters.redundant]).toEqual([1, 1]);
    decoder.equation(10, 2, true, Uint8Array.of(1, 2, 4));
    expect([decoder.waiting, decoder.counters.inconsistent]).toEqual([1, 1]);
    decoder.received(8, new Uint8Array(99));
    expect([decoder.waiting, decoder.counters.inconsistent]).toEqual([0, 2]);
  });

  it('keeps at most 32 rows and counts what goes', () => {
    const random = new SeededRandom(12);
    const decoder = new RepairDecoder();
    for (let number = 15; number < 78; number++) {
      const symbol = Uint8Array.from({ length: 20 }, () => random.int(0, 255));
      decoder.equation(number, 16, true, symbol);
      expect(decoder.waiting).toBeLessThanOrEqual(32);
    }
    expect(decoder.counters.crowded).toBeGreaterThan(20);
  });

  it('takes any symbols and parts: it never throws, and keeps what is bounded', () => {
    const small = fc.uint8Array({ maxLength: 8 });
    const step = fc.oneof(
      fc.record({ number: fc.nat(100), part: small }),
      fc.record({
        number: fc.nat(100),
        window: fc.integer({ min: 1, max: 16 }),
        equal: fc.boolean(),
        symbol: small,
      }),
      fc.record({ number: fc.constantFrom(2 ** 31, 2 ** 32 + 5, 2 ** 48 - 1), part: small }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), steps => {
        const decoder = new RepairDecoder(6);
        for (const step of steps) {
          if ('part' in step) decoder.received(step.number, step.part);
          else decoder.equation(step.number, step.window, step.equal, step.symbol);
          for (const [number, bytes] of drain(decoder)) {
            expect(number >= 0 && number < 2 ** 48).toBe(true);
            expect(bytes.length).toBeLessThanOrEqual(6);
          }
          expect(decoder.waiting).toBeLessThanOrEqual(32);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('recomputes what is honest after lies about other packets have aged', () => {
    const random = new SeededRandom(13);
    const packets = packetsFrom(
      0,
      300,
      random,
      () => 20,
      () => 6,
    );
    const decoder = new RepairDecoder();
    for (const packet of packets.slice(0, 100)) {
      const symbol = packet.symbol.map(byte => byte ^ random.int(0, 255));
      if (packet.number % 3 !== 0) deliver(decoder, { ...packet, symbol });
    }
    const found: number[] = [];
    for (const packet of packets.slice(164)) {
      if (packet.number % 5 === 0) continue;
      for (const [number, bytes] of deliver(decoder, packet)) {
        expect(bytes).toEqual(packets[number]?.part);
        found.push(number);
      }
    }
    expect(found).toEqual(expect.arrayContaining(Array.from({ length: 27 }, (_, index) => 165 + 5 * index)));
  });
});
