/**
 * Times as ISO 8601 in UTC with microseconds: `2026-01-02T03:04:05.678901Z`.
 */

/** Makes texts of times; remembers the last second, since readings come in order. */
export class TimeText {
  #second = Number.NaN;
  #prefix = '';

  /** @param timeUs whole microseconds since 1970 */
  of(timeUs: number): string {
    const second = Math.floor(timeUs / 1_000_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#prefix = new Date(second * 1_000).toISOString().slice(0, -4);
    }
    return `${this.#prefix}${String(timeUs - second * 1_000_000).padStart(6, '0')}Z`;
  }
}

const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?Z$/;

/** Microseconds since 1970 of such a text, or undefined where it is none. */
export function parseTime(text: string): number | undefined {
  const match = ISO.exec(text);
  const ms = match ? Date.parse(`${match[1]}Z`) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms * 1_000 + Number((match?.[2] ?? '').padEnd(6, '0'));
}
