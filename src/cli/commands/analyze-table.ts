/** The conversations of a capture as a table. */
import type { CaptureAnalysis } from '../../analysis/capture-analysis.ts';
import { bytesText, counted, countText, endpointText } from '../../analysis/words.ts';
import { TCP_FLAG } from '../../wire/tcp-header.ts';
import { colour, table } from './analyze-layout.ts';
import type { Ranked } from './analyze-selection.ts';

/** A screen has 24 lines; the capture takes some. */
export const MOST_ROWS = 16;

/** @param count of all conversations, of which `ranked` are the most interesting ones */
export function conversationTable(
  analysis: CaptureAnalysis,
  ranked: readonly Ranked[],
  count: number,
): string[] {
  const shown = [...ranked].sort((left, right) =>
    left.protocol === right.protocol
      ? left.conversation - right.conversation
      : left.protocol < right.protocol
        ? -1
        : 1,
  );
  const rows = shown.map(({ protocol, conversation }) => {
    const totals = analysis.totals[protocol];
    const [client, server] = analysis.endpoints(protocol, conversation);
    const troubles = totals.troubles[conversation] ?? 0;
    return [
      `${protocol}:${conversation}`,
      endpointText(client),
      endpointText(server),
      countText(totals.packetsOf(conversation)),
      bytesText(totals.payloadOf(conversation)),
      bytesText(totals.bytesOf(conversation)),
      troubles === 0 ? '' : counted(troubles, 'event'),
      protocol === 'udp' ? ownText(analysis, conversation) : endText(totals.flags[conversation] ?? 0),
    ];
  });
  const lines = table(
    ['', 'client', 'server', 'packets', 'payload', 'on the wire', '', ''],
    rows,
    new Set([3, 4, 5]),
  );
  const hidden = count - shown.length;
  if (hidden > 0) lines.push(colour('dim', `… and ${countText(hidden)} more with less in them`));
  return lines;
}

/** How a connection began and ended, from all flags that were seen of it. */
function endText(flags: number): string {
  const begun = (flags & TCP_FLAG.syn) === 0 ? 'begun before' : '';
  const end = (flags & TCP_FLAG.rst) !== 0 ? 'reset' : (flags & TCP_FLAG.fin) !== 0 ? 'closed' : 'open';
  return begun === '' ? end : `${begun}, ${end}`;
}

/** What of ours goes over UDP. */
function ownText(analysis: CaptureAnalysis, conversation: number): string {
  return analysis.ownOfUdp(conversation)?.protocol ?? '';
}
