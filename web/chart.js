// @ts-check
/**
 * Draws a trace: the band from least to greatest value, gaps as gaps, and the last point as a dot.
 */

/**
 * @typedef {object} Size
 * @property {number} width CSS pixels
 * @property {number} height
 */
/** @typedef {{trace: string, grid: string}} Colours */
/** @typedef {{age: number, low: number, high: number}} Point */

const PADDING = 6;
const LINE = 1.5;
/** Room at the right for the dot. */
const RIGHT = 5;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Size} size
 * @param {import('./model.js').Sensor} sensor
 * @param {{nowSlot: number, slots: number}} time
 * @param {Colours} colours
 */
export function drawTrace(canvas, size, sensor, { nowSlot, slots }, colours) {
  const context = fitted(canvas, size);
  if (context === null) return;
  drawGrid(context, size, colours.grid);
  const runs = sensor.isText ? [] : runsOf(sensor, nowSlot);
  const x = xScale(size, slots);
  if (sensor.isText) drawMarks(context, size, sensor, nowSlot, x, colours.trace);
  const range = sensor.info.type === 'bool' ? { low: 0, high: 1 } : sensor.range(nowSlot);
  if (range === undefined || runs.length === 0) return;
  const y = yScale(size, range);
  context.strokeStyle = context.fillStyle = colours.trace;
  context.lineWidth = LINE;
  context.lineJoin = context.lineCap = 'round';
  for (const run of runs) drawRun(context, run, x, y);
  drawLast(context, runs, x, y);
}

/**
 * Gives the context, with as many pixels as the screen has.
 * @param {HTMLCanvasElement} canvas
 * @param {Size} size
 */
function fitted(canvas, { width, height }) {
  const ratio = devicePixelRatio || 1;
  const [wide, tall] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== tall) [canvas.width, canvas.height] = [wide, tall];
  const context = canvas.getContext('2d');
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}

/**
 * Lines every ten seconds.
 * @param {CanvasRenderingContext2D} context
 * @param {Size} size
 * @param {string} colour
 */
function drawGrid(context, { width, height }, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let part = 0; part <= 6; part++) {
    const x = Math.round(((width - RIGHT) * part) / 6) + 0.5;
    context.moveTo(x, 0);
    context.lineTo(x, height);
  }
  context.stroke();
}

/**
 * Points that belong together. Between slow readings there are empty slots without anything missing: the usual distance
 * between two readings tells a gap from a pause.
 * @param {import('./model.js').Sensor} sensor
 * @param {number} nowSlot
 * @returns {Point[][]}
 */
function runsOf(sensor, nowSlot) {
  /** @type {Point[]} */
  const points = [];
  sensor.forEach(nowSlot, (age, low, high) => points.push({ age, low, high }));
  const distances = points.slice(1).map((point, at) => (points[at]?.age ?? 0) - point.age);
  distances.sort((one, other) => one - other);
  const usual = distances[distances.length >> 1] ?? 1;
  const most = Math.max(usual * 2.5, usual + 2);
  /** @type {Point[][]} */
  const runs = [];
  let before = Number.POSITIVE_INFINITY;
  for (const point of points) {
    if (before - point.age > most) runs.push([]);
    runs.at(-1)?.push(point);
    before = point.age;
  }
  return runs;
}

/**
 * @param {Size} size
 * @param {number} slots
 * @returns {(age: number) => number}
 */
function xScale({ width }, slots) {
  return age => (width - RIGHT) * (1 - age / (slots - 1));
}

/**
 * @param {Size} size
 * @param {import('./model.js').Range} range
 * @returns {(value: number) => number}
 */
function yScale({ height }, { low, high }) {
  const inner = height - 2 * PADDING;
  if (low === high) return () => height / 2;
  return value => PADDING + (inner * (high - value)) / (high - low);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point[]} run
 * @param {(age: number) => number} x
 * @param {(value: number) => number} y
 */
function drawRun(context, run, x, y) {
  const [first] = run;
  if (first === undefined) return;
  context.beginPath();
  context.moveTo(x(first.age), y(first.high));
  for (const { age, high } of run) context.lineTo(x(age), y(high));
  for (const { age, low } of run.toReversed()) context.lineTo(x(age), y(low));
  context.closePath();
  context.globalAlpha = 0.22;
  context.fill();
  context.globalAlpha = 1;
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point[][]} runs
 * @param {(age: number) => number} x
 * @param {(value: number) => number} y
 */
function drawLast(context, runs, x, y) {
  const last = runs.at(-1)?.at(-1);
  if (last === undefined) return;
  context.beginPath();
  context.arc(x(last.age), y((last.low + last.high) / 2), 3.5, 0, 2 * Math.PI);
  context.fill();
}

/**
 * A stroke for every slot in which a text came.
 * @param {CanvasRenderingContext2D} context
 * @param {Size} size
 * @param {import('./model.js').Sensor} sensor
 * @param {number} nowSlot
 * @param {(age: number) => number} x
 * @param {string} colour
 */
function drawMarks(context, { height }, sensor, nowSlot, x, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1.25;
  context.beginPath();
  sensor.forEach(nowSlot, age => {
    context.moveTo(x(age), height * 0.3);
    context.lineTo(x(age), height * 0.7);
  });
  context.stroke();
}
