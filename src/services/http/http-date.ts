/**
 * Dates of HTTP heads (RFC 9110 section 5.6.7), in whole seconds.
 */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = MONTHS.join('|');
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';

/** The form that is written today, and the two that old programs write. */
const FORMS = [
  new RegExp(
    `^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\\d\\d) (?<month>${MONTH}) (?<year>\\d{4}) ${TIME} GMT$`,
  ),
  new RegExp(
    `^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d\\d)-(?<month>${MONTH})-(?<year>\\d\\d) ${TIME} GMT$`,
  ),
  new RegExp(
    `^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<month>${MONTH}) (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`,
  ),
];

/**
 * Milliseconds since 1970-01-01 UTC; undefined for what is no date.
 * @param nowMs decides the century of a year with two digits: not more than 50 years ahead
 */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts === undefined) continue;
    const number = (name: string): number => Number(parts[name]);
    const [day, hour, minute, second] = [number('day'), number('hour'), number('minute'), number('second')];
    const month = MONTHS.indexOf(parts['month'] as string);
    const year = parts['year']?.length === 2 ? fullYear(number('year'), nowMs) : number('year');
    // A leap second is the next one here, as in POSIX.
    if (hour > 23 || minute > 59 || second > 60) return undefined;
    const midnight = new Date(0);
    midnight.setUTCFullYear(year, month, day);
    if (midnight.getUTCDate() !== day || midnight.getUTCMonth() !== month) return undefined;
    return midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1_000;
  }
  return undefined;
}

function fullYear(twoDigits: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}
