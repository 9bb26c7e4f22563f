/** ACK and PSH: where they are set, and why. */
import type { SegmentSeries, TcpReport } from '../analysis/model.ts';
import type { RudpReport } from '../analysis/rudp-model.ts';
import { counted, countText, framesText, percentText, timeText } from '../analysis/words.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import type { Answer } from './answer.ts';
import { html, type Markup } from './markup.ts';
import type { Subjects } from './subjects.ts';

const MOST_FRAMES = 8;

export function ackPushAnswer({ tcp, reliable }: Subjects): Answer {
  return {
    id: 'ack-push',
    question: 'Where are ACK and PSH set, and why?',
    body: [
      tcp === undefined
        ? html`<p>Nowhere: the capture has no TCP. UDP’s header has ports, a length and a checksum, and no flags: nothing is acknowledged, and each datagram is handed over as it comes.</p>`
        : [acks(tcp.report), pushes(tcp.report)],
      reliable?.report.rudp !== undefined && reliableAcks(reliable.name, reliable.report.rudp),
    ],
  };
}

function acks({ sides, series, handshake }: TcpReport): Markup {
  const [client, server] = sides;
  const all = client.packets + server.packets;
  const acked = series === undefined ? undefined : countFlag(series, TCP_FLAG.ack);
  const pure = client.pureAcks + server.pureAcks;
  const riding = client.piggybackedAcks + server.piggybackedAcks;
  const first = series === undefined ? [] : pureAckFrames(series);
  return html`<p><b>ACK</b> is set in ${acked === undefined ? 'every segment after the first SYN' : `${countText(acked)} of ${countText(all)} segments`}${handshake.syn !== null && html`: in all but the first SYN (frame ${handshake.syn.frame}), which has nothing to acknowledge yet`}. The acknowledgment number says: “I have every byte before this one.” ${countText(pure)} segments say nothing else (${first.length > 0 && `frames ${framesText(first, MOST_FRAMES)}; `}client ${countText(client.pureAcks)}, server ${countText(server.pureAcks)}); ${countText(riding)} ride on data that went the other way anyhow, and cost nothing.${times(client, 'client')}${times(server, 'server')}</p>`;
}

function times({ rtt }: TcpReport['sides'][0], who: string): string {
  if (rtt === null) return '';
  return ` The ${who}’s segments were acknowledged after ${timeText(rtt.p50Ns)} (median of ${countText(rtt.count)}), ${timeText(rtt.maxNs)} at most.`;
}

function pushes({ sides, series }: TcpReport): Markup {
  const data = sides[0].dataPackets + sides[1].dataPackets;
  const pushed = sides[0].pushes + sides[1].pushes;
  if (data === 0) return html`<p><b>PSH</b> is not set: no segment carries data.</p>`;
  const frames = series === undefined ? [] : framesWith(series, TCP_FLAG.psh);
  const why =
    pushed >= data
      ? 'Each segment with data has it, since each is all that the program had written: a send() of the program became one segment.'
      : pushed === 0
        ? 'The sender never said so here.'
        : `${percentText(pushed / data)} of the segments with data have it: those with which the sender had nothing more to send for the moment. After the segments between more follows at once.`;
  return html`<p><b>PSH</b> is set in ${countText(pushed)} of ${countText(data)} segments with data${frames.length > 0 && ` (frames ${framesText(frames, MOST_FRAMES)})`}. It says: “that is all for now, hand it to your program at once.” ${why}</p>`;
}

function countFlag({ flags }: SegmentSeries, bit: number): number {
  return flags.reduce((sum, value) => sum + ((value & bit) === 0 ? 0 : 1), 0);
}

function framesWith({ frames, flags, payloads }: SegmentSeries, bit: number): number[] {
  return Array.from(frames.filter((_, index) => (flags[index]! & bit) !== 0 && payloads[index]! > 0));
}

function pureAckFrames({ frames, flags, payloads }: SegmentSeries): number[] {
  const other = TCP_FLAG.syn | TCP_FLAG.fin | TCP_FLAG.rst;
  return Array.from(
    frames.filter(
      (_, index) => (flags[index]! & (TCP_FLAG.ack | other)) === TCP_FLAG.ack && payloads[index] === 0,
    ),
  );
}

function reliableAcks(where: string, { sides, events }: RudpReport): Markup {
  const [client, server] = sides;
  const gap = events.find(({ kind }) => kind === 'gap');
  return html`<p class="about">${where}</p><p><b>ACK</b> is a frame within its packets, not a flag: ${countText(client.acks + server.acks)} packets have one, ${countText(client.pureAcks + server.pureAcks)} of them nothing else (client ${countText(client.pureAcks)}, server ${countText(server.pureAcks)}). It names packets by their numbers, as ranges, so one says all that is missing${gap !== undefined && `: frame ${gap.frame}, for example, where ${gap.reason}`}. It says, too, how long it was held back, so round trips are measured exactly. <b>PSH</b> has no counterpart: each message is handed over as soon as those before it are. The <b>A</b> bit (${counted(client.asks + server.asks, 'packet')}) asks for an ACK at once.</p>`;
}
