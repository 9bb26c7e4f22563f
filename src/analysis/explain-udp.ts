/** A UDP conversation explained: UDP itself knows neither beginning nor end nor order, so all of it is read from times and sizes. */
import { phaseLines, sizeText, spread } from './explain-phases.ts';
import { explainRudp } from './explain-rudp.ts';
import { type ExplainedPart, part } from './explained.ts';
import type { UdpReport } from './model.ts';
import { telemetryPart } from './telemetry-report.ts';
import { bytesText, counted, countText, rateText, timeText } from './words.ts';

const ROLES = ['client', 'server'] as const;
/** Below it a rate means little. */
const LEAST_RATE_BYTES = 10_000;

export function explainUdp(report: UdpReport): ExplainedPart[] {
  if (report.rudp !== undefined) return explainRudp(report, report.rudp);
  return [
    ...part('opened', [`by nothing: UDP has no handshake. ${client(report)}`]),
    ...telemetryPart(report.telemetry),
    ...part('data', phaseLines(report.phases, report.phasesLeftOut)),
    ...amount(report),
    ...answers(report),
    ...gaps(report),
    ...part('lost?', [
      'UDP itself cannot tell: it numbers nothing, acknowledges nothing and repeats nothing; a lost datagram leaves no trace but a missing answer',
    ]),
    ...oddities(report),
    ...part(
      'artefact',
      report.artefacts.map(({ text }) => text),
      'note',
    ),
  ];
}

function client({ clientIs }: UdpReport): string {
  return clientIs === 'port'
    ? 'The side with the higher port is called the client.'
    : 'Who sent the first datagram is called the client.';
}

function amount({ sides }: UdpReport): ExplainedPart[] {
  return part(
    'amount',
    sides.flatMap((side, index) => {
      if (side.packets === 0 || side.size === null) return [];
      const rate =
        side.rateBps === null || side.payloadBytes < LEAST_RATE_BYTES ? '' : `, ${rateText(side.rateBps)}`;
      return [
        `${ROLES[index]} ${bytesText(side.payloadBytes)} in ${counted(side.packets, 'datagram')} of ${sizeText(side.size)}${rate}`,
      ];
    }),
  );
}

function answers({ sides, pairs, unanswered, answerNs }: UdpReport): ExplainedPart[] {
  if (sides[1].packets === 0) {
    return part('answers', ['none: only one direction is in the capture, or nobody answers'], 'note');
  }
  if (sides[0].packets === 0)
    return part('answers', ['only answers: the requests are not in the capture'], 'note');
  const open =
    unanswered === 0
      ? 'each has one'
      : `${counted(unanswered, 'request')} ${unanswered === 1 ? 'has' : 'have'} none`;
  return part('answers', [
    `${counted(pairs, 'pair')} of request and answer, by their order in time (${open}); the answer comes after ${spread(answerNs)}`,
  ]);
}

function gaps({ gaps: all }: UdpReport): ExplainedPart[] {
  return part(
    'silence',
    all.length === 0
      ? []
      : [
          all
            .map(({ durationNs, afterFrame }) => `${timeText(durationNs)} after frame ${afterFrame}`)
            .join(', '),
        ],
  );
}

function oddities({ sides, cutFrames, unreachable }: UdpReport): ExplainedPart[] {
  const copies = sides[0].duplicates + sides[1].duplicates;
  return [
    ...(unreachable === 0
      ? []
      : part(
          'ICMP',
          [
            `${counted(unreachable, 'error')} about these datagrams: nobody listens there, or the way is blocked`,
          ],
          'bad',
        )),
    ...(copies === 0
      ? []
      : part('copies', [`${countText(copies)} datagrams came twice, to the bit`], 'note')),
    ...(cutFrames === 0
      ? []
      : part('missing', [`the ends of ${counted(cutFrames, 'frame')}: the snap length cut them`], 'note')),
  ];
}
