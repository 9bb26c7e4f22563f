/**
 * One plot as a figure: an SVG that the page stretches, with its labels as text beside it, so that they stay readable at any
 * width. Complete without script; `script.ts` adds zoom and a reading at the pointer.
 */
import { type Content, html, type Markup, trusted } from './markup.ts';
import { type Axes, placeOf, SPACE } from './path.ts';
import { type Scale, type Tick, ticksOf } from './scale.ts';

/** Colour and meaning of a trace; `style.ts` has a rule for each. */
export type Tone = 'client' | 'server' | 'ack' | 'window' | 'trouble';

export interface Trace {
  readonly tone: Tone;
  readonly kind: 'dots' | 'line' | 'bars' | 'area' | 'dashes';
  /** For the legend; none: it belongs to the trace before. */
  readonly name?: string | undefined;
  readonly path: string;
  /** There is room for larger dots. */
  readonly isSparse?: boolean | undefined;
}

/** A sign at one point, with what it says. */
export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly sign: string;
  readonly text: string;
}

export interface Axis {
  readonly scale: Scale;
  /** As `ms`, `KiB`. */
  readonly unit: string;
}

export interface Chart {
  readonly title: string;
  /** What one sees in it, and what to look for. */
  readonly explanation: Content;
  /** What somebody who does not see it should know. */
  readonly label: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly traces: readonly Trace[];
  readonly marks?: readonly Mark[] | undefined;
  /** Of the marks. */
  readonly marksName?: string | undefined;
  /** What was left out, or lies beyond the plot. */
  readonly notes?: readonly string[] | undefined;
}

const X_TICKS = 5;
const Y_TICKS = 4;

export function chartFigure(chart: Chart): Markup {
  const { x, y, traces, marks = [] } = chart;
  const axes: Axes = { x: x.scale, y: y.scale };
  const xTicks = ticksOf(x.scale, X_TICKS);
  const yTicks = ticksOf(y.scale, Y_TICKS);
  return html`<figure class="chart">
<figcaption><strong>${chart.title}</strong> <span>${chart.explanation}</span></figcaption>
<div class="plot" role="img" aria-label="${chart.label}" data-x="${scaleText(x.scale)}" data-y="${scaleText(y.scale)}" data-units="${x.unit} ${y.unit}">
<div class="ticks y" aria-hidden="true"><b>${y.unit}</b>${yTicks.map(tick => yLabel(axes, tick))}</div>
<div class="area"><svg viewBox="0 0 ${SPACE} ${SPACE}" preserveAspectRatio="none" aria-hidden="true" focusable="false">
<path class="grid" d="${gridPath(axes, xTicks, yTicks)}"/>
${traces.map(({ tone, kind, path, isSparse }) => html`<path class="${kind} ${tone}${isSparse === true && ' sparse'}" d="${trusted(path)}"/>`)}
</svg>${marks.map(mark => markAt(axes, mark))}</div>
<div class="ticks x" aria-hidden="true">${xTicks.map((tick, index) => xLabel(axes, tick, index === xTicks.length - 1 ? x.unit : ''))}</div>
</div>
${legend(chart)}
</figure>`;
}

function legend({ traces, marks = [], marksName, notes = [] }: Chart): Markup {
  const named = traces.filter(({ name }) => name !== undefined);
  return html`<p class="legend">${named.map(({ tone, kind, name }) => html`<span><i class="key ${kind} ${tone}"></i>${name}</span> `)}${
    marks.length > 0 &&
    marksName !== undefined &&
    html`<span><i class="key sign">${marks[0]!.sign}</i>${marksName}</span>`
  }</p>${notes.map(note => html`<p class="note">${note}</p>`)}`;
}

function gridPath(axes: Axes, xTicks: readonly Tick[], yTicks: readonly Tick[]): string {
  const { x, y } = axes;
  return [
    ...xTicks.map(({ value }) => `M${placeOf(axes, value, y.min)[0]} 0V${SPACE}`),
    ...yTicks.map(({ value }) => `M0 ${placeOf(axes, x.min, value)[1]}H${SPACE}`),
  ].join('');
}

/** The last label has the unit, which stands beside the number, so that this one stays below its line. */
function xLabel(axes: Axes, { value, label }: Tick, unit: string): Markup {
  return html`<span style="left:${percent(placeOf(axes, value, axes.y.min)[0])}">${label}${unit !== '' && html`<i>${unit}</i>`}</span>`;
}

function yLabel(axes: Axes, { value, label }: Tick): Markup {
  return html`<span style="top:${percent(placeOf(axes, axes.x.min, value)[1])}">${label}</span>`;
}

function markAt(axes: Axes, { x, y, sign, text }: Mark): Markup {
  const [left, top] = placeOf(axes, x, y);
  return html`<i class="mark" style="left:${percent(left)};top:${percent(top)}" title="${text}">${sign}</i>`;
}

function percent(units: number): string {
  return `${Number(((100 * units) / SPACE).toFixed(3))}%`;
}

function scaleText({ min, max, isLog }: Scale): string {
  return `${min} ${max} ${isLog ? 'log' : 'linear'}`;
}
