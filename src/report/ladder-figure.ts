/**
 * Ladder diagram: an arrow for each frame between two lines of life, time running down; what did not arrive ends in a cross, and
 * a dashed line joins it to its repair.
 */

import type { TcpReport, UdpReport } from '../analysis/model.ts';
import { bytesText, counted, countText, timeText } from '../analysis/words.ts';
import { endpointText } from './endpoint.ts';
import { type LadderRow, ladderRows } from './ladder-rows.ts';
import { html, type Markup } from './markup.ts';

const WIDTH = 860;
const CLIENT_X = 185;
const SERVER_X = 805;
const MIDDLE = (CLIENT_X + SERVER_X) / 2;
const TOP = 62;
const ROW = 50;
/** Of UDP, where there is nothing to say below the arrow. */
const LOW_ROW = 36;
/** Where the arrow lies in its row. */
const ARROW = 26;
/** A band that says what was left out. */
const FOLD = 30;
/** Arrows fall a little, as time goes on while a frame is under way. */
const SLOPE = 6;
/** Times this much above the usual distance of two rows are said. */
const LONG_SHARE = 20;
const LEAST_LONG_NS = 50_000_000;
const LANES = 3;
const LANE_WIDTH = 14;
/** Characters of a note that fit between the lines of life, its lines, and their height. */
const MOST_NOTE = 92;
const MOST_NOTE_LINES = 4;
const NOTE_LINE = 14;

interface Placed {
  readonly row: LadderRow;
  readonly y: number;
  /** What passed before it, in words. */
  readonly fold: string;
}

export function ladderFigure(report: TcpReport | UdpReport): Markup {
  const rows = ladderRows(report);
  const placed = place(rows);
  const end = placed.at(-1);
  const height = (end?.y ?? TOP) + ROW + NOTE_LINE * (noteLines(end?.row.note ?? '').length - 1) + 8;
  const startNs = rows[0]?.timeNs ?? 0;
  const links = linksOf(placed);
  const shown = rows.filter(({ frame }) => frame !== undefined).length;
  return html`<figure class="ladder"><figcaption><strong>Ladder</strong> <span>${caption(report, shown, links.length)}</span></figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="Ladder diagram"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Ladder of ${counted(shown, 'frame')} between ${endpointText(report.client)} and ${endpointText(report.server)}; the table below says the same">
${head(report)}
<path class="life client" d="M${CLIENT_X} 44V${height - 4}"/><path class="life server" d="M${SERVER_X} 44V${height - 4}"/>
${placed.map(one => rowMarkup(one, startNs))}
${links}
</svg></div>
${table(rows, startNs)}</figure>`;
}

function caption(report: TcpReport | UdpReport, shown: number, links: number): string {
  const all =
    shown === report.packets
      ? `all ${counted(shown, 'frame')} of the conversation`
      : `${counted(shown, 'frame')} of ${countText(report.packets)} that tell the story`;
  const numbers = report.protocol === 'tcp' ? '; sequence numbers count from each side’s first' : '';
  return `${all}${numbers}${links === 0 ? '' : '; dashed lines lead from what was lost to its repair'}`;
}

/** Rows below each other, with a band where time or frames were left out. */
function place(rows: readonly LadderRow[]): Placed[] {
  const steps = rows.slice(1).map(({ timeNs }, index) => timeNs - rows[index]!.timeNs);
  const usual = [...steps].sort((left, right) => left - right)[Math.floor(steps.length / 2)] ?? 0;
  const long = Math.max(LEAST_LONG_NS, LONG_SHARE * usual);
  let y = TOP;
  return rows.map((row, index) => {
    const passed = index === 0 ? 0 : steps[index - 1]!;
    const fold = [
      ...(row.leftOut === 0 ? [] : [`${counted(row.leftOut, 'frame')} left out`]),
      ...(passed >= long || row.leftOut > 0 ? [`${timeText(passed)} later`] : []),
    ].join(', ');
    if (fold !== '') y += FOLD;
    const at = y;
    y += row.note === '' ? LOW_ROW : ROW + NOTE_LINE * (noteLines(row.note).length - 1);
    return { row, y: at, fold };
  });
}

