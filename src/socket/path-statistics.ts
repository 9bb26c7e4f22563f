/**
 * What a transport that knows its path says of it: reliable UDP does; the kernel keeps TCP's to itself.
 */
import type { ConnectionStatistics } from '../rudp/connection-events.ts';

/** Of one connection, or of several in a row. */
export type PathStatistics = ConnectionStatistics;

/** Counters together; of the round trip and the loss the newer ones. */
export function addPaths(older: PathStatistics | undefined, newer: PathStatistics): PathStatistics {
  if (older === undefined) return newer;
  return {
    messagesSent: older.messagesSent + newer.messagesSent,
    messagesDelivered: older.messagesDelivered + newer.messagesDelivered,
    packetsSent: older.packetsSent + newer.packetsSent,
    packetsReceived: older.packetsReceived + newer.packetsReceived,
    bytesSent: older.bytesSent + newer.bytesSent,
    bytesReceived: older.bytesReceived + newer.bytesReceived,
    duplicates: older.duplicates + newer.duplicates,
    repaired: older.repaired + newer.repaired,
    repairedByPeer: older.repairedByPeer + newer.repairedByPeer,
    lost: older.lost + newer.lost,
    spurious: older.spurious + newer.spurious,
    probes: older.probes + newer.probes,
    repairSymbols: older.repairSymbols + newer.repairSymbols,
    packetsUnderWay: newer.packetsUnderWay,
    bytesUnderWay: newer.bytesUnderWay,
    bytesWaiting: newer.bytesWaiting,
    bytesHeld: newer.bytesHeld,
    rttUs: newer.rttUs > 0 ? newer.rttUs : older.rttUs,
    loss: newer.packetsSent > 0 ? newer.loss : older.loss,
  };
}
