/**
 * What comes from how a capture was made, and would look like trouble of the network: said by name, with what to do about it.
 */
import { TCP_FLAG } from '../wire/tcp-header.ts';
import type { Columns } from './columns.ts';
import { CHECK, CHECKS_MASK } from './columns-checksum.ts';
import type { PlaceTable } from './columns-places.ts';
import type { Artefact, ArtefactKind, InterfaceFacts } from './model.ts';
import type { Totals } from './totals.ts';
import { bytesText, counted, countText, percentText, timeText } from './words.ts';

/** With so many copies among its frames a capture holds everything twice; fewer are what happened. */
const MUCH_COPIED = 0.2;

export const OFFLOAD_ADVICE =
  'Capture on the other machine, on a switch, or after `ethtool -K IFACE tso off gso off gro off`, to see the segments as they were on the wire.';

export function artefact(
  kind: ArtefactKind,
  text: string,
  advice: string | null,
  frames = 0,
  firstFrame: number | null = null,
): Artefact {
  return { kind, text, advice, frames, firstFrame };
}

/** @param abandonedFragments as `Pipeline` counts them */
export function artefactsOf(
  columns: Columns,
  totals: Totals,
  interfaces: readonly InterfaceFacts[],
  abandonedFragments: number,
): Artefact[] {
  return [
    ...drops(interfaces),
    ...copies(totals),
    ...snapLength(totals, columns.count),
    ...midConnection(totals),
    ...segmentation(columns, totals),
    ...checksums(columns),
    ...times(totals),
    ...(abandonedFragments === 0
      ? []
      : [
          artefact(
            'fragments',
            `${counted(abandonedFragments, 'fragmented IP packet')} could not be put together: too many waited for their other fragments.`,
            null,
          ),
        ]),
  ];
}

function drops(interfaces: readonly InterfaceFacts[]): Artefact[] {
  const lost = interfaces.reduce((sum, { drops }) => sum + (drops ?? 0), 0);
  if (lost === 0) return [];
  return [
    artefact(
      'kernel-drops',
      `The capture itself lost ${counted(lost, 'packet')}: they were on the wire, but not written to the file. What is missing below may be that.`,
      'Capture again with a larger buffer, a narrower filter, or a snap length.',
    ),
  ];
}

function copies({ copies: count, copyFrames, firstCopy }: Totals): Artefact[] {
  if (count < 2 || count < MUCH_COPIED * copyFrames) return [];
  return [
    artefact(
      'duplicates',
      `${percentText(count / copyFrames)} of the frames are copies of the frame before, to the bit: the capture saw packets twice, as on the interface "any", on a bridge or on loopback. Retransmissions and duplicate ACKs below are mostly these copies.`,
      'Capture on one interface, or remove the copies with `editcap -d`.',
      count,
      firstCopy,
    ),
  ];
}

function snapLength({ cutFrames, firstCut }: Totals, frames: number): Artefact[] {
  if (cutFrames === 0) return [];
  return [
    artefact(
      'snap-length',
      `${counted(cutFrames, 'frame')} of ${countText(frames)} ${cutFrames === 1 ? 'is' : 'are'} cut: the capture kept only their beginning. Lengths are right, contents are not whole.`,
      'Capture with `-s 0` where the contents matter.',
      cutFrames,
      firstCut,
    ),
  ];
}

function midConnection({ tcp }: Totals): Artefact[] {
  let begun = 0;
  tcp.flags.forEach((flags, conversation) => {
    if ((flags & TCP_FLAG.syn) === 0 && tcp.packetsOf(conversation) > 0) begun++;
  });
  if (begun === 0) return [];
  const one = begun === 1;
  return [
    artefact(
      'mid-connection',
      `${counted(begun, 'TCP connection')} ${one ? 'was' : 'were'} open before the capture began: ${one ? 'its' : 'their'} options and window scale are not known, sequence numbers count from the first frame seen.`,
      'Start the capture before the programs.',
    ),
  ];
}

function segmentation(columns: Columns, { tcp }: Totals): Artefact[] {
  let largest = 0;
  const conversations = new Set<number>();
  columns.syns.forEach((row, mss) => {
    // What one side says binds the other.
    const place = columns.placeOf(row) ^ 1;
    if (mss <= 0 || tcp.largestOf(place) <= mss) return;
    conversations.add(place >>> 1);
    largest = Math.max(largest, tcp.largestOf(place));
  });
  if (conversations.size === 0) return [];
  return [
    artefact(
      'segmentation-offload',
      `Segments of up to ${bytesText(largest)} payload in ${counted(conversations.size, 'connection')}, more than the MSS allows: the network card cuts them into frames after the capture, or joins received ones before it. On the wire there were more, smaller frames with headers of their own.`,
      OFFLOAD_ADVICE,
    ),
  ];
}

function checksums(columns: Columns): Artefact[] {
  const found = countChecks([columns.tcp, columns.udp]);
  if (found.partial === 0 && found.bad === 0) return [];
  if (found.partial > 0) {
    return [
      artefact(
        'checksum-offload',
        `TCP or UDP checksums of ${counted(found.partial, 'direction')} hold only the sum of the addresses: the network card fills in the rest after the capture (checksum offload). They are not errors.`,
        null,
      ),
    ];
  }
  return [
    artefact(
      'checksum-offload',
      `TCP or UDP checksums of ${counted(found.bad, 'direction')} do not fit in any frame that was looked at: the network card computes them after the capture (checksum offload), or a program has changed the packets.`,
      null,
    ),
  ];
}

/** Directions without a single good checksum. */
function countChecks(tables: readonly PlaceTable[]): { partial: number; bad: number } {
  let partial = 0;
  let bad = 0;
  for (const { checks, count } of tables) {
    for (let place = 0; place < 2 * count; place++) {
      const found = checks[place]! & CHECKS_MASK;
      if ((found & CHECK.good) !== 0) continue;
      if ((found & CHECK.partial) !== 0) partial++;
      else if ((found & CHECK.bad) !== 0) bad++;
    }
  }
  return { partial, bad };
}

function times({ untimedFrames, backwardFrames, backwardNs, firstBackward }: Totals): Artefact[] {
  return [
    ...(untimedFrames === 0
      ? []
      : [
          artefact(
            'no-time',
            `${counted(untimedFrames, 'frame')} have no time (Simple Packet Blocks): durations and rates leave them out.`,
            null,
            untimedFrames,
          ),
        ]),
    ...(backwardFrames === 0
      ? []
      : [
          artefact(
            'time-backwards',
            `The time goes back ${backwardFrames === 1 ? 'once' : `${countText(backwardFrames)} times`}, by ${timeText(backwardNs)} at most: several interfaces or files were joined without sorting, or the clock was set.`,
            'Sort it with `reordercap IN OUT`.',
            backwardFrames,
            firstBackward,
          ),
        ]),
  ];
}
