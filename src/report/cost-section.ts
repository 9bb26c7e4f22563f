/** A cost sheet: stacked bars and the numbers behind them. */
import { COST_LAYERS, type CostSheet, overheadRatio, type UnitCost, wireBytes } from '../analysis/cost.ts';
import { CAUSE_WORDS, LAYER_WORDS } from '../analysis/cost-words.ts';
import { bytesText, counted, countText, percentText } from '../analysis/words.ts';
import { type Content, html, type Markup } from './markup.ts';

interface Part {
  readonly name: string;
  readonly bytes: number;
  /** Class of its colour. */
  readonly tone: string;
  readonly detail?: string | undefined;
}

export function layerParts({ layers }: CostSheet): Part[] {
  return COST_LAYERS.map(layer => ({
    name: LAYER_WORDS[layer],
    bytes: layers[layer],
    tone: `layer-${layer}`,
  })).filter(({ bytes }) => bytes > 0);
}

function causeParts({ causes }: CostSheet): Part[] {
  return causes.map(({ cause, bytes, frames }) => ({
    name: CAUSE_WORDS[cause],
    bytes,
    tone: `cause-${cause}`,
    detail: counted(frames, 'frame'),
  }));
}

export function costSection(cost: CostSheet): Markup {
  return html`<p>${ratioText(cost)}</p>
<div class="pair"><div><h5>By layer</h5>${stackedBar(layerParts(cost), cost.bytes)}${partsTable(layerParts(cost), cost.bytes)}${applicationTable(cost)}</div>
<div><h5>By cause</h5>${stackedBar(causeParts(cost), cost.bytes)}${partsTable(causeParts(cost), cost.bytes)}${unitsTable(cost)}</div></div>
${uncapturedText(cost)}`;
}

function ratioText(cost: CostSheet): string {
  const { bytes, frames, newPayloadBytes, bound } = cost;
  if (newPayloadBytes === 0) return `${bytesText(bytes)} in ${counted(frames, 'frame')}, without payload.`;
  return `${bytesText(bytes)} in ${counted(frames, 'frame')} for ${bytesText(newPayloadBytes)} of payload: ${digits(overheadRatio(cost))} bytes on the wire for each byte. With the smallest headers, and nothing else, it would have been ${bytesText(bound.bytes)}.`;
}

/** One bar; each part has its name in the table below, and as a title. */
export function stackedBar(parts: readonly Part[], all: number): Markup {
  return html`<div class="bar" aria-hidden="true">${parts.map(
    ({ name, bytes, tone }) =>
      html`<i class="${tone}" style="width:${width(bytes, all)}" title="${name}: ${bytesText(bytes)}, ${percentText(bytes / all)}">${bytes / all > 0.12 && html`<span>${name}</span>`}</i>`,
  )}</div>`;
}

export function width(bytes: number, all: number): string {
  return `${all === 0 ? 0 : Number(((100 * bytes) / all).toFixed(2))}%`;
}

function partsTable(parts: readonly Part[], all: number): Markup {
  const hasDetail = parts.some(({ detail }) => detail !== undefined);
  return html`<div class="scroll"><table class="parts"><thead><tr><th scope="col" class="text">part</th>${hasDetail && html`<th scope="col">frames</th>`}<th scope="col">bytes</th><th scope="col">share</th></tr></thead><tbody>${parts.map(
    ({ name, bytes, tone, detail }) =>
      html`<tr><th scope="row" class="text"><i class="swatch ${tone}"></i>${name}</th>${hasDetail && html`<td>${detail?.replace(/ .*/, '')}</td>`}<td>${countText(Math.round(bytes))}</td><td>${percentText(all === 0 ? 0 : bytes / all)}</td></tr>`,
  )}</tbody></table></div>`;
}

function applicationTable({ application }: CostSheet): Content {
  if (application.length === 0) return false;
  return html`<h5>Our own headers, in detail</h5><div class="scroll"><table><tbody>${application.map(
    ({ name, bytes }) =>
      html`<tr><th scope="row" class="text">${name}</th><td>${countText(Math.round(bytes))}</td></tr>`,
  )}</tbody></table></div>`;
}

function unitsTable({ messages, readings }: CostSheet): Content {
  const rows: readonly (readonly [string, UnitCost | undefined])[] = [
    ['message', messages],
    ['reading', readings],
  ];
  const known = rows.filter((row): row is readonly [string, UnitCost] => row[1] !== undefined);
  if (known.length === 0) return false;
  return html`<h5>For each message and reading</h5><div class="scroll"><table><thead><tr><th scope="col" class="text">one</th><th scope="col">of</th><th scope="col">costs</th><th scope="col">payload</th><th scope="col">least possible</th></tr></thead><tbody>${known.map(
    ([name, { count, bytesEach, payloadEach, boundEach }]) =>
      html`<tr><th scope="row" class="text">${name}</th><td>${countText(count)}</td><td><b>${digits(bytesEach)} B</b></td><td>${digits(payloadEach)} B</td><td>${digits(boundEach)} B</td></tr>`,
  )}</tbody></table></div>`;
}

function uncapturedText(cost: CostSheet): Markup {
  const { preambleBytes, checkBytes, gapBytes, paddingBytes, isHypothetical, oversizedFrames } =
    cost.uncaptured;
  const would = isHypothetical ? 'On an Ethernet cable it would have been' : 'On the cable it was';
  return html`<p class="note">${would} ${bytesText(wireBytes(cost))}: never in a capture are preambles (${bytesText(preambleBytes)}), check sequences (${bytesText(checkBytes)}), the gaps between frames (${bytesText(gapBytes)})${
    paddingBytes > 0 && ` and the filling of short frames (${bytesText(paddingBytes)})`
  }.${oversizedFrames > 0 && ` ${counted(oversizedFrames, 'frame')} larger than Ethernet allows: the network card cuts them, and each piece has headers that are not counted here.`}</p>`;
}

/** A number of bytes that is no whole one. */
export function digits(value: number): string {
  return value >= 100 ? countText(Math.round(value)) : String(Number(value.toPrecision(3)));
}
