// @ts-check
/**
 * The page: joins the connection, the model and what is seen.
 */
import { Card, find, setText } from './card.js';
import { count, durationText } from './format.js';
import { Live } from './live.js';
import { Model } from './model.js';
import { Table } from './table.js';

/** Traces move ten times a second, texts change four times: faster than that nobody reads. */
const DRAW_MS = 95;
const WRITE_MS = 250;
/** For people who asked for less motion. */
const CALM_MS = 1_000;
const SUMMARY_MS = 5_000;

/** @param {string} id */
const element = id => find(document, `#${id}`, HTMLElement);

const model = new Model();
/** @type {Map<import('./model.js').Sensor, Card>} */
const cards = new Map();
const table = new Table(element('rows'));
const template = find(document, '#card', HTMLTemplateElement);
const calm = matchMedia('(prefers-reduced-motion: reduce)');

const shown = { table: false, paused: false, lost: false, planned: false };
const at = { draw: 0, write: 0, summary: 0 };

const live = new Live({
  onMessage: message => {
    model.apply(message);
    plan();
  },
  onOpen: () => {
    shown.lost = false;
    element('notice').hidden = true;
    showStatus();
  },
  onLost: ({ waitMs, ended }) => {
    shown.lost = true;
    const what = ended ? 'The collector has ended.' : 'The connection to the collector is lost.';
    setText(element('notice-text'), `${what} Trying again in ${durationText(waitMs * 1_000)}.`);
    element('notice').hidden = false;
    showStatus();
  },
});

element('retry').addEventListener('click', () => live.connect());
element('pause').addEventListener('click', () => {
  shown.paused = !shown.paused;
  element('pause').ariaPressed = String(shown.paused);
  showStatus();
  plan();
});
element('view').addEventListener('click', () => {
  shown.table = !shown.table;
  element('view').ariaPressed = String(shown.table);
  element('table').hidden = !shown.table;
  element('cards').hidden = shown.table;
  at.write = 0;
  render();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const card of cards.values()) card.forgetColours();
});

function showStatus() {
  const state = shown.lost ? 'lost' : shown.paused ? 'paused' : 'live';
  element('status').dataset.state = state;
  element('readings').classList.toggle('old', shown.lost);
  setText(element('status-text'), state);
}

/** Renders with the next frame; a page that nobody sees renders nothing. */
function plan() {
  if (shown.planned || shown.paused) return;
  shown.planned = true;
  requestAnimationFrame(() => {
    shown.planned = false;
    if (!shown.paused) render();
  });
}

function render() {
  const now = performance.now();
  const [drawMs, writeMs] = calm.matches ? [CALM_MS, CALM_MS] : [DRAW_MS, WRITE_MS];
  syncCards();
  if (now - at.draw >= drawMs && !shown.table) {
    at.draw = now;
    for (const card of cards.values()) card.draw(model);
  }
  if (now - at.write >= writeMs) {
    at.write = now;
    writeTotals();
    if (shown.table) table.write(model);
    else for (const card of cards.values()) card.write(model.nowSlot);
  }
  if (now - at.summary >= SUMMARY_MS) {
    at.summary = now;
    writeSummary();
  }
}

/** One card for each sensor, in the order in which they came. */
function syncCards() {
  const sensors = new Set(model.sensors.values());
  for (const [sensor, card] of cards) {
    if (sensors.has(sensor)) continue;
    card.remove();
    cards.delete(sensor);
  }
  for (const sensor of sensors) {
    if (cards.has(sensor)) continue;
    const card = new Card(template, sensor);
    cards.set(sensor, card);
    element('cards').append(card.element);
    at.write = 0;
  }
  document.body.classList.toggle('commands', model.commands);
  element('empty').hidden = cards.size > 0 || model.totals === undefined;
}

function writeTotals() {
  const { totals } = model;
  if (totals === undefined) return;
  const { perSecond, readings, stored, connected, senders, sensors, missing, oneWayUs } = totals;
  setText(element('total-rate'), count(perSecond));
  setText(element('total-readings'), `${count(readings)} so far`);
  setText(element('total-stored'), count(stored));
  setText(
    element('total-waiting'),
    stored < readings ? `${count(readings - stored)} on the way` : 'all of them',
  );
  setText(element('total-senders'), count(connected));
  setText(element('total-sensors'), sendersText(senders - connected, sensors));
  setText(element('total-missing'), count(missing));
  setText(element('missing-note'), missing === 0 ? 'none lost' : 'never arrived');
  element('total-missing').classList.toggle('bad', missing > 0);
  setText(element('total-way'), oneWayUs === null ? '–' : durationText(oneWayUs));
  setText(element('way-note'), oneWayUs === null ? '' : WAY_NOTES[totals.oneWayClock]);
  const hidden = sensors - model.sensors.size;
  element('hidden-sensors').hidden = hidden <= 0;
  setText(element('hidden-sensors'), `${count(hidden)} more sensors are stored, but not shown.`);
}

const WAY_NOTES = {
  same: 'taken to arrived',
  corrected: 'clocks corrected',
  uncorrected: 'clocks not compared',
};

/**
 * @param {number} gone
 * @param {number} sensors
 */
function sendersText(gone, sensors) {
  const text = sensors === 1 ? '1 sensor' : `${count(sensors)} sensors`;
  return gone > 0 ? `${text}, ${count(gone)} left` : text;
}

/** What a screen reader says now and then: only what is news, and never every number. */
function writeSummary() {
  const { totals } = model;
  if (totals === undefined) return;
  const { connected, sensors, missing, perSecond } = totals;
  const rate = perSecond < 1 ? 'fewer than one' : `about ${count(Number(perSecond.toPrecision(1)))}`;
  const lost = missing === 0 ? 'none' : count(missing);
  setText(
    element('summary'),
    `${count(connected)} senders with ${count(sensors)} sensors, ${rate} readings a second, ${lost} missing.`,
  );
}
