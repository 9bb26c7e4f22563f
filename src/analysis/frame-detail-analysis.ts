/** What the analysis of its conversation says of a segment. */
import { explainVerdict } from '../flows/explain-verdict.ts';
import { TRANSPORT } from '../wire/packet.ts';
import type { AnalysedFrame } from './analysed-frame.ts';
import { transportChecksum } from './frame-detail-checksum.ts';
import type { DetailFact, FrameDetail } from './frame-detail-model.ts';
import type { TransportFacts } from './frame-detail-tcp.ts';
import { counted, timeText } from './words.ts';

/** The header at layer `index`: only the innermost one has been analysed. */
export function transportFacts(frame: AnalysedFrame, index: number): TransportFacts {
  const { packet, verdict } = frame;
  const isTcp = packet.transport === TRANSPORT.tcp;
  const { start } = isTcp ? packet.tcp : packet.udp;
  if (packet.transport === TRANSPORT.none || packet.layerStarts[index] !== start) return { payloadLength: 0 };
  const { payloadLength } = isTcp ? packet.tcp : packet.udp;
  const checksum = checksumOf(frame, start, isTcp ? packet.tcp.headerLength : 8, payloadLength);
  if (!isTcp || packet.isQuoted || !packet.tcp.isAnalysed) return { payloadLength, checksum };
  const { base, peerBase, windowSize } = verdict;
  return { base, peerBase, window: windowSize, payloadLength, checksum };
}

/** Undefined where not all of it was captured, or it is only quoted. */
function checksumOf(
  { packet }: AnalysedFrame,
  start: number,
  header: number,
  payload: number,
): TransportFacts['checksum'] {
  const { family, addressBytes, sourceAddress, destinationAddress, transportBytes, transportEnd, transport } =
    packet;
  const end = start + header + payload;
  if (family === 0 || packet.isQuoted || packet.isFragment || end > transportEnd) return undefined;
  const size = family === 4 ? 4 : 16;
  const addresses = new Uint8Array(2 * size);
  addresses.set(addressBytes.subarray(sourceAddress, sourceAddress + size));
  addresses.set(addressBytes.subarray(destinationAddress, destinationAddress + size), size);
  const at = start + (transport === TRANSPORT.tcp ? 16 : 6);
  return transportChecksum(transportBytes, start, end, at, addresses, transport);
}

const fact = (label: string, value: string, meaning: string | null = null): DetailFact => ({
  label,
  value,
  meaning,
});

export function tcpFacts(frame: AnalysedFrame): Pick<FrameDetail, 'analysis' | 'events'> {
  const { packet, verdict, hasTcp } = frame;
  if (!hasTcp || packet.isQuoted || !packet.tcp.isAnalysed) return { analysis: [], events: [] };
  const { tcp } = packet;
  const analysis: DetailFact[] = [];
  const relative = (tcp.sequence - verdict.base) >>> 0;
  if (tcp.payloadLength > 0) {
    const last = (relative + tcp.payloadLength - 1) >>> 0;
    analysis.push(
      fact('carries', `bytes ${relative} to ${last} of this direction`, 'counted from the SYN, which is 0'),
    );
  }
  if (verdict.acksFrame !== 0) {
    analysis.push(
      fact(
        'acknowledges',
        `frame ${verdict.acksFrame}, ${timeText(verdict.ackRttNs)} after it`,
        'the round trip, as seen from where the capture was made',
      ),
    );
  }
  if (verdict.bytesInFlight !== 0)
    analysis.push(
      fact(
        'in flight',
        counted(verdict.bytesInFlight, 'byte'),
        'sent and not acknowledged, with this segment',
      ),
    );
  if (verdict.rtoFrame !== 0)
    analysis.push(fact('repeats', `frame ${verdict.rtoFrame}, ${timeText(verdict.rtoNs)} after it`));
  if (verdict.initialRttNs > 0)
    analysis.push(
      fact('handshake took', timeText(verdict.initialRttNs), 'from SYN to the ACK that completes it'),
    );
  const events = explainVerdict(verdict).map(({ event, text }) => ({ kind: event, text }));
  return { analysis, events };
}
