/**
 * Single values of link settings as people write them, and back without loss: shares, rates, durations, counts, choices.
 */
import { UsageError } from '../errors/errors.ts';

const SHARE = /^((?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:e-?[0-9]+)?)(%?)$/i;
const RATE = /^([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([kmg]?)(?:bit(?:\/s)?)?$/i;
const RATE_FACTORS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1e3],
  ['m', 1e6],
  ['g', 1e9],
]);

/** A share of 0 to 1: `5%` or `0.05`. @throws UsageError SW_BAD_LINK */
export function readShare(text: string): number {
  const [, number = '', percent] = SHARE.exec(text) ?? [];
  const value = Number(number) / (percent === '%' ? 100 : 1);
  if (number === '' || value > 1)
    throw wrong(`"${text}" is not a share: write 0% to 100%, or 0 to 1, such as 5% or 0.05`);
  return value;
}

/** In percent, where that reads as the same number again. */
export function formatShare(share: number): string {
  const percent = String(Number((share * 100).toPrecision(12)));
  return Number(percent) / 100 === share ? `${percent}%` : String(share);
}

/** Bits a second: `10mbit`, `512kbit/s`, `1g`, `9600`; 0: no limit. @throws UsageError SW_BAD_LINK */
export function readRate(text: string): number {
  const [, number = '', unit = ''] = RATE.exec(text) ?? [];
  if (number === '') throw wrong(`"${text}" is not a rate: write it like 10mbit, 512kbit or 1gbit`);
  return Math.round(Number(number) * RATE_FACTORS.get(unit.toLowerCase())!);
}

export function formatRate(rateBps: number): string {
  for (const [unit, factor] of [...RATE_FACTORS].reverse())
    if (rateBps >= factor && rateBps % factor === 0) return `${rateBps / factor}${unit}bit`;
  return String(rateBps);
}

/** A duration in the largest unit in which it is whole. */
export function formatUs(us: number): string {
  if (us % 1_000_000 === 0) return `${us / 1_000_000}s`;
  return us % 1_000 === 0 ? `${us / 1_000}ms` : `${us}us`;
}

/** A whole number. @throws UsageError SW_BAD_LINK */
export function readCount(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw wrong(`"${text}" is not a whole number, such as 100`);
  return Number(text);
}

/** One of these words. @throws UsageError SW_BAD_LINK */
export function readChoice<const Choice extends string>(text: string, choices: readonly Choice[]): Choice {
  const chosen = choices.find(choice => choice === text);
  if (chosen === undefined) throw wrong(`"${text}" should be one of ${choices.join(', ')}`);
  return chosen;
}

/** The parts between colons, `least` to `most` of them. @throws UsageError SW_BAD_LINK that shows the form */
export function readParts(text: string, least: number, most: number, form: string): string[] {
  const parts = text.split(':');
  if (parts.length < least || parts.length > most) throw wrong(`"${text}" should be ${form}`);
  return parts;
}

function wrong(message: string): UsageError {
  return new UsageError('SW_BAD_LINK', message);
}