function head({ client, server }: TcpReport | UdpReport): Markup {
  const box = (x: number, side: string, endpoint: typeof client): Markup => {
    const name = endpointText(endpoint);
    const width = Math.max(110, 7.2 * name.length + 20);
    const left = Math.min(WIDTH - width - 1, x - width / 2);
    return html`<rect class="box ${side}" x="${left}" y="2" width="${width}" height="40" rx="7"/><text class="who" x="${left + width / 2}" y="18">${side}</text><text class="mono" x="${left + width / 2}" y="34">${name}</text>`;
  };
  return html`<text class="dim left" x="4" y="58">frame</text><text class="dim right" x="${CLIENT_X - 62}" y="58">time</text>${box(CLIENT_X, 'client', client)}${box(SERVER_X, 'server', server)}`;
}

function rowMarkup({ row, y, fold }: Placed, startNs: number): Markup {
  const { from, frame, isLost, isTrouble } = row;
  const isClient = from === 'client';
  const arrow = y + ARROW;
  const [start, goal] = isClient ? [CLIENT_X, SERVER_X] : [SERVER_X, CLIENT_X];
  const reach = isLost ? start + 0.62 * (goal - start) : goal + (isClient ? -2 : 2);
  const fall = isLost ? 0.62 * SLOPE : SLOPE;
  const tone = `${from}${isTrouble ? ' bad' : ''}${frame === undefined ? ' unseen' : ''}`;
  return html`${fold !== '' && foldMarkup(y, fold)}<g class="step">
${frame !== undefined && html`<text class="mono left" x="4" y="${arrow + 2}">${countText(frame)}</text><text class="mono dim right" x="${CLIENT_X - 62}" y="${arrow + 2}">${timeText(row.timeNs - startNs)}</text>`}
<path class="arrow ${tone}" d="M${start} ${arrow - SLOPE / 2}L${reach} ${arrow - SLOPE / 2 + fall}"/>
${isLost ? cross(reach, arrow - SLOPE / 2 + fall) : tip(goal, arrow + SLOPE / 2, isClient, tone)}
<text class="label" x="${MIDDLE}" y="${arrow - 9}">${labelOf(row)}</text>
${noteLines(row.note).map((line, index) => html`<text class="what" x="${MIDDLE}" y="${arrow + 17 + NOTE_LINE * index}">${line}</text>`)}</g>`;
}

function labelOf(row: LadderRow): Markup {
  const { flags, payload, preview, sequence, acknowledgment, window } = row;
  const numbers = [
    ...(sequence === undefined ? [] : [`seq ${countText(sequence)}`]),
    ...(acknowledgment === undefined ? [] : [`ack ${countText(acknowledgment)}`]),
    ...(window === undefined ? [] : [`win ${countText(window)}`]),
  ];
  return html`${flags.map(flag => html`<tspan class="flag ${flag.toLowerCase()}">${flag}</tspan> `)}${numbers.length > 0 && html`<tspan class="numbers"> ${numbers.join('  ')}</tspan>`}${payload > 0 && html`<tspan class="size">  ${bytesText(payload)}</tspan>`}${preview !== null && html`<tspan class="preview">  ${preview}</tspan>`}`;
}

function foldMarkup(y: number, text: string): Markup {
  const at = y - FOLD / 2 + 4;
  const zigzag = (x: number): string => `M${x} ${at - 12}l-5 4l10 8l-10 8l5 4`;
  return html`<path class="break" d="M${CLIENT_X} ${at - 14}v28M${SERVER_X} ${at - 14}v28"/><path class="zigzag" d="${zigzag(CLIENT_X)}${zigzag(SERVER_X)}"/><text class="fold" x="${MIDDLE}" y="${at + 4}">⋯ ${text} ⋯</text>`;
}

