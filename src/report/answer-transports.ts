/** How TCP and UDP differ, and reliable UDP where there is some, with the numbers of this capture. */
import { overheadRatio } from '../analysis/cost.ts';
import type { TcpReport, UdpReport } from '../analysis/model.ts';
import { bytesText, counted, countText, percentText, timeText } from '../analysis/words.ts';
import type { Answer } from './answer.ts';
import { digits } from './cost-section.ts';
import { type Content, html, type Markup } from './markup.ts';
import type { Subject, Subjects } from './subjects.ts';

/** What one transport does in one respect: in this capture, and in general. */
interface Cell<Report> {
  readonly here: (report: Report) => Content;
  readonly always: string;
}

interface Row {
  readonly what: string;
  readonly tcp: Cell<TcpReport>;
  readonly udp: Cell<UdpReport>;
  readonly reliable: Cell<UdpReport>;
}

const ROWS: readonly Row[] = [
  {
    what: 'Before the first data',
    tcp: {
      here: ({ handshake: { state, syn, ack, totalNs } }) =>
        state === 'complete'
          ? `3 frames (${syn?.frame} to ${ack?.frame}), ${timeText(totalNs ?? 0)}`
          : `handshake ${state}`,
      always: 'a handshake of one round trip',
    },
    udp: { here: ({ firstFrame }) => `nothing: frame ${firstFrame} has data already`, always: 'nothing' },
    reliable: {
      here: ({ rudp }) =>
        rudp === undefined
          ? ''
          : rudp.handshake.state === 'complete'
            ? `${rudp.handshake.init === null ? 'a cookie' : 'INIT, RETRY'}, then ${counted(rudp.handshake.earlyMessages, 'message')} with the second INIT; ACCEPT after ${timeText(rudp.handshake.totalNs ?? 0)}`
            : `handshake ${rudp.handshake.state}`,
      always: 'one round trip; the first messages go with the second INIT',
    },
  },
  {
    what: 'Acknowledgements',
    tcp: {
      here: ({ sides }) => `${counted(sides[0].pureAcks + sides[1].pureAcks, 'frame')} with nothing else`,
      always: 'every byte is acknowledged',
    },
    udp: {
      here: ({ unreachable }) => (unreachable > 0 ? `none; ${counted(unreachable, 'ICMP error')}` : 'none'),
      always: 'the program has to ask for an answer',
    },
    reliable: {
      here: ({ rudp }) =>
        rudp === undefined
          ? ''
          : `${counted(rudp.sides[0].pureAcks + rudp.sides[1].pureAcks, 'frame')} with nothing else`,
      always: 'ranges of packets are acknowledged',
    },
  },
  {
    what: 'What is lost',
    tcp: {
      here: ({ sides }) => {
        const again = sides[0].retransmissions + sides[1].retransmissions;
        return again === 0 ? 'nothing had to be sent again' : `${counted(again, 'segment')} sent again`;
      },
      always: 'is sent again',
    },
    udp: {
      here: ({ unanswered, sides }) =>
        sides[1].packets === 0
          ? 'cannot be seen: nobody answers'
          : unanswered === 0
            ? 'every request has an answer'
            : `cannot be seen; ${counted(unanswered, 'datagram')} without an answer`,
      always: 'stays lost',
    },
    reliable: {
      here: ({ rudp }) =>
        rudp === undefined
          ? ''
          : `${counted(rudp.sides[0].recomputed + rudp.sides[1].recomputed, 'packet')} recomputed, ${counted(rudp.sides[0].sentAgain + rudp.sides[1].sentAgain, 'message')} sent again`,
      always: 'is computed from repair symbols, or sent again',
    },
  },
  {
    what: 'Order and borders',
    tcp: {
      here: ({ sides: [client, server] }) =>
        `${counted(client.dataPackets + server.dataPackets, 'segment')} of ${bytesText(Math.max(client.largestPayload, server.largestPayload))} at most`,
      always: 'order is kept, borders of messages are not',
    },
    udp: { here: datagrams, always: 'borders are kept, order is not' },
    reliable: {
      here: ({ rudp }) =>
        rudp === undefined ? '' : `${counted(rudp.sides[0].messages + rudp.sides[1].messages, 'message')}`,
      always: 'both are kept',
    },
  },
  {
    what: 'Pace',
    tcp: {
      here: ({ sides }) => {
        const windows = sides.map(({ window }) => window.largest).filter(largest => largest !== null);
        return windows.length === 0
          ? 'windows are not known'
          : `windows of up to ${bytesText(Math.max(...windows))}`;
      },
      always: 'as the receiver and the network bear it',
    },
    udp: { here: () => 'as the program sends', always: 'it can flood the network and the receiver' },
    reliable: {
      here: ({ rudp }) =>
        rudp === undefined
          ? ''
          : `${percentText(Math.max(rudp.sides[0].limitShare, rudp.sides[1].limitShare))} at most of what the receiver takes`,
      always: 'as the receiver and the network bear it',
    },
  },
  {
    what: 'Header of the transport',
    tcp: {
      here: ({ cost }) =>
        cost !== undefined &&
        `${countText(cost.layers.transport + cost.layers.transportOptions)} B in ${counted(cost.frames, 'frame')}`,
      always: '20 B, and options',
    },
    udp: {
      here: ({ cost }) =>
        cost !== undefined && `${countText(cost.layers.transport)} B in ${counted(cost.frames, 'frame')}`,
      always: '8 B',
    },
    reliable: {
      here: ({ cost }) =>
        cost !== undefined &&
        `${countText(cost.layers.transport)} B of UDP, ${countText(reliableBytes(cost.application))} B of its own`,
      always: '8 B, and its own header in the payload',
    },
  },
  {
    what: 'At the end',
    tcp: {
      here: ({ close: { state, clientFin, serverFin, lastAck } }) =>
        state === 'closed'
          ? `FIN ${clientFin}, FIN ${serverFin}${lastAck === null ? '' : `, ACK ${lastAck}`}`
          : state,
      always: 'FIN and ACK in each direction',
    },
    udp: { here: ({ lastFrame }) => `nothing: frame ${lastFrame} is only the last one`, always: 'nothing' },
    reliable: {
      here: ({ rudp }) =>
        rudp === undefined
          ? ''
          : rudp.close.by === null
            ? rudp.close.state
            : `CLOSE ${[rudp.close.clientClose, rudp.close.serverClose].filter(frame => frame !== null).join(', CLOSE ')}`,
      always: 'CLOSE of each, once everything is acknowledged',
    },
  },
  {
    what: 'Bytes on the wire for a byte of payload',
    tcp: { here: ratioOf, always: '' },
    udp: { here: ratioOf, always: '' },
    reliable: { here: ratioOf, always: '' },
  },
];

