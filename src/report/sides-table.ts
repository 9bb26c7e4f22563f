/** What each side of a conversation sent, in numbers beside each other. */
import type { TcpReport, TcpSide, UdpReport, UdpSide } from '../analysis/model.ts';
import { bytesText, countText, percentText, rateText, timeText } from '../analysis/words.ts';
import { endpointText } from './endpoint.ts';
import { html, type Markup } from './markup.ts';

type Row<Side> = readonly [name: string, value: (side: Side, peer: Side) => string];

const TCP_ROWS: readonly Row<TcpSide>[] = [
  ['frames', side => countText(side.packets)],
  ['bytes on the wire', side => bytesText(side.bytes)],
  ['segments with data', side => countText(side.dataPackets)],
  ['payload', side => bytesText(side.payloadBytes)],
  ['new, repeated', side => `${bytesText(side.newBytes)}, ${bytesText(side.repeatedBytes)}`],
  ['largest segment', side => bytesText(side.largestPayload)],
  ['pure ACKs', side => countText(side.pureAcks)],
  ['ACKs that ride on data', side => countText(side.piggybackedAcks)],
  ['PSH', side => countText(side.pushes)],
  ['sent again', side => countText(side.retransmissions)],
  ['duplicate ACKs', side => countText(side.duplicateAcks)],
  ['goodput, throughput', side => `${rate(side.goodputBps)}, ${rate(side.throughputBps)}`],
  ['RTT: median', side => time(side.rtt?.p50Ns)],
  ['RTT: 95 %, most', side => `${time(side.rtt?.p95Ns)}, ${time(side.rtt?.maxNs)}`],
  ['window it offers', side => windowText(side)],
  ['in flight, most, less what SACK reported', side => flightText(side)],
];

const UDP_ROWS: readonly Row<UdpSide>[] = [
  ['datagrams', side => countText(side.packets)],
  ['bytes on the wire', side => bytesText(side.bytes)],
  ['payload', side => bytesText(side.payloadBytes)],
  [
    'size',
    ({ size }) =>
      size === null
        ? '–'
        : size.min === size.max
          ? bytesText(size.p50)
          : `${bytesText(size.min)} to ${bytesText(size.max)}`,
  ],
  [
    'period: median',
    ({ periodNs, isRegular }) =>
      periodNs === null ? '–' : `${timeText(periodNs.p50Ns)}${isRegular ? ', regular' : ''}`,
  ],
  ['period: 95 %, most', ({ periodNs }) => `${time(periodNs?.p95Ns)}, ${time(periodNs?.maxNs)}`],
  ['payload a second', side => rate(side.rateBps)],
  ['came twice', side => countText(side.duplicates)],
];

export function sidesTable(report: TcpReport | UdpReport): Markup {
  return report.protocol === 'tcp' ? table(report.sides, TCP_ROWS) : table(report.sides, UDP_ROWS);
}

function table<Side extends TcpSide | UdpSide>(
  sides: readonly [Side, Side],
  rows: readonly Row<Side>[],
): Markup {
  const [client, server] = sides;
  return html`<div class="scroll"><table class="sides"><thead><tr><th scope="col" class="text">sent by</th><th scope="col" class="client-text">client <small>${endpointText(client.endpoint)}</small></th><th scope="col" class="server-text">server <small>${endpointText(server.endpoint)}</small></th></tr></thead><tbody>${rows.map(
    ([name, value]) =>
      html`<tr><th scope="row" class="text">${name}</th><td>${value(client, server)}</td><td>${value(server, client)}</td></tr>`,
  )}</tbody></table></div>`;
}

function rate(bps: number | null): string {
  return bps === null ? '–' : rateText(bps);
}

function time(ns: number | undefined): string {
  return ns === undefined ? '–' : timeText(ns);
}

function windowText({ window }: TcpSide): string {
  const { smallest, largest, isScaleKnown } = window;
  if (smallest === null || largest === null) return '–';
  const range = smallest === largest ? bytesText(largest) : `${bytesText(smallest)} to ${bytesText(largest)}`;
  return isScaleKnown ? range : `${range} (scale not known)`;
}

function flightText({ window: { peakInFlight, peakShare } }: TcpSide): string {
  if (peakInFlight === 0) return '–';
  return peakShare === null
    ? bytesText(peakInFlight)
    : `${bytesText(peakInFlight)}: ${percentText(peakShare)} of the window`;
}
