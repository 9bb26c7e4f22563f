/** The plots of a conversation as numbers: equal stretches of time, a row each. */
import type { DatagramSeries, SegmentSeries } from '../analysis/model.ts';
import { bytesText, countText, timeText } from '../analysis/words.ts';
import { MOST_STRETCHES } from './limits.ts';
import { html, type Markup } from './markup.ts';
import type { Direction } from './segment-columns.ts';
import type { TimeAxis } from './time-axis.ts';

interface SideSums {
  packets: number;
  bytes: number;
  payload: number;
  peakInFlight: number;
  rttCount: number;
  rttSum: number;
  rttMax: number;
}

const NONE: SideSums = {
  packets: 0,
  bytes: 0,
  payload: 0,
  peakInFlight: 0,
  rttCount: 0,
  rttSum: 0,
  rttMax: 0,
};

/** @param directions of TCP */
export function stretchTable(
  series: SegmentSeries | DatagramSeries,
  time: TimeAxis,
  durationNs: number,
  directions?: readonly [Direction, Direction],
): Markup | undefined {
  const count = Math.min(MOST_STRETCHES, series.count);
  if (count < 2 || durationNs === 0) return undefined;
  const rows = Array.from({ length: count }, (): [SideSums, SideSums] => [{ ...NONE }, { ...NONE }]);
  const rowAt = (ns: number): (typeof rows)[number] =>
    rows[Math.min(count - 1, Math.max(0, Math.floor((ns / durationNs) * count)))]!;
  const inFlight = 'inFlight' in series ? series.inFlight : undefined;
  for (let index = 0; index < series.count; index++) {
    const sums = rowAt(series.timesNs[index]! - time.startNs)[series.sides[index] as 0 | 1];
    sums.packets++;
    sums.bytes += series.lengths[index]!;
    sums.payload += series.payloads[index]!;
    sums.peakInFlight = Math.max(sums.peakInFlight, inFlight?.[index] ?? 0);
  }
  directions?.forEach(({ rtts }, side) => {
    rtts.xs.forEach((x, index) => {
      const sums = rowAt(x * time.each)[side as 0 | 1];
      const rtt = rtts.ys[index]!;
      sums.rttCount++;
      sums.rttSum += rtt;
      sums.rttMax = Math.max(sums.rttMax, rtt);
    });
  });
  const isTcp = directions !== undefined;
  return html`<details class="numbers"><summary>The pictures as numbers</summary>
<div class="scroll"><table><caption>${countText(count)} equal stretches of time, client → server and server → client</caption>
<thead><tr><th scope="col" rowspan="2">from</th>${['client', 'server'].map(side => html`<th scope="colgroup" colspan="${isTcp ? 5 : 3}" class="${side}-text">${side}</th>`)}</tr>
<tr>${[0, 1].map(() => html`<th scope="col">packets</th><th scope="col">on the wire</th><th scope="col">payload</th>${isTcp && html`<th scope="col">in flight, most</th><th scope="col">RTT mean, most</th>`}`)}</tr></thead>
<tbody>${rows.map(
    (sides, row) =>
      html`<tr><th scope="row">${timeText((row * durationNs) / count)}</th>${sides.map(sums => cells(sums, isTcp))}</tr>`,
  )}</tbody></table></div></details>`;
}

function cells(
  { packets, bytes, payload, peakInFlight, rttCount, rttSum, rttMax }: SideSums,
  isTcp: boolean,
): Markup {
  const rtt = rttCount === 0 ? '–' : `${timeText(rttSum / rttCount)}, ${timeText(rttMax)}`;
  return html`<td>${countText(packets)}</td><td>${bytesText(bytes)}</td><td>${bytesText(payload)}</td>${
    isTcp && html`<td>${bytesText(peakInFlight)}</td><td>${rtt}</td>`
  }`;
}
