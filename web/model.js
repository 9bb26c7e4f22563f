// @ts-check
/**
 * What the page knows: sensors and totals, kept up to date by messages. Draws nothing.
 *
 * The messages are described in src/dashboard/live-message.ts.
 */

/**
 * @typedef {object} Info
 * @property {string} source
 * @property {string} name
 * @property {string} unit
 * @property {'bool' | 'int' | 'uint' | 'float32' | 'float64' | 'text' | 'bytes'} type
 * @property {number} rateHz
 * @property {number | null} decimals
 */
/**
 * @typedef {object} State
 * @property {number} id
 * @property {Info} [info]
 * @property {number | boolean | string} value
 * @property {number} takenMs
 * @property {number} agoMs
 * @property {number} count
 * @property {number} rate
 * @property {number[]} points
 */
/**
 * @typedef {object} Totals
 * @property {number} readings
 * @property {number} perSecond
 * @property {number} stored
 * @property {number} connected
 * @property {number} senders
 * @property {number} sensors
 * @property {number} missing
 * @property {number | null} oneWayUs
 * @property {'same' | 'corrected' | 'uncorrected'} oneWayClock
 */
/**
 * @typedef {object} Message
 * @property {{slotMs: number, slots: number, commands: boolean}} [full]
 * @property {number} nowMs
 * @property {Totals} [totals]
 * @property {number[]} [removed]
 * @property {State[]} sensors
 */
/** @typedef {{low: number, high: number}} Range */

/** One sensor: its latest state, and a ring of slots with least and greatest value. */
export class Sensor {
  #slots;
  #lows;
  #highs;

  /**
   * @param {number} id
   * @param {Info} info
   * @param {number} slots
   */
  constructor(id, info, slots) {
    this.id = id;
    this.info = info;
    /** @type {number | boolean | string} */
    this.value = '';
    this.count = 0;
    this.rate = 0;
    /** When the last reading came, in this page's time (performance.now). */
    this.arrivedAt = 0;
    this.#slots = new Float64Array(slots).fill(-1);
    this.#lows = new Float64Array(slots);
    this.#highs = new Float64Array(slots);
  }

  get isNumeric() {
    return this.info.type !== 'bool' && !this.isText;
  }

  get isText() {
    return this.info.type === 'text' || this.info.type === 'bytes';
  }

  /**
   * @param {State} state
   * @param {number} nowSlot
   */
  apply(state, nowSlot) {
    this.value = state.value;
    this.count = state.count;
    this.rate = state.rate;
    this.arrivedAt = performance.now() - state.agoMs;
    for (let at = 0; at + 2 < state.points.length; at += 3) {
      const slot = nowSlot - (state.points[at] ?? 0);
      const place = slot % this.#slots.length;
      this.#slots[place] = slot;
      this.#lows[place] = state.points[at + 1] ?? 0;
      this.#highs[place] = state.points[at + 2] ?? 0;
    }
  }

  /**
   * Calls `each` for every slot that holds something, oldest first; age in slots.
   * @param {number} nowSlot
   * @param {(age: number, low: number, high: number) => void} each
   */
  forEach(nowSlot, each) {
    const { length } = this.#slots;
    for (let age = length - 1; age >= 0; age--) {
      const slot = nowSlot - age;
      const at = slot % length;
      if (this.#slots[at] === slot) each(age, this.#lows[at] ?? 0, this.#highs[at] ?? 0);
    }
  }

  /**
   * Least and greatest value of the trace, or undefined where it is empty.
   * @param {number} nowSlot
   * @returns {Range | undefined}
   */
  range(nowSlot) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    this.forEach(nowSlot, (_age, least, greatest) => {
      if (least < low) low = least;
      if (greatest > high) high = greatest;
    });
    return low <= high ? { low, high } : undefined;
  }

  /** True where nothing has come for longer than its rate lets expect. */
  get isSilent() {
    const expectedMs = this.info.rateHz > 0 ? 3_000 / this.info.rateHz : 0;
    return performance.now() - this.arrivedAt > Math.max(3_000, expectedMs);
  }
}

export class Model {
  /** @type {Map<number, Sensor>} */
  sensors = new Map();
  /** @type {Totals | undefined} */
  totals;
  slots = 600;
  slotMs = 100;
  nowSlot = 0;
  /** Whether the collector takes commands from here. */
  commands = false;

  /** @param {Message} message */
  apply(message) {
    if (message.full !== undefined) {
      ({ slots: this.slots, slotMs: this.slotMs, commands: this.commands } = message.full);
      this.sensors.clear();
    }
    this.nowSlot = Math.floor(message.nowMs / this.slotMs);
    if (message.totals !== undefined) this.totals = message.totals;
    for (const id of message.removed ?? []) this.sensors.delete(id);
    for (const state of message.sensors) this.#sensor(state)?.apply(state, this.nowSlot);
  }

  /** @param {State} state */
  #sensor({ id, info }) {
    const known = this.sensors.get(id);
    if (known !== undefined || info === undefined) return known;
    const made = new Sensor(id, info, this.slots);
    this.sensors.set(id, made);
    return made;
  }
}
