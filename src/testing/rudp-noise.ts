/**
 * Datagrams that no honest peer sends: random ones, and honest ones with damage of every kind.
 */
import type { SeededRandom } from './seeded-random.ts';

const MOST_BYTES = 1_472;

/** Bytes by chance, of which the first is often that of a packet. */
export function randomDatagram(random: SeededRandom): Uint8Array {
  const bytes = randomBytes(random, random.pick([0, 1, 4, 5, 6, 9, 16, 40, 200, MOST_BYTES]));
  if (bytes.length > 0 && random.chance(0.7))
    bytes[0] = random.pick([0x20, 0x28, 0x60, 0x00, 0x80, 0x81, 0x82, 0x83, 0x84]);
  return bytes;
}

/** A packet for one connection with frames by chance: what a peer could send that is out of its mind. */
export function wildPacket(random: SeededRandom, receiverId: number): Uint8Array {
  const frames = Array.from({ length: random.int(0, 6) }, () => wildFrame(random)).flat();
  const isNumbered = random.chance(0.8);
  const numberBytes = isNumbered ? random.int(1, 4) : 0;
  const first = (isNumbered ? 0x20 | ((numberBytes - 1) << 3) : 0) | (random.chance(0.5) ? 0x40 : 0);
  const head = [first, receiverId >>> 24, receiverId >>> 16, receiverId >>> 8, receiverId];
  const number = Array.from({ length: numberBytes }, (_, index) =>
    index === numberBytes - 1 ? random.int(0, 255) : 0,
  );
  return Uint8Array.from([...head, ...number, ...frames].slice(0, MOST_BYTES));
}

function wildFrame(random: SeededRandom): number[] {
  const type = random.pick([
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x40, 0x4c, 0x50, 0x60, 0x78, 0x80, 0xc3, 0xff,
  ]);
  // Small numbers are the likely ones: of ranges, lengths, sequences.
  const value = (): number => (random.chance(0.8) ? random.int(0, 8) : random.int(0, 255));
  return [type, ...Array.from({ length: random.int(0, 24) }, value)];
}

/** A changed copy: bits, bytes, length, or a piece of another one. */
export function damagedCopy(random: SeededRandom, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  switch (random.int(0, 4)) {
    case 0:
      for (let flips = random.int(1, 8); flips > 0 && copy.length > 0; flips--)
        (copy[random.int(0, copy.length - 1)] as number) ^= 1 << random.int(0, 7);
      return copy;
    case 1:
      return copy.subarray(0, random.int(0, copy.length));
    case 2:
      return Uint8Array.from([...copy, ...randomBytes(random, random.int(1, 60))]).subarray(0, MOST_BYTES);
    case 3: {
      const at = random.int(0, copy.length);
      return Uint8Array.from([...copy.subarray(0, at), ...other.subarray(Math.min(at, other.length))]);
    }
    default:
      // The head stays, so that it reaches its connection.
      for (let at = Math.min(9, copy.length); at < copy.length; at++)
        if (random.chance(0.1)) copy[at] = random.int(0, 255);
      return copy;
  }
}

function randomBytes(random: SeededRandom, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => random.int(0, 255));
}
