/** A conversation of reliable UDP explained, part by part, as the one of TCP is: what each mechanism is for, with its own numbers. */
import { sizeText, spread } from './explain-phases.ts';
import { rudpEventParts } from './explain-rudp-events.ts';
import { type ExplainedPart, part } from './explained.ts';
import type { UdpReport } from './model.ts';
import type { RudpReport, RudpSide } from './rudp-model.ts';
import { closeText, idText } from './rudp-words.ts';
import { telemetryPart } from './telemetry-report.ts';
import { bytesText, counted, countText, percentText, timeText } from './words.ts';

const ROLES = ['client', 'server'] as const;
/** Fewer round trips need no picture. */
const LEAST_PICTURED = 8;
const BARS = '▁▂▃▄▅▆▇█';
/** Less of MAX_DATA than this held nobody back. */
const FULL_SHARE = 0.9;

export function explainRudp(report: UdpReport, rudp: RudpReport): ExplainedPart[] {
  return [
    ...opened(report, rudp),
    ...agreed(rudp),
    ...telemetryPart(report.telemetry),
    ...messages(rudp),
    ...acknowledgements(rudp),
    ...rudpEventParts(rudp),
    ...repair(rudp),
    ...rtt(rudp),
    ...limit(rudp),
    ...closed(rudp),
    ...missing(report, rudp),
    ...part(
      'artefact',
      report.artefacts.map(({ text }) => text),
      'note',
    ),
  ];
}

function opened({ server }: UdpReport, { handshake, connections }: RudpReport): ExplainedPart[] {
  const { state, init, retry, cookie, accept, repeated, totalNs, clientId, serverId, earlyMessages } =
    handshake;
  const again = repeated === 0 ? '' : ` ${counted(repeated, 'INIT')} had to be sent again.`;
  const later =
    connections > 1
      ? ` ${countText(connections - 1)} more followed over the same addresses, each counting from 0.`
      : '';
  const kind = 'reliable UDP of sensewire (version 1), known by its handshake';
  switch (state) {
    case 'complete': {
      const frames = [
        init === null ? undefined : `INIT (${init.frame})`,
        retry === null ? undefined : `RETRY with a cookie (${retry.frame})`,
        cookie === null ? undefined : `INIT with the cookie (${cookie.frame})`,
        `ACCEPT (${accept?.frame})`,
      ].filter(text => text !== undefined);
      const took = totalNs === null ? '' : ` in ${timeText(totalNs)}`;
      const ids =
        clientId === null || serverId === null
          ? ''
          : ` Each has chosen the id under which it is addressed (client ${idText(clientId)}, server ${idText(serverId)}), so the connection goes on when an address changes.`;
      const early =
        earlyMessages === 0
          ? ''
          : ` ${counted(earlyMessages, 'message')} went with the cookie, before the answer.`;
      return part(
        'opened',
        [
          `${kind}: ${frames.join(', ')}${took}.${again}`,
          `The cookie proves that the client hears at its address: until it comes back the server keeps nothing, and never sends more than three times what came.${early}${ids}${later}`,
        ],
        repeated === 0 ? 'good' : 'note',
      );
    }
    case 'unanswered':
      return part('opened', [`${kind}: not at all, nobody answers INIT (${init?.frame}).${again}`], 'bad');
    case 'refused':
      return part('opened', [`${kind}: not at all, ${server.address} speaks other versions.${again}`], 'bad');
    case 'partial':
      return part('opened', [`${kind}: only a part of the handshake is in the capture.${again}`], 'note');
    default:
      return part(
        'opened',
        [
          'reliable UDP of sensewire, a connection that was opened from another address: it is known by its ids',
        ],
        'note',
      );
  }
}

function agreed({ sides }: RudpReport): ExplainedPart[] {
  const texts = sides.map(({ parameters }, index) => {
    if (parameters === null) return undefined;
    const { ackDelayMs, maxData, idleMs, largestDatagram } = parameters;
    const idle =
      idleMs === 0 ? 'never gives up for silence' : `gives up after ${timeText(idleMs * 1e6)} of silence`;
    return [
      ROLES[index],
      `holds an ACK back for ${timeText(ackDelayMs * 1e6)} at most, takes ${bytesText(maxData)} of messages at first and datagrams of ${bytesText(largestDatagram)}, ${idle}`,
    ] as const;
  });
  const [client, server] = texts;
  if (client !== undefined && server !== undefined && client[1] === server[1])
    return part('agreed', [`each side ${client[1]}`]);
  return part(
    'agreed',
    texts.filter(text => text !== undefined).map(([who, text]) => `the ${who} ${text}`),
  );
}

