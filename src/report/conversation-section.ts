/** One conversation: what happened in words, who said what, pictures, events, cost, and who can read it. */
import { explainTcp } from '../analysis/explain-tcp.ts';
import { explainUdp } from '../analysis/explain-udp.ts';
import type { ExplainedPart } from '../analysis/explained.ts';
import type { TcpReport, UdpReport } from '../analysis/model.ts';
import { bytesText, counted, countText, timeText } from '../analysis/words.ts';
import { costSection } from './cost-section.ts';
import { endpointText } from './endpoint.ts';
import { eventsSection } from './events-section.ts';
import { handshakeSection } from './handshake-section.ts';
import { ladderFigure } from './ladder-figure.ts';
import { type Content, html, type Markup } from './markup.ts';
import { pictures } from './pictures.ts';
import { rudpEventsSection, rudpHandshakeSection, rudpSidesTable } from './rudp-section.ts';
import { LEVELS, safetySection } from './safety-section.ts';
import { sidesTable } from './sides-table.ts';

/** What the tables show better. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set(['options']);

export function conversationId({ protocol, stream }: TcpReport | UdpReport, capture: number): string {
  return `c${capture}-${protocol}-${stream}`;
}

/** @param capture which of the captures side by side, from 0 on */
export function conversationSection(report: TcpReport | UdpReport, capture: number, isOpen: boolean): Markup {
  const { protocol, stream, client, server, cost, safety, startNs } = report;
  const rudp = report.protocol === 'udp' ? report.rudp : undefined;
  return html`<details class="conversation" id="${conversationId(report, capture)}"${isOpen ? html` open` : html``}>
<summary><h3><span class="proto ${protocol}">${rudp !== undefined && 'Reliable '}${protocol.toUpperCase()} ${stream}</span> <span class="ends"><span class="client-text">${endpointText(client)}</span> → <span class="server-text">${endpointText(server)}</span></span></h3><span class="facts">${facts(report)}</span></summary>
<div class="inside">
<h4>What happened</h4>${explanation(protocol === 'tcp' ? explainTcp(report) : explainUdp(report))}
${protocol === 'tcp' && handshakeSection(report)}
${rudp !== undefined && rudpHandshakeSection(rudp)}
${ladderFigure(report)}
${pictures(report)}
<h4>Each side in numbers</h4>${sidesTable(report)}
${rudp !== undefined && rudpSidesTable(rudp)}
${rudp !== undefined && rudpEventsSection(rudp, startNs)}
${protocol === 'tcp' && eventsSection(report)}
${cost !== undefined && html`<h4>What it cost</h4>${costSection(cost)}`}
${safety !== undefined && html`<h4>Is it safe from readers on the way?</h4>${safetySection(safety)}`}
</div></details>`;
}

function facts(report: TcpReport | UdpReport): Content {
  const { packets, bytes, durationNs, safety } = report;
  const again =
    report.protocol === 'tcp' ? sum(report.sides, 'retransmissions') : sum(report.rudp?.sides, 'sentAgain');
  const recomputed = report.protocol === 'tcp' ? 0 : sum(report.rudp?.sides, 'recomputed');
  return html`${counted(packets, 'frame')} · ${bytesText(bytes)} · ${timeText(durationNs)} ${endBadge(report)}${again > 0 && html`<span class="badge bad">↻ ${countText(again)} sent again</span>`}${recomputed > 0 && html`<span class="badge good">⊕ ${countText(recomputed)} recomputed</span>`}${safety !== undefined && html`<span class="badge ${LEVELS[safety.level][2]}"><span aria-hidden="true">${LEVELS[safety.level][0]}</span> ${LEVELS[safety.level][1]}</span>`}`;
}

function sum<Name extends string>(
  sides: readonly Readonly<Record<Name, number>>[] | undefined,
  name: Name,
): number {
  return (sides ?? []).reduce((total, side) => total + side[name], 0);
}

const ENDS: Readonly<Record<TcpReport['close']['state'], readonly [string, string]>> = {
  closed: ['closed', 'good'],
  half: ['half closed', 'note'],
  reset: ['reset', 'bad'],
  refused: ['refused', 'bad'],
  open: ['open at the end', 'note'],
};

function endBadge(report: TcpReport | UdpReport): Content {
  const close = report.protocol === 'tcp' ? report.close : report.rudp?.close;
  if (close === undefined) return false;
  const [text, tone] = ENDS[close.state];
  return html`<span class="badge ${tone}">${text}</span>`;
}

const SIGNS: Readonly<Record<ExplainedPart['tone'], string>> = { plain: '·', good: '✓', note: '!', bad: '✕' };

export function explanation(parts: readonly ExplainedPart[]): Markup {
  return html`<dl class="told">${parts
    .filter(({ title }) => !SHOWN_ELSEWHERE.has(title))
    .map(
      ({ title, tone, lines }) =>
        html`<div class="${tone}"><dt><i aria-hidden="true">${SIGNS[tone]}</i>${title}</dt><dd>${lines.map(line => html`<p>${line}</p>`)}</dd></div>`,
    )}</dl>`;
}
