/**
 * What is compared: fields that tshark shows, with those that our decoders make it expect.
 */
import { expect } from 'vitest';
import {
  CaptureFile,
  COLLECTOR,
  type DissectorBench,
  FIELDS,
  type Place,
  type Shown,
  show,
  type Value,
} from './dissector-capture.ts';
import { RudpWatch } from './dissector-expect-rudp.ts';

/** Every field, and below those of telemetry. */
const NAMES: readonly string[] = FIELDS.map(({ fullName }) => fullName);
export const TELEMETRY_NAMES: readonly string[] = NAMES.filter(name => name.startsWith('sensewire.'));

/** All the values of some frames, by field. */
export function merged(all: readonly Shown[]): Shown {
  const sum: Shown = new Map();
  for (const shown of all) for (const [name, values] of shown) show(sum, name, ...values);
  return sum;
}

/** Compared field by field, so that a difference names its field and little else. */
export function compare(got: Shown, expected: Shown, where: string): void {
  for (const name of new Set([...got.keys(), ...expected.keys()])) {
    const values = got.get(name) ?? [];
    const wanted = expected.get(name) ?? [];
    // tshark shows 15 digits of a double; everything else is exact.
    const same = DOUBLES.has(name) ? isNear : Object.is;
    if (values.length === wanted.length && values.every((value, index) => same(value, wanted[index])))
      continue;
    expect(values, `${where}: ${name}`).toEqual(wanted);
  }
}

const DOUBLES = new Set(FIELDS.filter(({ type }) => type === 'double').map(({ fullName }) => fullName));

function isNear(value: Value, wanted: Value | undefined): boolean {
  if (typeof value !== 'number' || typeof wanted !== 'number') return value === wanted;
  return Math.abs(value - wanted) <= Math.abs(wanted) * 1e-14;
}

/** Datagrams of reliable UDP as they were sent, with what the dissector has to show of each. */
export class RudpRecord {
  readonly file: CaptureFile = new CaptureFile();
  readonly watch: RudpWatch = new RudpWatch();
  readonly datagrams: Uint8Array[] = [];
  readonly #expected: Shown[] = [];
  readonly #places: Map<string, Place> = new Map([['server', COLLECTOR]]);

  add(bytes: Uint8Array, atUs: number, from: string, to: string): void {
    this.file.udp(atUs, this.#place(from), this.#place(to), bytes);
    this.datagrams.push(bytes);
    this.#expected.push(this.watch.expect(bytes, this.file.frames, atUs));
  }

  /** Runs tshark, once over the capture, and twice as Wireshark does. */
  async check(bench: DissectorBench, where: string): Promise<void> {
    for (const passes of [[], ['-2']]) {
      const got = await bench.fields(this.file, NAMES, ...passes);
      expect(got).toHaveLength(this.#expected.length);
      for (const [index, expected] of this.#expected.entries())
        compare(got[index] as Shown, expected, `${where}, frame ${index + 1} ${passes}`);
    }
  }

  #place(address: string): Place {
    const place = this.#places.get(address) ?? { host: 10 + this.#places.size, port: 40_000 };
    this.#places.set(address, place);
    return place;
  }
}
