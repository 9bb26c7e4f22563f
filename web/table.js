// @ts-check
/**
 * The same as the cards, as a table: for screen readers, for copying, for many sensors.
 */
import { setText } from './card.js';
import { agoText, count, decimalsFor, rateText, valueText } from './format.js';

const NUMBERS_FROM = 2;
const COLUMNS = 8;

export class Table {
  #body;
  /** @type {Map<number, HTMLTableRowElement>} */
  #rows = new Map();

  /** @param {HTMLElement} body */
  constructor(body) {
    this.#body = body;
  }

  /** @param {import('./model.js').Model} model */
  write(model) {
    for (const [id, row] of this.#rows) {
      if (model.sensors.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    for (const sensor of model.sensors.values()) {
      const { cells } = this.#rowOf(sensor.id);
      for (const [at, text] of textsOf(sensor, model.nowSlot).entries()) {
        const cell = cells[at];
        if (cell !== undefined) setText(cell, text);
      }
    }
  }

  /** @param {number} id */
  #rowOf(id) {
    let row = this.#rows.get(id);
    if (row !== undefined) return row;
    row = document.createElement('tr');
    for (let at = 0; at < COLUMNS; at++) {
      const cell = document.createElement(at === 0 ? 'th' : 'td');
      if (at === 0) cell.setAttribute('scope', 'row');
      if (at >= NUMBERS_FROM) cell.className = 'number';
      row.append(cell);
    }
    this.#rows.set(id, row);
    this.#body.append(row);
    return row;
  }
}

/**
 * @param {import('./model.js').Sensor} sensor
 * @param {number} nowSlot
 */
function textsOf(sensor, nowSlot) {
  const { info, value } = sensor;
  const range = sensor.isNumeric ? sensor.range(nowSlot) : undefined;
  const decimals = info.decimals ?? decimalsFor(range === undefined ? 0 : range.high - range.low);
  /** @param {number | boolean | string} each */
  const withUnit = each => `${valueText(each, decimals)} ${info.unit}`.trimEnd();
  return [
    info.name,
    info.source,
    withUnit(value),
    range === undefined ? '–' : withUnit(range.low),
    range === undefined ? '–' : withUnit(range.high),
    rateText(sensor.rate),
    count(sensor.count),
    agoText(performance.now() - sensor.arrivedAt),
  ];
}
