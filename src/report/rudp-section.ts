/** What HTML shows of reliable UDP in tables: its handshake, both sides in numbers, its events. */
import { RUDP_EVENT_WORDS } from '../analysis/explain-rudp-events.ts';
import type { RudpHandshake, RudpReport, RudpSide } from '../analysis/rudp-model.ts';
import { idText } from '../analysis/rudp-words.ts';
import { bytesText, counted, countText, percentText, timeText } from '../analysis/words.ts';
import { MOST_EVENTS_OPEN } from './limits.ts';
import { type Content, html, type Markup } from './markup.ts';

export function rudpHandshakeTable({
  init,
  retry,
  cookie,
  accept,
  clientId,
  serverId,
  earlyMessages,
}: RudpHandshake): Markup {
  const start = init?.timeNs ?? cookie?.timeNs ?? accept?.timeNs ?? 0;
  const id = (value: number | null): string => (value === null ? '?' : idText(value));
  const early = earlyMessages === 0 ? '' : ` ${counted(earlyMessages, 'message')} with it at once.`;
  const rows: readonly (readonly [RudpHandshake['init'], string, string, string])[] = [
    [init, 'client → server', 'INIT', `May we talk? My packets are those for ${id(clientId)}.`],
    [
      retry,
      'server → client',
      'RETRY',
      'Come again with this cookie: it proves that you hear at your address. Until then I keep nothing of you.',
    ],
    [cookie, 'client → server', 'INIT', `I do hear: here is the cookie.${early}`],
    [accept, 'server → client', 'ACCEPT', `Yes. My packets are those for ${id(serverId)}.`],
  ];
  return html`<div class="scroll"><table><thead><tr><th scope="col">frame</th><th scope="col">after</th><th scope="col" class="text">direction</th><th scope="col" class="text">packet</th><th scope="col" class="text">it says</th></tr></thead><tbody>${rows.map(
    ([frame, direction, kind, text]) =>
      html`<tr><th scope="row">${frame === null ? 'not in the capture' : countText(frame.frame)}</th><td>${frame === null ? '' : timeText(frame.timeNs - start)}</td><td class="text">${direction}</td><td class="text"><b>${kind}</b></td><td class="text">${text}</td></tr>`,
  )}</tbody></table></div>`;
}

export function rudpHandshakeSection({ handshake }: RudpReport): Content {
  return handshake.state !== 'unseen' && html`<h4>Handshake</h4>${rudpHandshakeTable(handshake)}`;
}

type Row = readonly [name: string, value: (side: RudpSide) => string];

const ROWS: readonly Row[] = [
  ['datagrams, with a number', side => `${countText(side.packets)}, ${countText(side.numbered)}`],
  ['messages', side => countText(side.messages)],
  ['bytes of messages', side => bytesText(side.messageBytes)],
  [
    'messages or pieces sent again',
    side => `${countText(side.sentAgain)}, ${bytesText(side.sentAgainBytes)}`,
  ],
  ['ACKs, with nothing else', side => `${countText(side.acks)}, ${countText(side.pureAcks)}`],
  [
    'ACKs held back: median, most',
    ({ ackDelayNs }) =>
      ackDelayNs === null ? '–' : `${timeText(ackDelayNs.p50Ns)}, ${timeText(ackDelayNs.maxNs)}`,
  ],
  ['repair symbols', side => `${countText(side.repairs)}, ${bytesText(side.repairBytes)}`],
  ['packets it has recomputed', side => countText(side.recomputed)],
  [
    'its packets lost behind, before the capture',
    side => `${countText(side.lostAfter)}, ${countText(side.lostBefore)}`,
  ],
  ['RTT: median', ({ rtt }) => (rtt === null ? '–' : timeText(rtt.p50Ns))],
  ['RTT: 95 %, most', ({ rtt }) => (rtt === null ? '–' : `${timeText(rtt.p95Ns)}, ${timeText(rtt.maxNs)}`)],
  ['of what the peer takes, used at most', ({ limitShare }) => percentText(limitShare)],
];

export function rudpSidesTable({ sides }: RudpReport): Markup {
  return html`<div class="scroll"><table class="sides"><thead><tr><th scope="col" class="text">reliable UDP of</th><th scope="col" class="client-text">client</th><th scope="col" class="server-text">server</th></tr></thead><tbody>${ROWS.map(
    ([name, value]) =>
      html`<tr><th scope="row" class="text">${name}</th>${sides.map(side => html`<td>${value(side)}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

export function rudpEventsSection({ events, eventsLeftOut }: RudpReport, startNs: number): Content {
  if (events.length === 0) return false;
  const shown = events.slice(0, MOST_EVENTS_OPEN);
  return html`<h4>Events, with the reason of each</h4>
${table(shown, startNs)}${
  shown.length < events.length &&
  html`<details><summary>All ${countText(events.length)}</summary>${table(events, startNs)}</details>`
}${eventsLeftOut > 0 && html`<p class="note">${countText(eventsLeftOut)} later ones are counted, not listed.</p>`}`;
}

function table(events: RudpReport['events'], startNs: number): Markup {
  return html`<div class="scroll"><table class="events"><thead><tr><th scope="col">frame</th><th scope="col">time</th><th scope="col" class="text">from</th><th scope="col" class="text">what</th><th scope="col" class="text">why</th></tr></thead><tbody>${events.map(
    ({ frame, timeNs, from, kind, reason }) =>
      html`<tr><th scope="row">${countText(frame)}</th><td>${timeText(timeNs - startNs)}</td><td class="text ${from}-text">${from}</td><td class="text">${RUDP_EVENT_WORDS[kind].one}</td><td class="text">${reason}</td></tr>`,
  )}</tbody></table></div>`;
}
