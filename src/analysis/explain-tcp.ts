/** A TCP conversation explained, part by part, with its own numbers: what a student understands and an expert respects. */
import { eventParts } from './explain-events.ts';
import { phaseLines, spread } from './explain-phases.ts';
import { type ExplainedPart, part } from './explained.ts';
import type { ArtefactKind, OptionReport, TcpReport, TcpSide } from './model.ts';
import { telemetryPart } from './telemetry-report.ts';
import {
  bytesText,
  counted,
  countText,
  framesText,
  percentText,
  rateText,
  timesText,
  timeText,
} from './words.ts';

/** An ACK that waited for data to ride on: Linux waits 40 ms, Windows and RFC 1122 at most 200 and 500. */
const DELAYED_ACK_NS = 30_000_000;
/** An ACK that takes so many times as long as those the other way. */
const WAITING_FACTOR = 5;
/** Fewer round trips need no picture. */
const LEAST_PICTURED = 8;
const ROLES = ['client', 'server'] as const;

/** @param told artefacts that are explained for the whole capture already */
export function explainTcp(report: TcpReport, told: readonly ArtefactKind[] = []): ExplainedPart[] {
  return [
    ...opened(report),
    ...options(report),
    ...telemetryPart(report.telemetry),
    ...part('data', phaseLines(report.phases, report.phasesLeftOut)),
    ...volume(report),
    ...pushes(report),
    ...acks(report),
    ...eventParts(report),
    ...rtt(report),
    ...windows(report),
    ...closed(report),
    ...icmp(report),
    ...missing(report),
    ...part(
      'artefact',
      report.artefacts.filter(({ kind }) => !told.includes(kind)).map(({ text }) => text),
      'note',
    ),
  ];
}

function opened({ handshake, client, server }: TcpReport): ExplainedPart[] {
  const { state, syn, synAck, ack, totalNs, serverNs, clientNs, repeated } = handshake;
  const again = repeated === 0 ? '' : ` ${counted(repeated, 'SYN')} had to be sent again.`;
  switch (state) {
    case 'complete':
      return part(
        'opened',
        [
          `in ${timeText(totalNs ?? 0)} by three frames: SYN (${syn?.frame}), SYN ACK (${synAck?.frame}) ${timeText(serverNs ?? 0)} later, ACK (${ack?.frame}) ${timeText(clientNs ?? 0)} later. ` +
            'It is for three things: both know that the other one hears them, each has said from which number its bytes count ' +
            `(client ${handshake.clientSequence}, server ${handshake.serverSequence}), and they agree on options.${again}`,
          ...(handshake.isEcn
            ? [
                'both take explicit congestion notification: a router may mark packets instead of dropping them',
              ]
            : []),
        ],
        repeated === 0 ? 'good' : 'bad',
      );
    case 'refused':
      return part(
        'opened',
        [
          `not at all: to the SYN (${syn?.frame}) ${server.address} answers with RST, since nobody listens on port ${server.port}.${again}`,
        ],
        'bad',
      );
    case 'unanswered':
      return part(
        'opened',
        [
          `not at all: nobody answers the SYN (${syn?.frame}) of ${client.address}: the host is away, or a firewall drops it.${again}`,
        ],
        'bad',
      );
    case 'partial':
      return part(
        'opened',
        [`only a part of the handshake is in the capture: ${partOf(report3(syn, synAck, ack))}.${again}`],
        'note',
      );
    default:
      return part('opened', ['before the capture began'], 'note');
  }
}

function report3(...frames: readonly ({ readonly frame: number } | null)[]): string[] {
  return ['SYN', 'SYN ACK', 'ACK'].flatMap((name, index) => {
    const frame = frames[index];
    return frame === null || frame === undefined ? [] : [`${name} (${frame.frame})`];
  });
}

function partOf(names: readonly string[]): string {
  return names.join(', ');
}

const OPTION_NAMES: Readonly<Record<OptionReport['name'], string>> = {
  mss: 'MSS',
  'window-scale': 'window scale',
  sack: 'SACK',
  timestamps: 'timestamps',
  'fast-open': 'fast open',
  multipath: 'multipath',
  md5: 'MD5 signature',
  authentication: 'authentication',
  'user-timeout': 'user timeout',
  other: 'other option',
};

function options({ options: all, handshake }: TcpReport): ExplainedPart[] {
  if (all.length === 0) {
    return handshake.syn === null
      ? []
      : part('options', ['none: MSS 536 B, windows below 64 KiB, no SACK'], 'note');
  }
  return part(
    'options',
    all.map(option => `${OPTION_NAMES[option.name]} ${outcomeText(option)}: ${option.meaning}`),
  );
}

function outcomeText({ name, outcome, client, server }: OptionReport): string {
  if (name === 'mss') {
    if (client !== null && server !== null)
      return client === server
        ? `${bytesText(client)} each`
        : `${bytesText(client)} (client), ${bytesText(server)} (server)`;
    return client === null
      ? `${bytesText(server ?? 0)} (server alone)`
      : `${bytesText(client)} (client alone)`;
  }
  if (outcome === 'unasked') return 'said by the server alone';
  return outcome === 'unknown' ? 'offered, the answer is not in the capture' : outcome;
}

