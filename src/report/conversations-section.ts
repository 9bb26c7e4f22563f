/** The conversations of a capture: the most interesting ones open, the others folded, and how many are left out. */
import type { CaptureReport, TcpReport, UdpReport } from '../analysis/model.ts';
import { countText } from '../analysis/words.ts';
import { conversationSection } from './conversation-section.ts';
import { MOST_OPEN } from './limits.ts';
import { html, type Markup } from './markup.ts';

export function conversationsShown({ tcp, udp }: CaptureReport): number {
  return tcp.length + udp.length;
}

export function conversationsSection(report: CaptureReport, capture: number): Markup {
  const { tcp, udp } = report;
  const all: readonly (TcpReport | UdpReport)[] = [...tcp, ...udp];
  const open = new Set(
    [...all].sort((left, right) => interestOf(right) - interestOf(left)).slice(0, MOST_OPEN),
  );
  const hidden = report.capture.tcpConversations + report.capture.udpConversations - all.length;
  return html`${all.map(one => conversationSection(one, capture, open.has(one)))}${
    all.length === 0 && html`<p>The capture has neither TCP nor UDP.</p>`
  }${
    hidden > 0 &&
    html`<p class="note">${countText(hidden)} more conversations are in the capture, with less in them. <code>sensewire analyze FILE --conversation tcp:N --html OUT</code> makes a report of the ones you name.</p>`
  }`;
}

/** An event is worth as much attention as so many packets, or so many bytes. */
const PACKETS_AN_EVENT = 50;
const BYTES_A_PACKET = 1_000;

/** How interesting a conversation is to look at first. */
function interestOf(report: TcpReport | UdpReport): number {
  const events = report.protocol === 'tcp' ? report.events.length + report.eventsLeftOut : report.unanswered;
  return report.packets + PACKETS_AN_EVENT * events + report.bytes / BYTES_A_PACKET;
}
