/**
 * The part of a sensor's spec after its kind: `[PATH,]key=value,key=value`.
 *
 * A path may hold commas and equals signs: only the parts at the end that begin with a key which the kind
 * knows are options. Every error is a UsageError SW_BAD_SENSOR that names the spec.
 */
import { UsageError } from '../errors/errors.ts';
import { parseDuration } from '../time/quantities.ts';
import { nearest } from './nearest.ts';

/** Bounds of a number in a spec. */
export interface NumberRange {
  readonly above?: number;
  readonly least?: number;
  readonly most?: number;
  readonly whole?: boolean;
}

/** The options of one spec, read with defaults. */
export class SpecOptions {
  readonly #spec: string;
  readonly #values: ReadonlyMap<string, string>;

  private constructor(spec: string, values: ReadonlyMap<string, string>) {
    this.#spec = spec;
    this.#values = values;
  }

  /** Reads `key=value,key=value`. @throws UsageError SW_BAD_SENSOR for anything else or an unknown key. */
  static parse(spec: string, text: string, keys: readonly string[]): SpecOptions {
    const values = new Map<string, string>();
    for (const part of text === '' ? [] : text.split(',')) {
      const equals = part.indexOf('=');
      if (equals < 1) throw badSpec(spec, `"${part}" should be key=value, with one of ${keys.join(', ')}`);
      const key = part.slice(0, equals);
      if (!keys.includes(key)) {
        const close = nearest(key, keys);
        const hint = close === undefined ? '' : `did you mean "${close}"? `;
        throw badSpec(spec, `there is no option "${key}": ${hint}There are ${keys.join(', ')}`);
      }
      if (values.has(key)) throw badSpec(spec, `"${key}" is given twice`);
      values.set(key, part.slice(equals + 1));
    }
    return new SpecOptions(spec, values);
  }

  /** Splits a path from the options behind it. */
  static parsePath(spec: string, text: string, keys: readonly string[]): [path: string, SpecOptions] {
    const parts = text.split(',');
    let first = parts.length;
    while (first > 1 && keys.includes(/^([a-z]+)=/.exec(parts[first - 1]!)?.[1] ?? '')) first--;
    return [parts.slice(0, first).join(','), SpecOptions.parse(spec, parts.slice(first).join(','), keys)];
  }

  text(key: string, fallback: string): string {
    return this.#values.get(key) ?? fallback;
  }

  number(key: string, fallback: number, range: NumberRange = {}): number {
    const text = this.#values.get(key);
    if (text === undefined) return fallback;
    const value = text.trim() === '' ? Number.NaN : Number(text);
    const { above = -Infinity, least = -Infinity, most = Infinity, whole = false } = range;
    const fits = value > above && value >= least && value <= most && (!whole || Number.isSafeInteger(value));
    if (!Number.isFinite(value) || !fits) {
      const bounds = [
        Number.isFinite(above) ? ` above ${above}` : '',
        Number.isFinite(least) ? ` from ${least}` : '',
        Number.isFinite(most) ? ` up to ${most}` : '',
      ].join('');
      throw badSpec(this.#spec, `${key}=${text} should be a ${whole ? 'whole ' : ''}number${bounds}`);
    }
    return value;
  }

  /** A duration in µs, above 0. */
  duration(key: string, fallbackUs: number): number {
    const text = this.#values.get(key);
    if (text === undefined) return fallbackUs;
    let us = 0;
    try {
      us = parseDuration(text);
    } catch {
      // Told below, with the spec.
    }
    if (us <= 0)
      throw badSpec(this.#spec, `${key}=${text} should be a duration above 0 such as 10s or 250ms`);
    return us;
  }

  choice<const Choice extends string>(key: string, choices: readonly [Choice, ...Choice[]]): Choice {
    const text = this.#values.get(key);
    if (text === undefined) return choices[0];
    const chosen = choices.find(choice => choice === text);
    if (chosen === undefined)
      throw badSpec(this.#spec, `${key}=${text} should be one of ${choices.join(', ')}`);
    return chosen;
  }
}

/** The error for a spec that cannot be. */
export function badSpec(spec: string, problem: string): UsageError {
  return new UsageError('SW_BAD_SENSOR', `sensor "${spec}": ${problem}`);
}