function volume({ sides, durationNs }: TcpReport): ExplainedPart[] {
  const lines = sides.flatMap((side, index) => {
    if (side.dataPackets === 0) return [];
    const rates =
      side.goodputBps === null || side.throughputBps === null || side.newBytes < 10_000
        ? ''
        : `; ${rateText(side.goodputBps)} goodput, ${rateText(side.throughputBps)} with headers, over ${timeText(side.dataNs ?? durationNs)}`;
    return [
      `${ROLES[index]} ${bytesText(side.newBytes)} in ${counted(side.dataPackets, 'segment')}${side.dataPackets > 1 ? ` of ${bytesText(side.largestPayload)} at most` : ''}${rates}`,
    ];
  });
  return part('amount', lines.length === 0 ? ['no data at all'] : lines);
}

function pushes({ sides }: TcpReport): ExplainedPart[] {
  const segments = sides[0].dataPackets + sides[1].dataPackets;
  const pushed = sides[0].pushes + sides[1].pushes;
  if (segments === 0) return [];
  const data = `${segments === 1 ? 'segment' : 'segments'} with data`;
  const where =
    pushed >= segments
      ? segments === 1
        ? `in the one ${data}`
        : `in all ${countText(segments)} ${data}, since each is all that its program had written for the moment`
      : pushed === 0
        ? `in none of ${countText(segments)} ${data}: no sender said that this was all for the moment`
        : `in ${countText(pushed)} of ${countText(segments)} ${data}, where the sender had no more to send for the moment`;
  return part('PSH', [`${where}. It tells the receiver to hand the bytes to its program at once.`]);
}

function acks({ sides }: TcpReport): ExplainedPart[] {
  const pure = sides[0].pureAcks + sides[1].pureAcks;
  const riding = sides[0].piggybackedAcks + sides[1].piggybackedAcks;
  const segments = sides[0].dataPackets + sides[1].dataPackets;
  if (segments === 0) return [];
  const slow = sides
    .map(({ rtt }) => rtt)
    .filter(rtt => rtt !== null && rtt.maxNs >= DELAYED_ACK_NS && rtt.p50Ns < DELAYED_ACK_NS);
  return part('ACK', [
    `each segment after the SYN says up to which byte its sender has everything. ${acksText(pure, riding, sides)}.` +
      (slow.length === 0
        ? ''
        : ` Some ACKs come ${timeText(Math.max(...slow.map(rtt => rtt?.maxNs ?? 0)))} late: the receiver waits a moment for data to send along (delayed ACK).`),
  ]);
}

function rtt({ sides }: TcpReport): ExplainedPart[] {
  const lines = sides.flatMap((side, index) => {
    const { rtt: times, rttHistogram } = side;
    if (times === null) return [];
    const picture = times.count < LEAST_PICTURED ? '' : `  ${sparkline(rttHistogram)}`;
    const numbers =
      times.count < 3
        ? spread(times)
        : `median ${timeText(times.p50Ns)}, 95 % ${timeText(times.p95Ns)}, least ${timeText(times.minNs)}, most ${timeText(times.maxNs)}`;
    const count = times.count < 3 ? '' : ` (${countText(times.count)})`;
    const why = waitsForData(side, sides[1 - index] as TcpSide) ? WAITING_ACK : '';
    return [`${ROLES[index]}'s segments have their ACK after ${numbers}${count}${picture}${why}`];
  });
  return part('RTT', lines);
}

const WAITING_ACK = '. It is not the way that takes so long: the ACK waits until there are data to ride on.';

/** The ACK of a side's segments comes with the next data of its peer, much later than ACKs come the other way. */
function waitsForData(side: TcpSide, peer: TcpSide): boolean {
  if (side.rtt === null || peer.rtt === null) return false;
  return side.rtt.p50Ns > WAITING_FACTOR * peer.rtt.p50Ns && 2 * peer.piggybackedAcks > side.rtt.count;
}

function acksText(pure: number, riding: number, [client, server]: readonly [TcpSide, TcpSide]): string {
  const alone = `${counted(pure, 'segment')} ${pure === 1 ? 'says' : 'say'} nothing else (pure ACKs: client ${countText(client.pureAcks)}, server ${countText(server.pureAcks)})`;
  return riding === 0
    ? alone
    : `${alone}; ${counted(riding, 'ACK')} of new data ${riding === 1 ? 'rides' : 'ride'} on data`;
}

const BARS = '▁▂▃▄▅▆▇█';

/** A picture of a histogram. */
export function sparkline(counts: readonly number[]): string {
  const most = Math.max(...counts, 1);
  return counts
    .map(count => (count === 0 ? '·' : (BARS[Math.min(7, Math.floor((8 * count) / most))] ?? ' ')))
    .join('');
}

