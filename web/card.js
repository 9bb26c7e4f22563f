// @ts-check
/**
 * One sensor's card: name, value, rate, trace and controls.
 */
import { drawTrace } from './chart.js';
import { sendCommand } from './commands.js';
import { agoText, decimalsFor, rateText, valueText } from './format.js';

const ANSWER_SHOWN_MS = 6_000;
/** Okabe and Ito's colours that stand out from the background: style.css has them. */
const COLOURS = 6;

/** @type {Map<string, number>} */
const sourceColours = new Map();

/** @type {WeakMap<Element, Card>} */
const cards = new WeakMap();

const resizes = new ResizeObserver(entries => {
  for (const { target, contentRect } of entries) cards.get(target)?.resize(contentRect);
});
const views = new IntersectionObserver(
  entries => {
    for (const { target, isIntersecting } of entries) cards.get(target)?.setVisible(isIntersecting);
  },
  { rootMargin: '100px' },
);

/**
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
export function find(root, selector, type) {
  const found = root.querySelector(selector);
  if (found instanceof type) return found;
  throw new Error(`${selector} is not in the page`);
}

/**
 * Changes a text only where it is another: the rest of the page keeps still.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export class Card {
  #sensor;
  #canvas;
  #value;
  #rate;
  #greatest;
  #least;
  #toggle;
  #output;
  #size = { width: 0, height: 0 };
  #visible = true;
  #paused = false;
  #answerTimer = 0;
  /** @type {{trace: string, grid: string} | undefined} */
  #colours;

  /**
   * @param {HTMLTemplateElement} template
   * @param {import('./model.js').Sensor} sensor
   */
  constructor(template, sensor) {
    this.#sensor = sensor;
    const { info } = sensor;
    const content = document.importNode(template.content, true);
    this.element = find(content, '.card', HTMLElement);
    this.#canvas = find(content, 'canvas', HTMLCanvasElement);
    this.#value = find(content, '.value', HTMLElement);
    this.#rate = find(content, '.rate', HTMLElement);
    this.#greatest = find(content, '.greatest', HTMLElement);
    this.#least = find(content, '.least', HTMLElement);
    this.#toggle = find(content, '.toggle', HTMLButtonElement);
    this.#output = find(content, 'output', HTMLOutputElement);
    setText(find(content, 'h2', HTMLElement), info.name);
    setText(find(content, '.source', HTMLElement), info.source);
    setText(find(content, '.unit', HTMLElement), info.unit);
    this.element.dataset.colour = String(colourOf(info.source));
    this.element.dataset.type = info.type;
    this.#listen(find(content, 'form', HTMLFormElement));
    cards.set(this.#canvas, this);
    resizes.observe(this.#canvas);
    views.observe(this.#canvas);
  }

  /** @param {{width: number, height: number}} size */
  resize({ width, height }) {
    this.#size = { width, height };
    this.#colours = undefined;
  }

  /** @param {boolean} visible */
  setVisible(visible) {
    this.#visible = visible;
  }

  /** The colour scheme has changed. */
  forgetColours() {
    this.#colours = undefined;
  }

  /** @param {{nowSlot: number, slots: number}} time */
  draw(time) {
    if (!this.#visible || this.#size.width === 0) return;
    this.#colours ??= coloursOf(this.#canvas);
    drawTrace(this.#canvas, this.#size, this.#sensor, time, this.#colours);
  }

  /** @param {number} nowSlot */
  write(nowSlot) {
    const sensor = this.#sensor;
    const { info, value } = sensor;
    const range = sensor.isNumeric ? sensor.range(nowSlot) : undefined;
    const decimals = info.decimals ?? decimalsFor(range === undefined ? 0 : range.high - range.low);
    const text = valueText(value, decimals);
    setText(this.#value, text);
    const [least, greatest] = limitsOf(info.type, range, decimals);
    setText(this.#greatest, greatest);
    setText(this.#least, least);
    const silent = sensor.isSilent;
    this.element.classList.toggle('silent', silent);
    const ago = agoText(performance.now() - sensor.arrivedAt);
    setText(this.#rate, silent ? `last reading ${ago}` : rateText(sensor.rate));
    const label = `${info.name} of ${info.source}, last 60 seconds${
      range === undefined
        ? ''
        : `: ${valueText(range.low, decimals)} to ${valueText(range.high, decimals)} ${info.unit}`
    }`;
    if (this.#canvas.ariaLabel !== label) this.#canvas.ariaLabel = label;
  }

  remove() {
    resizes.unobserve(this.#canvas);
    views.unobserve(this.#canvas);
    this.element.remove();
  }

  /** @param {HTMLFormElement} form */
  #listen(form) {
    const { info } = this.#sensor;
    const rate = find(form, 'input', HTMLInputElement);
    if (info.rateHz > 0) rate.value = String(info.rateHz);
    this.#toggle.ariaLabel = `Pause ${info.name} of ${info.source}`;
    this.#toggle.addEventListener('click', () => void this.#pauseOrResume());
    form.addEventListener('submit', event => {
      event.preventDefault();
      void this.#command({ action: 'rate', rateHz: rate.valueAsNumber });
    });
  }

  async #pauseOrResume() {
    if (!(await this.#command({ action: this.#paused ? 'resume' : 'pause' }))) return;
    this.#paused = !this.#paused;
    const { name, source } = this.#sensor.info;
    const word = this.#paused ? 'Resume' : 'Pause';
    setText(this.#toggle, word);
    this.#toggle.ariaLabel = `${word} ${name} of ${source}`;
  }

  /** @param {Parameters<typeof sendCommand>[1]} command */
  async #command(command) {
    clearTimeout(this.#answerTimer);
    setText(this.#output, '…');
    const { done, text } = await sendCommand(this.#sensor.info, command);
    this.#output.dataset.done = String(done);
    setText(this.#output, text);
    this.#answerTimer = setTimeout(() => setText(this.#output, ''), ANSWER_SHOWN_MS);
    return done;
  }
}

/**
 * What stands at the lower and upper end of the trace.
 * @param {import('./model.js').Info['type']} type
 * @param {import('./model.js').Range | undefined} range
 * @param {number} decimals
 * @returns {[string, string]}
 */
function limitsOf(type, range, decimals) {
  if (type === 'bool') return ['off', 'on'];
  if (range === undefined) return ['', ''];
  // Of a value that stays the same the line is in the middle, and a limit would only repeat it.
  if (range.low === range.high) return ['', ''];
  return [valueText(range.low, decimals), valueText(range.high, decimals)];
}

/**
 * One colour a sender, in the order in which they came.
 * @param {string} source
 */
function colourOf(source) {
  const known = sourceColours.get(source) ?? sourceColours.size % COLOURS;
  sourceColours.set(source, known);
  return known;
}

/** @param {Element} canvas */
function coloursOf(canvas) {
  const style = getComputedStyle(canvas);
  return { trace: style.getPropertyValue('--trace'), grid: style.getPropertyValue('--grid') };
}
