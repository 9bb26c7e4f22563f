/** Several captures side by side: what each did, and what it cost for the same work. */
import type { CostSheet } from '../analysis/cost.ts';
import { type ComparisonRow, compareCosts } from '../analysis/cost-comparison.ts';
import type { CaptureReport } from '../analysis/model.ts';
import { bytesText, countText, timeText } from '../analysis/words.ts';
import { digits, layerParts, width } from './cost-section.ts';
import { type Content, html, type Markup } from './markup.ts';
import type { ReportedCapture } from './report-input.ts';
import { shortened } from './safety-section.ts';

export function compareSection(captures: readonly ReportedCapture[]): Markup {
  const reports = captures.map(({ report }) => report);
  const costs = reports.map(({ cost }) => cost);
  const compared = captures.flatMap(({ behaviour, report: { capture, cost } }) =>
    cost === undefined ? [] : [{ name: capture.name, cost, behaviour }],
  );
  return html`${bars(reports, costs)}<div class="scroll"><table class="versus"><thead><tr><th scope="col"></th>${reports.map(
    ({ capture }) => html`<th scope="col">${shortened(capture.name, 60)}</th>`,
  )}</tr></thead><tbody>${compared.length === reports.length && compareCosts(compared).rows.map(costRow)}</tbody></table></div>
<p class="note">✓ marks the least. The least possible: each message in one frame with the smallest headers, and nothing else.</p>`;
}

function costRow({ label, unit, values, best, isPart }: ComparisonRow): Markup {
  return html`<tr${isPart ? html` class="part"` : html``}><th scope="row" class="text">${label}</th>${values.map(
    (value, index) =>
      html`<td>${index === best ? html`<b>✓ ${valueText(value, unit)}</b>` : valueText(value, unit)}</td>`,
  )}</tr>`;
}

function valueText(value: number | null, unit: ComparisonRow['unit']): string {
  if (value === null) return '–';
  if (unit === 'time') return timeText(value);
  if (unit === 'count') return countText(value);
  return unit === 'bytes' ? bytesText(value) : unit === 'ratio' ? digits(value) : `${digits(value)} B`;
}

/** Bars of one scale: for a reading where every capture has readings, else for a message, else all bytes. */
function bars(reports: readonly CaptureReport[], costs: readonly (CostSheet | undefined)[]): Content {
  const known = costs.filter(cost => cost !== undefined);
  if (known.length < reports.length) return false;
  const unit = known.every(({ readings }) => readings !== undefined)
    ? 'readings'
    : known.every(({ messages }) => messages !== undefined)
      ? 'messages'
      : undefined;
  const countOf = (cost: CostSheet): number => (unit === undefined ? 1 : (cost[unit]?.count ?? 1));
  const most = Math.max(...known.map(cost => cost.bytes / countOf(cost)));
  const what = unit === undefined ? 'All bytes' : `Bytes for one ${unit.slice(0, -1)}`;
  return html`<figure class="compared"><figcaption><strong>${what}</strong> <span>by layer, all bars to one scale</span></figcaption>${reports.map(
    (report, index) => {
      const cost = known[index]!;
      const each = cost.bytes / countOf(cost);
      return html`<div class="compared-row"><span>${shortened(report.capture.name, 60)}</span><div class="track"><div class="bar" style="width:${width(each, most)}">${layerParts(
        cost,
      ).map(
        ({ name, bytes, tone }) =>
          html`<i class="${tone}" style="width:${width(bytes, cost.bytes)}" title="${name}: ${digits(bytes / countOf(cost))} B">${bytes / countOf(cost) > 0.14 * most && html`<span>${name}</span>`}</i>`,
      )}</div></div><b>${digits(each)} B</b></div>`;
    },
  )}</figure>`;
}
