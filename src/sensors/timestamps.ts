/**
 * Times as people and programs write them, to whole microseconds since 1970-01-01 UTC.
 *
 * ISO 8601 is cut by hand, since Date keeps milliseconds only. A time without a zone is UTC, so that a file
 * means the same on every machine. A bare number is seconds, ms, µs or ns since 1970, told by its size.
 */

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;
const NUMBER = /^\d+(?:\.\d*)?(?:[eE]\+?\d{1,2})?$/;

/**
 * The time in µs, or undefined where the text is none, or is before 1970.
 *
 * `2026-11-20T20:43:58.123456Z`, `2026-11-20 20:43`, `2026-11-20`, `…+01:00`; or a number: below 10^11
 * seconds, below 10^14 milliseconds, below 10^17 microseconds, above nanoseconds (dates from 1973 to 5138).
 */
export function parseTime(text: string): number | undefined {
  const trimmed = text.trim();
  const us = NUMBER.test(trimmed) ? epochUs(Number(trimmed)) : isoUs(trimmed);
  return us !== undefined && Number.isSafeInteger(us) && us >= 0 ? us : undefined;
}

/** A number since 1970 in the unit that its size tells. */
function epochUs(value: number): number {
  if (value < 1e11) return Math.round(value * 1e6);
  if (value < 1e14) return Math.round(value * 1e3);
  return Math.round(value < 1e17 ? value : value / 1e3);
}

function isoUs(text: string): number | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(part => Number(part ?? 0));
  const wallMs = Date.UTC(year!, month! - 1, day!, hour, minute, second);
  // Date.UTC carries a 31st of June into July: what does not come back the same was no date.
  const back = new Date(wallMs);
  const same = back.getUTCMonth() === month! - 1 && back.getUTCDate() === day && back.getUTCHours() === hour;
  if (!same || back.getUTCMinutes() !== minute || back.getUTCSeconds() !== second) return undefined;
  const fractionUs = Math.floor(Number((match[7] ?? '').padEnd(9, '0')) / 1000);
  const zoneMinutes = zoneOf(match[8]);
  return zoneMinutes === undefined ? undefined : wallMs * 1000 + fractionUs - zoneMinutes * 60_000_000;
}

/** Minutes east of UTC. */
function zoneOf(zone: string | undefined): number | undefined {
  if (zone === undefined || /^z$/i.test(zone)) return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