function datagrams({ sides }: UdpReport): string {
  return counted(sides[0].packets + sides[1].packets, 'datagram');
}

function reliableBytes(application: readonly { readonly name: string; readonly bytes: number }[]): number {
  return application.reduce(
    (sum, { name, bytes }) => (name.startsWith('reliable UDP') ? sum + bytes : sum),
    0,
  );
}

function ratioOf({ cost }: TcpReport | UdpReport): Content {
  if (cost === undefined) return false;
  const ratio = overheadRatio(cost);
  return Number.isFinite(ratio) ? html`<b>${digits(ratio)}</b>` : 'no payload';
}

export function transportsAnswer({ tcp, udp, reliable }: Subjects): Answer {
  return {
    id: 'transports',
    question: 'How do TCP and UDP differ?',
    body: html`<div class="scroll"><table class="wide"><thead><tr><th scope="col"></th>${[
      tcp?.name ?? 'TCP: not in this capture',
      udp?.name ?? 'UDP: not in this capture',
      ...(reliable === undefined ? [] : [reliable.name]),
    ].map(name => html`<th scope="col" class="text">${name}</th>`)}</tr></thead><tbody>${ROWS.map(
      row =>
        html`<tr><th scope="row" class="text">${row.what}</th>${cell(row.tcp, tcp)}${cell(row.udp, udp)}${reliable !== undefined && cell(row.reliable, reliable)}</tr>`,
    )}</tbody></table></div>
${(tcp === undefined || udp === undefined) && html`<p class="note">Run the same program over ${tcp === undefined ? 'TCP' : 'UDP'}, capture it, and give both files: <code>sensewire analyze tcp.pcapng udp.pcapng --html OUT</code> fills in the other column.</p>`}`,
  };
}

function cell<Report>({ here, always }: Cell<Report>, subject: Subject<Report> | undefined): Markup {
  return html`<td class="text">${subject !== undefined && here(subject.report)}${always !== '' && html`<small>${always}</small>`}</td>`;
}