function windows({ sides }: TcpReport): ExplainedPart[] {
  const isTrouble = sides.some(({ window }) => window.filled > 0 || window.zeroWindows > 0);
  const lines = sides.flatMap((side, index) => {
    const { window } = side;
    if (window.largest === null || window.smallest === null) return [];
    const peer = ROLES[1 - index];
    const [least, most] = [bytesText(window.smallest), bytesText(window.largest)];
    const range = least === most ? most : `${least} to ${most}`;
    const scale = window.isScaleKnown ? '' : ' (unscaled: the handshake is missing, it may be more)';
    const zero =
      window.zeroWindows === 0
        ? ''
        : `; closed ${timesText(window.zeroWindows)}${window.zeroNs > 0 ? `, for ${timeText(window.zeroNs)} in all` : ''}`;
    const full = window.filled === 0 ? '' : `; filled by the ${peer} ${timesText(window.filled)}`;
    return [
      `${ROLES[index]} offers ${range}${scale}${zero}${full}${used(sides[1 - index] as TcpSide, peer ?? '')}`,
    ];
  });
  return part('window', lines, isTrouble ? 'bad' : 'plain');
}

/** How much of a window the peer used, and what held it back. */
function used({ window }: TcpSide, who: string): string {
  const { peakInFlight, peakFrame, peakShare, limitedBy } = window;
  if (peakInFlight === 0) return '';
  const share = peakShare === null ? '' : `, ${percentText(peakShare)} of what it offered then`;
  const why =
    limitedBy === 'window'
      ? '; this window held it back'
      : limitedBy === 'network'
        ? '; losses held it back, not this window'
        : limitedBy === 'sender'
          ? '; not this window held it back, but itself'
          : '';
  return `. The ${who} had ${bytesText(peakInFlight)} in flight at most${share} (frame ${peakFrame})${why}`;
}

function closed({ close, handshake }: TcpReport): ExplainedPart[] {
  const { state, by, clientFin, serverFin, reset, resetBy, lastAck, durationNs } = close;
  const took = durationNs === null ? '' : ` in ${timeText(durationNs)}`;
  switch (state) {
    case 'closed': {
      const fins = [`${by === 'client' ? `client FIN (${clientFin})` : `server FIN (${serverFin})`}`];
      fins.push(by === 'client' ? `server FIN (${serverFin})` : `client FIN (${clientFin})`);
      const end = lastAck === null ? '; the last ACK is not in the capture' : `, last ACK (${lastAck})`;
      const rst = reset === null ? '' : `. Then a RST of the ${resetBy} (${reset})`;
      const late =
        close.bytesAfterFin === 0
          ? ''
          : ` Between them the other direction went on with ${bytesText(close.bytesAfterFin)} (half-close).`;
      return part(
        'closed',
        [
          `by the ${by}${took}: ${fins.join(', ')}${end}${rst}. Each direction is closed on its own; who sends the first FIN remembers the connection for a while (TIME_WAIT).${late}`,
        ],
        reset === null ? 'good' : 'note',
      );
    }
    case 'half':
      return part(
        'closed',
        [
          `only in one direction, by the ${by} (FIN ${clientFin ?? serverFin}); the other direction is open at the end of the capture`,
        ],
        'note',
      );
    case 'reset':
      return part(
        'closed',
        [`by a RST of the ${resetBy} (${reset}): at once, what had not been delivered is lost`],
        'bad',
      );
    case 'refused':
      return [];
    default:
      return handshake.state === 'unanswered'
        ? []
        : part('closed', ['not in the capture: the connection was open at its end'], 'note');
  }
}

function icmp({ icmpErrors, icmpFrames }: TcpReport): ExplainedPart[] {
  if (icmpErrors === 0) return [];
  const first = icmpErrors > icmpFrames.length ? 'first ' : '';
  return part(
    'ICMP',
    [
      `${counted(icmpErrors, 'error')} about its packets (${first}${framesText(icmpFrames, icmpFrames.length)}): too large for the way, so that smaller ones have to go again, or not to be delivered; --frame says which`,
    ],
    'bad',
  );
}

function missing({ missing: lost }: TcpReport): ExplainedPart[] {
  const gapBytes = lost.gapBytes[0] + lost.gapBytes[1];
  const gaps = lost.gaps[0] + lost.gaps[1];
  const lines = [
    ...(lost.handshake ? ['the beginning: the handshake was before the capture'] : []),
    ...(lost.oneWay
      ? ['one direction: packets of the other side came by another way, or a filter left them out']
      : []),
    ...(gaps === 0
      ? []
      : [
          `${bytesText(gapBytes)} in ${counted(gaps, 'gap')} of the sequence numbers, never seen (client ${bytesText(lost.gapBytes[0])}, server ${bytesText(lost.gapBytes[1])})${lost.ackedUnseen > 0 ? '; the receiver acknowledged what the capture has not' : ''}`,
        ]),
    ...(lost.cutFrames === 0
      ? []
      : [
          `${bytesText(lost.cutBytes)} of payload in ${counted(lost.cutFrames, 'frame')} that the snap length cut`,
        ]),
    ...(lost.end ? ['the end: no FIN and no RST'] : []),
  ];
  if (lines.length > 0) return part('missing', lines, gaps > 0 ? 'bad' : 'note');
  return part('missing', ['nothing: beginning, end and every byte between are in the capture'], 'good');
}
