/** How the payload relates to what the client sent: the way of some bytes from the program into a frame and back. */
import type { PayloadExcerpt, TcpReport, UdpReport } from '../analysis/model.ts';
import type { RudpReport } from '../analysis/rudp-model.ts';
import { bytesText, counted, countText, timeText } from '../analysis/words.ts';
import type { Answer } from './answer.ts';
import { payloadText } from './answer-frame.ts';
import { frameRef } from './frame-link.ts';
import { type Content, html } from './markup.ts';
import { evidenceTable } from './safety-section.ts';
import { indexOfFrame } from './segment-columns.ts';
import type { Subject, Subjects } from './subjects.ts';

const MOST_READINGS = 4;

export function payloadAnswer({ all }: Subjects): Answer {
  const bodies = all.map(bodyOf);
  return {
    id: 'payload',
    question: 'How does the payload relate to what the client sent?',
    body:
      bodies.length === 0
        ? html`<p>There is neither TCP nor UDP in the capture, so no payload of a program.</p>`
        : bodies,
  };
}

function bodyOf({ report, name }: Subject): Content {
  const { series } = report;
  if (report.protocol === 'udp' && report.rudp !== undefined) return reliableBody(report, report.rudp, name);
  const sent = series?.excerpts.find(({ frame }) => sideOf(report, frame) === 0) ?? series?.excerpts[0];
  if (series === undefined || sent === undefined) {
    return html`<p>In ${name} there is no payload${series?.payloads.some(length => length > 0) ? ' that the capture kept' : ''}.</p>`;
  }
  const index = indexOfFrame(series.frames, sent.frame);
  const who = series.sides[index] === 0 ? 'client' : 'server';
  const length = series.payloads[index]!;
  return html`<p class="about">${name}</p><p>The first payload of the ${who} is in ${frameRef(sent.frame)}: <code>${payloadText(sent.bytes)}${length > sent.bytes.length && ' …'}</code>, ${bytesText(length)}. ${
    report.protocol === 'tcp' ? streamText(report, index, who) : datagramText(report, who)
  }${answerText(report, sent, index)}</p>${readings(report)}`;
}

/** TCP has no messages: bytes have numbers, and segments are cut where it suits. */
function streamText(report: TcpReport, index: number, who: 'client' | 'server'): string {
  const { series, sides } = report;
  if (series === undefined) return '';
  const side = who === 'client' ? 0 : 1;
  const first = series.sequences[index]!;
  const end = first + series.payloads[index]!;
  const ack = series.acknowledgments.findIndex(
    (number, at) => at > index && series.sides[at] !== side && ((number - end) | 0) >= 0,
  );
  const own = sides[side];
  return `The program’s bytes are there as they were given to the socket, with headers before them and nothing between: they are bytes ${countText(first)} to ${countText(end - 1)} of its stream. ${
    ack < 0
      ? 'No ACK for them is in the capture.'
      : `Frame ${series.frames[ack]} acknowledges ${countText(series.acknowledgments[ack]!)}, the next one: they have arrived, ${timeText(series.timesNs[ack]! - series.timesNs[index]!)} later.`
  } In all the ${who} sent ${bytesText(own.newBytes)} in ${counted(own.dataPackets, 'segment')}; TCP keeps their order, not the borders of the program’s messages.`;
}

function datagramText(report: UdpReport, who: 'client' | 'server'): string {
  const own = report.sides[who === 'client' ? 0 : 1];
  return `One sendto() of the program is one datagram: its bytes, with headers before them and nothing else. In all the ${who} sent ${bytesText(own.payloadBytes)} in ${counted(own.packets, 'datagram')}; each border is kept, their order and arrival are not promised.`;
}

/** Of reliable UDP the first bytes of a datagram are its own; the program's are in its messages. */
function reliableBody(report: UdpReport, { sides }: RudpReport, name: string): Content {
  const first = report.ladder.find(({ from, flags }) => from === 'client' && flags.includes('MESSAGE'));
  const [client, server] = sides;
  const own = report.sides[0];
  const example =
    first === undefined
      ? ''
      : html` The first one is in ${frameRef(first.frame)}: ${first.note}${first.preview !== null && html` <code>${first.preview}</code>`}.`;
  return html`<p class="about">${name}</p><p>What the program gave to its socket is in MESSAGE frames, several in a packet where they are small, in pieces where they are large; they keep their borders and their order.${example} The client sent ${counted(client.messages, 'message')} of ${bytesText(client.messageBytes)} in all, for which ${counted(own.packets, 'datagram')} with ${bytesText(own.payloadBytes)} of payload went; the server ${counted(server.messages, 'message')} of ${bytesText(server.messageBytes)}.</p>${readings(report)}`;
}

/** Whether the other side sent the same bytes back, or in capitals. */
function answerText(report: TcpReport | UdpReport, sent: PayloadExcerpt, index: number): string {
  const { series } = report;
  const answer = series?.excerpts.find(
    ({ frame }) => frame > sent.frame && sideOf(report, frame) !== series.sides[index],
  );
  if (series === undefined || answer === undefined) return '';
  const [asked, answered] = [payloadText(sent.bytes), payloadText(answer.bytes)];
  const isWhole = series.payloads[indexOfFrame(series.frames, answer.frame)] === series.payloads[index];
  if (asked === answered && isWhole)
    return ` The answer in frame ${answer.frame} has the same bytes: the server sends back what it receives.`;
  if (asked.toUpperCase() === answered && isWhole)
    return ` The answer in frame ${answer.frame} has the same letters as capitals.`;
  return ` The first answer, in frame ${answer.frame}, is one of its own: ${bytesText(series.payloads[indexOfFrame(series.frames, answer.frame)] ?? 0)} with other bytes.`;
}

function readings({ safety }: TcpReport | UdpReport): Content {
  const values =
    safety?.evidence.filter(({ kind }) => kind === 'reading' || kind === 'value').slice(0, MOST_READINGS) ??
    [];
  return (
    values.length > 0 &&
    html`<p>Values that the program sent, and where each of them stands:</p>${evidenceTable(values)}`
  );
}

function sideOf({ series }: TcpReport | UdpReport, frame: number): number | undefined {
  return series?.sides[indexOfFrame(series.frames, frame)];
}
