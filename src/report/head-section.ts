/** What the capture is: a summary in plain words, the facts, and what would look like trouble but is none. */
import type { Artefact, CaptureFacts, CaptureReport, TcpReport, UdpReport } from '../analysis/model.ts';
import { bytesText, counted, countText, timeText } from '../analysis/words.ts';
import { conversationsShown } from './conversations-section.ts';
import { MOST_LISTED, MOST_TEXT } from './limits.ts';
import { type Content, html, type Markup } from './markup.ts';
import { shortened } from './safety-section.ts';

const MS_PER_SECOND = 1_000;
/** The seconds that a Date can hold; a damaged file may say any time. */
const MOST_SECONDS = 8.64e12;

export function headSection(report: CaptureReport): Markup {
  const { capture } = report;
  return html`${damageNotice(capture)}<div class="tiles">${tiles(report).map(
    ([value, name]) => html`<div><b>${value}</b><span>${name}</span></div>`,
  )}</div>
<ul class="summary">${summaryLines(report).map(line => html`<li>${line}</li>`)}</ul>
${artefacts(capture.artefacts)}
<details class="facts-table"><summary>The capture in detail</summary>${factsTable(report)}</details>`;
}

function tiles({ capture }: CaptureReport): readonly (readonly [string, string])[] {
  return [
    [countText(capture.packets), capture.packets === 1 ? 'frame' : 'frames'],
    [bytesText(capture.bytes), 'on the wire'],
    [timeText(capture.durationNs), 'from first to last'],
    [countText(capture.tcpConversations), 'TCP'],
    [countText(capture.udpConversations), 'UDP'],
  ];
}

function damageNotice({ damage, wasStopped, packets }: CaptureFacts): Content {
  return [
    damage !== null &&
      html`<p class="notice bad"><b>The file is damaged at byte ${countText(damage.offset)}</b>: ${shortened(damage.message)}. The ${counted(packets, 'frame')} before it are here.</p>`,
    wasStopped && html`<p class="notice note">Reading was stopped early; what came before is here.</p>`,
  ];
}

/** The story in a few sentences. */
function summaryLines(report: CaptureReport): Content[] {
  const { tcp, udp, other, capture, cost } = report;
  const again = tcp.reduce((sum, { sides }) => sum + sides[0].retransmissions + sides[1].retransmissions, 0);
  const whole = tcp.filter(
    ({ handshake, close }) => handshake.state === 'complete' && close.state === 'closed',
  );
  const shown =
    conversationsShown(report) < capture.tcpConversations + capture.udpConversations ? ' shown' : '';
  return [
    tcp.length > 0 &&
      `${whole.length === tcp.length ? (tcp.length === 1 ? 'The TCP connection is' : `All ${counted(tcp.length, 'TCP connection')}${shown} are`) : `${countText(whole.length)} of ${counted(tcp.length, 'TCP connection')}${shown} ${whole.length === 1 ? 'is' : 'are'}`} in the capture from handshake to close.`,
    tcp.length > 0 &&
      (again === 0
        ? 'Nothing had to be sent again.'
        : `${counted(again, 'segment')} had to be sent again: see the events of each conversation.`),
    cost !== undefined &&
      cost.newPayloadBytes > 0 &&
      `${bytesText(cost.bytes)} went over the wire for ${bytesText(cost.newPayloadBytes)} of payload.`,
    safetyLine([...tcp, ...udp]),
    other.length > 0 &&
      `Beside TCP and UDP: ${other
        .slice(0, MOST_LISTED)
        .map(({ name, packets }) => `${name} (${counted(packets, 'frame')})`)
        .join(', ')}.`,
  ].filter(line => line !== false);
}

/** What those who see the packets can read, over all conversations that carry something. */
function safetyLine(conversations: readonly (TcpReport | UdpReport)[]): Content {
  const levels = conversations.flatMap(({ safety }) =>
    safety === undefined || safety.level === 'empty' ? [] : [safety.level],
  );
  const readable = levels.filter(level => level === 'readable' || level === 'mixed').length;
  if (levels.length === 0) return false;
  if (readable > 0) {
    const whose =
      readable < levels.length
        ? `${countText(readable)} of ${countText(levels.length)} conversations carry what`
        : levels.length === 1
          ? 'It carries what'
          : `All ${countText(levels.length)} conversations carry what`;
    return html`<span class="bad-text">${whose} anybody on the way can read.</span>`;
  }
  return levels.every(level => level === 'encrypted')
    ? 'All payload is encrypted.'
    : 'Nothing readable was found in the payload, though not all of it is known to be encrypted.';
}

function artefacts(all: readonly Artefact[]): Content {
  if (all.length === 0) return false;
  return html`<h3>Not trouble, but how the capture was made</h3><ul class="artefacts">${all
    .slice(0, MOST_LISTED)
    .map(({ text, advice }) => html`<li>${text}${advice !== null && html` <i>${advice}</i>`}</li>`)}</ul>${
    all.length > MOST_LISTED && html`<p class="note">${countText(all.length - MOST_LISTED)} more.</p>`
  }`;
}

function factsTable({ capture }: CaptureReport): Markup {
  const {
    name,
    format,
    compression,
    sizeBytes,
    application,
    os,
    interfaces,
    skippedBlocks,
    capturedBytes,
    wireshark,
  } = capture;
  const rows: readonly (readonly [string, Content])[] = [
    [
      'file',
      html`<code>${shortened(name)}</code>, ${format ?? 'no format'}${compression !== null && ` in ${compression}`}, ${bytesText(sizeBytes)}`,
    ],
    ['begins', startText(capture)],
    [
      'written by',
      [application ?? 'not said', os !== null && `, ${os}`].map(text =>
        typeof text === 'string' ? shortened(text) : text,
      ),
    ],
    ['captured', `${bytesText(capturedBytes)} of ${bytesText(capture.bytes)}`],
    ...interfaces
      .slice(0, MOST_LISTED)
      .map((one): readonly [string, Content] => [
        `interface ${one.index}`,
        [
          one.name ?? one.description ?? 'without a name',
          one.linkTypeName,
          counted(one.packets, 'frame'),
          ...(one.filter === null ? [] : [`filter ${one.filter}`]),
          ...(one.snapLength === 0 ? [] : [`first ${countText(one.snapLength)} B of each`]),
          one.drops === null ? 'says nothing of lost packets' : `${countText(one.drops)} lost by the capture`,
        ]
          .map(text => shortened(text, MOST_TEXT))
          .join(' · '),
      ]),
    ...(interfaces.length > MOST_LISTED
      ? [['', `${countText(interfaces.length - MOST_LISTED)} interfaces more`] as const]
      : []),
    ...(skippedBlocks === 0
      ? []
      : [['blocks', `${countText(skippedBlocks)} of kinds that are not read`] as const]),
    ['TCP analysis', `by the rules of Wireshark ${wireshark}`],
  ];
  return html`<div class="scroll"><table class="wide"><tbody>${rows.map(([label, value]) => html`<tr><th scope="row" class="text">${label}</th><td class="text">${value}</td></tr>`)}</tbody></table></div>`;
}

export function startText({ start }: CaptureFacts): string {
  if (start === null || Math.abs(start.seconds) > MOST_SECONDS) return 'at an unknown time';
  const date = new Date(start.seconds * MS_PER_SECOND).toISOString();
  return `${date.slice(0, -5).replace('T', ' ')}.${String(Math.max(0, start.nanoseconds)).padStart(9, '0').slice(0, 6)} UTC`;
}