function tip(x: number, y: number, isRight: boolean, tone: string): Markup {
  return html`<path class="tip ${tone}" d="M${x} ${y}l${isRight ? -10 : 10} -5.5v10z"/>`;
}

function cross(x: number, y: number): Markup {
  return html`<path class="cross" d="M${x - 6} ${y - 6}l12 12M${x + 6} ${y - 6}l-12 12"/>`;
}

/** Lines from what was lost to its repair, on the sender's side; those that overlap lie beside each other. */
function linksOf(placed: readonly Placed[]): Markup[] {
  const busy: number[][] = [[], []];
  return placed.flatMap(({ row, y }) => {
    const repair = row.repairedBy === undefined ? undefined : placed[row.repairedBy];
    if (repair === undefined) return [];
    const isClient = row.from === 'client';
    const lanes = busy[isClient ? 0 : 1]!;
    const free = lanes.findIndex(until => until < y);
    const lane = free >= 0 ? free : Math.min(lanes.length, LANES - 1);
    lanes[lane] = repair.y;
    const x = isClient ? CLIENT_X : SERVER_X;
    const bulge = (isClient ? -1 : 1) * (16 + LANE_WIDTH * lane);
    const [top, bottom] = [y + ARROW - SLOPE / 2, repair.y + ARROW - SLOPE / 2];
    return [
      html`<g class="repair"><title>${row.frame === undefined ? 'what was never seen' : `frame ${row.frame}`} is sent again in frame ${repair.row.frame ?? '?'}</title><path d="M${x} ${top}C${x + bulge} ${top} ${x + bulge} ${top} ${x + bulge} ${Math.min(top + 24, bottom)}V${Math.max(bottom - 24, top)}C${x + bulge} ${bottom} ${x + bulge} ${bottom} ${x} ${bottom}"/><circle cx="${x}" cy="${top}" r="4"/><circle cx="${x}" cy="${bottom}" r="4"/></g>`,
    ];
  });
}

/** The note broken at spaces; the last line says where there is more, which the table below has. */
function noteLines(note: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of note.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > MOST_NOTE) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  if (lines.length > MOST_NOTE_LINES)
    lines.splice(MOST_NOTE_LINES - 1, lines.length, `${lines[MOST_NOTE_LINES - 1]} …`);
  // A word alone may be longer than all.
  return lines.map(text => (text.length > MOST_NOTE + 2 ? `${text.slice(0, MOST_NOTE - 1)}…` : text));
}

/** The same for those who cannot see it. */
function table(rows: readonly LadderRow[], startNs: number): Markup {
  return html`<details class="numbers"><summary>The ladder as a table</summary><div class="scroll"><table>
<thead><tr><th scope="col">frame</th><th scope="col">time</th><th scope="col">from</th><th scope="col">flags</th><th scope="col">seq</th><th scope="col">ack</th><th scope="col">window</th><th scope="col">payload</th><th scope="col" class="text">what it is for</th></tr></thead>
<tbody>${rows.map(
    row =>
      html`<tr><th scope="row">${row.frame === undefined ? '–' : countText(row.frame)}</th><td>${timeText(row.timeNs - startNs)}</td><td class="${row.from}-text">${row.from}</td><td>${row.flags.join(' ')}</td><td>${row.sequence === undefined ? '' : countText(row.sequence)}</td><td>${row.acknowledgment === undefined ? '' : countText(row.acknowledgment)}</td><td>${row.window === undefined ? '' : countText(row.window)}</td><td>${row.payload === 0 ? '' : bytesText(row.payload)}</td><td class="text">${row.note}${row.preview !== null && html` <code>${row.preview}</code>`}</td></tr>`,
  )}</tbody></table></div></details>`;
}