function messages({ sides }: RudpReport): ExplainedPart[] {
  return part(
    'messages',
    sides.flatMap((side, index) => {
      const { messages: count, messageBytes, messageSize, periodNs, isRegular, fragments, numbered } = side;
      if (count === 0 || messageSize === null) return [];
      const rhythm =
        periodNs === null
          ? ''
          : isRegular
            ? `, every ${timeText(periodNs.p50Ns)}`
            : `, ${spread(periodNs)} apart`;
      const pieces = fragments === 0 ? '' : `; large ones went in ${counted(fragments, 'piece')}`;
      return [
        `${ROLES[index]} ${counted(count, 'message')} of ${sizeText(messageSize)}, ${bytesText(messageBytes)} in all${rhythm}${pieces}; ${counted(numbered, 'numbered packet')} of ${countText(side.packets)} datagrams`,
      ];
    }),
  );
}

function acknowledgements({ sides }: RudpReport): ExplainedPart[] {
  const lines = sides.flatMap((side, index) => {
    const { acks, pureAcks, acknowledged, ackDelayNs } = side;
    if (acks === 0) return [];
    const each = acknowledged / acks;
    const held = ackDelayNs === null || ackDelayNs.maxNs === 0 ? '' : `, held back for ${spread(ackDelayNs)}`;
    return [
      `${ROLES[index]} ${countText(acks)} (${countText(pureAcks)} with nothing else), one for ${each.toFixed(each < 10 ? 1 : 0)} packets${held}`,
    ];
  });
  if (lines.length === 0) return part('ACK', ['none: one direction is missing, or nothing came'], 'note');
  const asks = sides[0].asks + sides[1].asks;
  const asked = asks === 0 ? '' : ` ${counted(asks, 'packet')} asked for one at once (A).`;
  return part('ACK', [
    `An ACK names the packets that have come, as ranges of their numbers. A number is never used twice, so it is always clear which sending was heard.${asked}`,
    ...lines,
  ]);
}

/** What symbols cost, and what they saved. */
function repair({ sides }: RudpReport): ExplainedPart[] {
  const lines = sides.flatMap((side, index) => {
    const { repairs, repairsAlone, repairBytes, repairWindow, messageBytes, numbered } = side;
    if (repairs === 0) return [];
    const peer = sides[index === 0 ? 1 : 0];
    // Each side's half, seen from the place of the capture.
    const trip = (side.rtt?.p50Ns ?? 0) + (peer.rtt?.p50Ns ?? 0);
    const saved =
      peer.recomputed === 0
        ? 'None was needed.'
        : `${counted(peer.recomputed, 'lost packet')} recomputed from them by the ${ROLES[1 - index]}, without waiting for it to go again${trip === 0 ? '' : `: a round trip of ${timeText(trip)} sooner`}.`;
    const share =
      messageBytes === 0 ? '' : `, ${percentText(repairBytes / messageBytes)} of the messages’ bytes`;
    return [
      `${ROLES[index]} ${counted(repairs, 'symbol')} in ${countText(numbered)} packets (${countText(repairsAlone)} in packets of their own), each over ${counted(repairWindow, 'packet')} at most; they cost ${bytesText(repairBytes)}${share}. ${saved}`,
    ];
  });
  const recomputed = sides[0].recomputed + sides[1].recomputed;
  return part('repair', lines, recomputed > 0 ? 'good' : 'plain');
}

function rtt({ sides }: RudpReport): ExplainedPart[] {
  return part(
    'RTT',
    sides.flatMap((side, index) => {
      const { rtt: times, rttHistogram } = side;
      if (times === null) return [];
      const picture =
        times.count < LEAST_PICTURED || times.minNs === times.maxNs
          ? ''
          : ` ${bars(rttHistogram)} (${timeText(times.minNs)} to ${timeText(times.maxNs)})`;
      return [
        `${ROLES[index]}’s packets were acknowledged after ${timeText(times.p50Ns)} (median of ${countText(times.count)}), 95 % within ${timeText(times.p95Ns)}, less what the ${ROLES[1 - index]} says it held back; seen from where the capture was made${picture}`,
      ];
    }),
  );
}

