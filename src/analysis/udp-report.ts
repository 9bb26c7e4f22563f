/** Everything about one UDP conversation. */
import type { Columns } from './columns.ts';
import { type ClientSide, type SegmentSink, walkUdp } from './conversation-walk.ts';
import type { FrameTeller } from './frame-teller.ts';
import { LadderReader } from './ladder.ts';
import type { Endpoint, UdpReport } from './model.ts';
import { PhaseReader } from './phases.ts';
import { SpanReader } from './tcp-report.ts';
import { DatagramReader } from './udp-sides.ts';

/**
 * @param ends of the client and of the server
 * @param frames that it has, without those that ICMP errors quote
 */
export function udpReport(
  columns: Columns,
  conversation: number,
  client: ClientSide,
  ends: readonly [Endpoint, Endpoint],
  frames: number,
  teller: FrameTeller,
  more: readonly SegmentSink[] = [],
): UdpReport {
  const span = new SpanReader();
  const datagrams = new DatagramReader();
  const phases = new PhaseReader(false);
  const ladder = new LadderReader(columns, frames, teller);
  const quoted = walkUdp(columns, conversation, client.side, [span, datagrams, phases, ladder, ...more]);
  phases.finish();
  const sides = [datagrams.side(0, ends[0]), datagrams.side(1, ends[1])] as const;
  return {
    protocol: 'udp',
    stream: conversation,
    client: ends[0],
    server: ends[1],
    clientIs: client.reason,
    firstFrame: span.firstFrame,
    lastFrame: span.lastFrame,
    startNs: span.startNs,
    durationNs: span.endNs - span.startNs,
    packets: sides[0].packets + sides[1].packets,
    bytes: sides[0].bytes + sides[1].bytes,
    sides,
    phases: phases.phases,
    phasesLeftOut: phases.leftOut,
    pairs: datagrams.pairs,
    unanswered: datagrams.unanswered,
    answerNs: datagrams.answers(),
    ladder: ladder.steps,
    gaps: datagrams.gaps(),
    cutFrames: datagrams.cutFrames,
    unreachable: quoted,
    artefacts: [],
  };
}
