/** The overhead in bytes of each transport and each layer. */
import { COST_LAYERS, type CostSheet, overheadRatio } from '../analysis/cost.ts';
import { LAYER_WORDS } from '../analysis/cost-words.ts';
import { bytesText, countText, percentText } from '../analysis/words.ts';
import type { Answer } from './answer.ts';
import { digits, layerParts, stackedBar } from './cost-section.ts';
import { type Content, html } from './markup.ts';
import type { Subjects } from './subjects.ts';

interface Column {
  readonly name: string;
  readonly cost: CostSheet;
}

export function overheadAnswer({ all }: Subjects): Answer {
  const columns = all.flatMap(({ report: { cost }, name }): Column[] =>
    cost === undefined ? [] : [{ name, cost }],
  );
  return {
    id: 'overhead',
    question: 'What is the overhead of each transport and layer, in bytes?',
    body: columns.length === 0 ? html`<p>There is no TCP or UDP conversation to count.</p>` : bodyOf(columns),
  };
}

function bodyOf(columns: readonly Column[]): Content {
  const layers = COST_LAYERS.filter(layer => columns.some(({ cost }) => cost.layers[layer] > 0));
  return html`${columns.map(({ name, cost }) => html`<p class="about">${name}: ${summary(cost)}</p>${stackedBar(layerParts(cost), cost.bytes)}`)}
<div class="scroll"><table><thead><tr><th scope="col" class="text" rowspan="2">layer</th>${columns.map(({ name }) => html`<th scope="colgroup" colspan="3">${name}</th>`)}</tr><tr>${columns.map(() => html`<th scope="col">bytes</th><th scope="col">a frame</th><th scope="col">share</th>`)}</tr></thead><tbody>${layers.map(
    layer =>
      html`<tr><th scope="row" class="text"><i class="swatch layer-${layer}"></i>${LAYER_WORDS[layer]}</th>${columns.map(
        ({ cost }) =>
          html`<td>${countText(Math.round(cost.layers[layer]))}</td><td>${digits(cost.layers[layer] / cost.frames)}</td><td>${percentText(cost.layers[layer] / cost.bytes)}</td>`,
      )}</tr>`,
  )}</tbody><tfoot><tr><th scope="row" class="text">all</th>${columns.map(
    ({ cost }) =>
      html`<td>${countText(cost.bytes)}</td><td>${digits(cost.bytes / cost.frames)}</td><td>100 %</td>`,
  )}</tr></tfoot></table></div>`;
}

function summary(cost: CostSheet): string {
  const { bytes, newPayloadBytes, messages, readings } = cost;
  const overhead = bytes - newPayloadBytes;
  const each = readings ?? messages;
  const of = readings === undefined ? 'message' : 'reading';
  return `${bytesText(bytes)} on the wire for ${bytesText(newPayloadBytes)} of payload: ${bytesText(overhead)} of overhead${
    newPayloadBytes === 0 ? '' : `, ${digits(overheadRatio(cost))} bytes for one`
  }${each === undefined ? '' : `; a ${of} of ${digits(each.payloadEach)} B costs ${digits(each.bytesEach)} B`}.`;
}
