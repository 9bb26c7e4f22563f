/**
 * In which frame, and when, each packet of reliable UDP was seen: a ring by packet number that grows with what is under way.
 */

/** A sender has at most so many under way (docs/RELIABLE-UDP.md section 8). */
const MOST_KEPT = 16_384;
const FIRST_ROOM = 64;
/** A packet that nobody has acknowledged keeps its place until so many newer ones have come. */
const NONE = -1;

export class SentPackets {
  #numbers = new Float64Array(FIRST_ROOM).fill(NONE);
  #times = new Float64Array(FIRST_ROOM);
  #frames = new Float64Array(FIRST_ROOM);

  /** @param isUnderWay whether the packet that is in the way may still be asked for */
  add(number: number, frame: number, timeNs: number, isUnderWay: (number: number) => boolean): void {
    let at = number % this.#numbers.length;
    while (
      (this.#numbers[at] as number) !== NONE &&
      this.#numbers.length < MOST_KEPT &&
      isUnderWay(this.#numbers[at] as number)
    ) {
      this.#grow();
      at = number % this.#numbers.length;
    }
    this.#numbers[at] = number;
    this.#times[at] = timeNs;
    this.#frames[at] = frame;
  }

  /** 0: it was not seen, or long ago. */
  frameOf(number: number): number {
    const at = number % this.#numbers.length;
    return this.#numbers[at] === number ? (this.#frames[at] as number) : 0;
  }

  /** Undefined: it was not seen, or long ago. */
  timeOf(number: number): number | undefined {
    const at = number % this.#numbers.length;
    return this.#numbers[at] === number ? this.#times[at] : undefined;
  }

  #grow(): void {
    const [numbers, times, frames] = [this.#numbers, this.#times, this.#frames];
    const room = 2 * numbers.length;
    this.#numbers = new Float64Array(room).fill(NONE);
    this.#times = new Float64Array(room);
    this.#frames = new Float64Array(room);
    for (let index = 0; index < numbers.length; index++) {
      const number = numbers[index] as number;
      if (number === NONE) continue;
      const at = number % room;
      this.#numbers[at] = number;
      this.#times[at] = times[index] as number;
      this.#frames[at] = frames[index] as number;
    }
  }
}
