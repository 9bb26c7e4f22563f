/**
 * Named timers of a machine that has no clock: set and cleared by name, asked which is next and which are due.
 */

/** Deadlines in monotonic microseconds, one a name. */
export class Deadlines<Name extends string> {
  readonly #at = new Map<Name, number>();

  set(name: Name, atUs: number): void {
    this.#at.set(name, atUs);
  }

  clear(...names: Name[]): void {
    for (const name of names) this.#at.delete(name);
  }

  clearAll(): void {
    this.#at.clear();
  }

  isSet(name: Name): boolean {
    return this.#at.has(name);
  }

  /** The earliest deadline, or undefined where none is set. */
  get next(): number | undefined {
    let earliest: number | undefined;
    for (const at of this.#at.values()) if (earliest === undefined || at < earliest) earliest = at;
    return earliest;
  }

  /** Takes out the earliest that is due. One at a time, since what is done about it may clear the others. */
  takeDue(nowUs: number): Name | undefined {
    const next = this.next;
    if (next === undefined || next > nowUs) return undefined;
    for (const [name, at] of this.#at) {
      if (at !== next) continue;
      this.#at.delete(name);
      return name;
    }
    return undefined;
  }
}