function bars(histogram: readonly number[]): string {
  const most = Math.max(1, ...histogram);
  return histogram
    .map(count => (count === 0 ? ' ' : (BARS[Math.ceil((count / most) * BARS.length) - 1] ?? '█')))
    .join('');
}

function limit({ sides }: RudpReport): ExplainedPart[] {
  const lines = sides.flatMap((side, index) => {
    if (side.messages === 0 || side.limitShare === 0) return [];
    const peer = sides[index === 0 ? 1 : 0];
    const raised =
      peer.limitsRaised === 0 ? '' : `, which was raised ${countText(peer.limitsRaised)} times (MAX_DATA)`;
    const held =
      side.limitShare >= FULL_SHARE ? ': it may have held the sender back' : ': it held nobody back';
    return [
      `${ROLES[index]} used ${percentText(side.limitShare)} at most of what the ${ROLES[1 - index]} takes${raised}${held}`,
    ];
  });
  const isFull = sides.some(({ limitShare }) => limitShare >= FULL_SHARE);
  return part('window', lines, isFull ? 'note' : 'plain');
}

function closed({ close, handshake }: RudpReport): ExplainedPart[] {
  const { state, by, clientClose, serverClose, clientEnd, serverEnd, reset, code, reason, durationNs } =
    close;
  const ends = [
    ...(clientEnd === null ? [] : [`client (${clientEnd})`]),
    ...(serverEnd === null ? [] : [`server (${serverEnd})`]),
  ];
  const end = ends.length === 0 ? '' : ` END said before how many messages there were: ${ends.join(', ')}.`;
  const why = code === null ? '' : ` with ${closeText(code, reason)}`;
  switch (state) {
    case 'closed': {
      const [first, second] = by === 'client' ? [clientClose, serverClose] : [serverClose, clientClose];
      const took = durationNs === null ? '' : ` in ${timeText(durationNs)}`;
      const waited = code === 0 ? ' Everything was acknowledged before.' : '';
      return part(
        'closed',
        [`by the ${by}${took}${why}: CLOSE (${first}), the other side’s CLOSE (${second}).${waited}${end}`],
        code === 0 ? 'good' : 'bad',
      );
    }
    case 'half':
      return part(
        'closed',
        [
          `by the ${by}${why}: CLOSE (${clientClose ?? serverClose}); the other side’s CLOSE is not in the capture.${end}`,
        ],
        'note',
      );
    case 'reset':
      return part(
        'closed',
        [`by RESET (${reset}): its sender knows nothing of the connection any more`],
        'bad',
      );
    default:
      return handshake.state === 'unanswered' || handshake.state === 'refused'
        ? []
        : part('closed', [`not in the capture: the connection was open at its end.${end}`], 'note');
  }
}

/** What of the conversation is not in the capture, as far as packet numbers tell. */
function missing(
  { cutFrames, unreachable }: UdpReport,
  { sides, handshake, damaged }: RudpReport,
): ExplainedPart[] {
  const lines = [
    ...sides.flatMap((side, index) => [...unseenText(side, ROLES[index] ?? '')]),
    ...(handshake.state === 'unseen' ? ['the beginning: it was in another conversation'] : []),
    ...(damaged === 0 ? [] : [`${counted(damaged, 'datagram')} could not be read to the end`]),
    ...(cutFrames === 0 ? [] : [`the ends of ${counted(cutFrames, 'frame')}: the snap length cut them`]),
    ...(unreachable === 0
      ? []
      : [`${counted(unreachable, 'ICMP error')} about it: nobody listens there, or the way is blocked`]),
  ];
  if (lines.length === 0)
    return part(
      'missing',
      ['nothing: every packet number up to the last acknowledged one is in the capture'],
      'good',
    );
  return part('missing', lines, 'note');
}

function unseenText({ lostBefore, unseen }: RudpSide, who: string): string[] {
  const all = lostBefore + unseen;
  if (all === 0) return [];
  const known =
    unseen === 0
      ? ''
      : `; ${countText(unseen)} of them acknowledged all the same: recomputed from symbols, or lost by the capture alone. What they carried counts neither as messages nor as readings here`;
  return [
    `${counted(all, 'packet')} of the ${who}, by their numbers: lost before the place of the capture${known}`,
  ];
}
