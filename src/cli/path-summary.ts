/**
 * What reliable UDP did on its path, for summaries: as JSON, and as a line.
 */
import type { PathStatistics } from '../socket/path-statistics.ts';
import { ms, number } from './terminal.ts';

/** IPv4 and UDP in front of each datagram. */
const HEADER_BYTES = 28;

/** The fields of `rudp` in a summary. */
export function pathJson(path: PathStatistics): object {
  const messages = path.messagesSent + path.messagesDelivered;
  const bytes =
    path.bytesSent + path.bytesReceived + HEADER_BYTES * (path.packetsSent + path.packetsReceived);
  return {
    messages_sent: path.messagesSent,
    delivered: path.messagesDelivered,
    packets_sent: path.packetsSent,
    packets_received: path.packetsReceived,
    repaired: path.repaired,
    repaired_by_peer: path.repairedByPeer,
    retransmitted: path.lost,
    spurious: path.spurious,
    probes: path.probes,
    duplicates: path.duplicates,
    rtt_ms: path.rttUs > 0 ? ms(path.rttUs) : null,
    loss: Number(path.loss.toFixed(4)),
    bytes_per_message: messages === 0 ? null : Number((bytes / messages).toFixed(1)),
  };
}

/** @param sender whether the path was this end's to send over, or to receive from */
export function pathLine(path: PathStatistics, role: 'sender' | 'receiver'): string {
  const repaired = role === 'sender' ? path.repairedByPeer : path.repaired;
  const again = role === 'sender' ? `, ${number(path.lost)} packets sent again` : '';
  const messages = role === 'sender' ? path.messagesSent : path.messagesDelivered;
  const bytes =
    path.bytesSent + path.bytesReceived + HEADER_BYTES * (path.packetsSent + path.packetsReceived);
  const each = messages === 0 ? '' : `, ${number(bytes / messages)} bytes a message`;
  return (
    `reliable UDP: ${number(repaired)} lost packets repaired${again}, ${number(path.duplicates)} came twice` +
    `${each}, round trip ${path.rttUs > 0 ? `${ms(path.rttUs)} ms` : 'not measured'}`
  );
}
