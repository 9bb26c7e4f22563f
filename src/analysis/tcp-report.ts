/** Everything about one TCP conversation: its frames go once through the parts of the report. */
import { artefact, OFFLOAD_ADVICE } from './artefacts.ts';
import { CloseReader } from './close-report.ts';
import type { Columns } from './columns.ts';
import { CHECK, CHECKS_MASK } from './columns-checksum.ts';
import type { Segment } from './conversation-segment.ts';
import { type ClientSide, type SegmentSink, walkTcp } from './conversation-walk.ts';
import { EventReader } from './events-report.ts';
import type { FrameTeller } from './frame-teller.ts';
import { HandshakeReader } from './handshake.ts';
import { LadderReader } from './ladder.ts';
import { MissingReader } from './missing-report.ts';
import type { Artefact, Endpoint, Handshake, TcpReport, TcpSide } from './model.ts';
import { optionsOf } from './options-report.ts';
import { PhaseReader } from './phases.ts';
import { RttReader } from './rtt-report.ts';
import { SideReader } from './tcp-sides.ts';
import { WindowReader } from './window-report.ts';
import { bytesText, counted } from './words.ts';

/**
 * @param ends of the client and of the server
 * @param frames that it has, without those that ICMP errors quote
 */
export function tcpReport(
  columns: Columns,
  conversation: number,
  client: ClientSide,
  ends: readonly [Endpoint, Endpoint],
  frames: number,
  teller: FrameTeller,
  more: readonly SegmentSink[] = [],
): TcpReport {
  const span = new SpanReader();
  const handshakes = new HandshakeReader();
  const sides = new SideReader();
  const events = new EventReader(columns);
  const rtt = new RttReader();
  const windows = new WindowReader();
  const closes = new CloseReader();
  const missing = new MissingReader();
  const phases = new PhaseReader(true);
  const ladder = new LadderReader(columns, frames, teller);
  const parts: SegmentSink[] = [
    span,
    handshakes,
    sides,
    events,
    rtt,
    windows,
    closes,
    missing,
    phases,
    ladder,
    ...more,
  ];
  const { coverage, quoted, quotedFrames } = walkTcp(columns, conversation, client.side, parts);
  phases.finish();

  const handshake = handshakes.report();
  const close = closes.report(handshake);
  const eventCounts = events.counts();
  const [clientSyn, serverSyn] = handshakes.synRows.map(row => columns.syns.optionsOf(row));
  const isScaleKnown = clientSyn !== undefined && serverSyn !== undefined;
  const sideReport = (side: 0 | 1): TcpSide => {
    const own = sides.sides[side];
    return {
      endpoint: ends[side],
      packets: own.packets,
      bytes: own.bytes,
      dataPackets: own.dataPackets,
      payloadBytes: own.payloadBytes,
      newBytes: own.newBytes,
      repeatedBytes: own.payloadBytes - own.newBytes,
      pureAcks: own.pureAcks,
      pushes: own.pushes,
      piggybackedAcks: own.piggybackedAcks,
      largestPayload: own.largestPayload,
      dataNs: own.dataNs,
      goodputBps: own.rate(own.newBytes, own.firstNewBytes),
      throughputBps: own.rate(own.dataFrameBytes, own.firstFrameBytes),
      rtt: rtt.distribution(side),
      rttHistogram: rtt.histogram(side),
      window: windows.report(side, isScaleKnown),
      retransmissions: events.count('retransmission', side),
      lostSegments: events.count('lostSegment', side),
      duplicateAcks: events.count('duplicateAck', side),
    };
  };
  const both = [sideReport(0), sideReport(1)] as const;
  return {
    protocol: 'tcp',
    stream: conversation,
    client: ends[0],
    server: ends[1],
    clientIs: client.reason,
    firstFrame: span.firstFrame,
    lastFrame: span.lastFrame,
    startNs: span.startNs,
    durationNs: span.endNs - span.startNs,
    packets: both[0].packets + both[1].packets,
    bytes: both[0].bytes + both[1].bytes,
    handshake,
    options: optionsOf(clientSyn, serverSyn),
    sides: both,
    phases: phases.phases,
    phasesLeftOut: phases.leftOut,
    events: events.events,
    eventsLeftOut: events.leftOut,
    eventCounts,
    close,
    missing: missing.report(handshake, close, coverage, eventCounts, columns.tcp.cutBytes[conversation] ?? 0),
    icmpErrors: quoted,
    icmpFrames: quotedFrames,
    ladder: ladder.steps,
    artefacts: [
      ...midConnection(handshake, client),
      ...offload(both, clientSyn?.mss, serverSyn?.mss),
      ...checksums(columns, conversation, client),
    ],
  };
}

/** First and last frame of a conversation. */
export class SpanReader implements SegmentSink {
  firstFrame = 0;
  lastFrame = 0;
  startNs = 0;
  endNs = 0;

  add({ frame, timeNs }: Segment): void {
    if (this.firstFrame === 0) {
      this.firstFrame = frame;
      this.startNs = timeNs;
      this.endNs = timeNs;
    }
    this.lastFrame = frame;
    if (timeNs > this.endNs) this.endNs = timeNs;
  }
}

function midConnection({ state, syn }: Handshake, { reason }: ClientSide): Artefact[] {
  if (syn !== null || state === 'partial') return [];
  const who =
    reason === 'port'
      ? 'the side with the higher port is taken for the client'
      : 'who sent the first frame is taken for the client';
  return [
    artefact(
      'mid-connection',
      `The capture began in the middle of this connection: options and window scale are not known, sequence numbers count from the first frame seen, and ${who}.`,
      null,
    ),
  ];
}

/** @param clientMss and `serverMss`: what each said that it takes; -1 or undefined: nothing */
function offload(
  sides: readonly [TcpSide, TcpSide],
  clientMss: number | undefined,
  serverMss: number | undefined,
): Artefact[] {
  const limits = [serverMss ?? -1, clientMss ?? -1];
  return sides.flatMap(({ largestPayload, endpoint }, side) => {
    const limit = limits[side]!;
    if (limit <= 0 || largestPayload <= limit) return [];
    const pieces = Math.ceil(largestPayload / limit);
    return [
      artefact(
        'segmentation-offload',
        `${endpoint.address} sends segments of up to ${bytesText(largestPayload)}, though its peer takes ${bytesText(limit)}: the network card cuts them after the capture (segmentation offload). On the wire such a segment is ${counted(pieces, 'frame')}.`,
        OFFLOAD_ADVICE,
      ),
    ];
  });
}

function checksums(columns: Columns, conversation: number, client: ClientSide): Artefact[] {
  const found = [0, 1].filter(side => {
    const checks = columns.tcp.checks[2 * conversation + side]! & CHECKS_MASK;
    return (checks & CHECK.good) === 0 && checks !== 0;
  });
  if (found.length === 0) return [];
  const who = found.length === 2 ? 'both sides' : found[0] === client.side ? 'the client' : 'the server';
  return [
    artefact(
      'checksum-offload',
      `TCP checksums of ${who} do not fit: the network card computes them after the capture (checksum offload). They are not errors.`,
      null,
    ),
  ];
}
