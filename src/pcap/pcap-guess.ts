/**
 * Which layout the records of a pcap file have, where its magic number leaves that open.
 *
 * Wireshark's way: up to three records are read in each layout, problems are counted, and the layout with the fewest is taken, the
 * standard one where it has none or no more than another. Files damaged in their first records are read as Wireshark reads them.
 */
import { u32 } from './byte-order.ts';
import { mostPacketBytes } from './link-types.ts';
import { type PcapLayout, swapsLengths } from './pcap-layout.ts';

const MOST_RECORDS_TRIED = 3;
/** A single packet longer than this, whatever was captured of it, is hardly one. */
const LIKELY_MOST_LENGTH = 128 * 1024 * 1024;

/** `needed` is 0 where the choice is made; otherwise the bytes that are wanted from `start` on. */
export interface RecordHeaderChoice {
  readonly recordHeader: number;
  readonly needed: number;
}

/** Looks at the records from `bytes[start]` on. */
export function chooseRecordHeader(
  layout: PcapLayout,
  bytes: Uint8Array,
  start: number,
  end: number,
  isLast: boolean,
): RecordHeaderChoice {
  const { recordHeaders } = layout;
  let best = recordHeaders[0] as number;
  if (recordHeaders.length === 1) return { recordHeader: best, needed: 0 };
  let fewest = Number.POSITIVE_INFINITY;
  for (const recordHeader of recordHeaders) {
    const problems = countProblems(layout, recordHeader, bytes, start, end, isLast);
    if (problems < 0) return { recordHeader, needed: -problems };
    if (problems < fewest) {
      fewest = problems;
      best = recordHeader;
    }
    if (problems === 0) break;
  }
  return { recordHeader: best, needed: 0 };
}

/** Problems of the first records that have some; or, negative, how many bytes are wanted to go on. */
function countProblems(
  layout: PcapLayout,
  recordHeader: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  isLast: boolean,
): number {
  let at = start;
  for (let count = 0; count < MOST_RECORDS_TRIED; count++) {
    if (at + recordHeader > end) {
      if (!isLast) return start - (at + recordHeader);
      return at === end ? 0 : 1;
    }
    const problems = problemsOf(layout, bytes, at);
    if (problems > 0) return problems;
    at += recordHeader + capturedLengthOf(layout, bytes, at);
    if (at > end) return isLast ? 1 : start - at;
  }
  return 0;
}

function capturedLengthOf({ isLittle, lengthOrder }: PcapLayout, bytes: Uint8Array, at: number): number {
  const first = u32(bytes, at + 8, isLittle);
  const second = u32(bytes, at + 12, isLittle);
  return swapsLengths(lengthOrder, first, second) ? second : first;
}

function problemsOf(layout: PcapLayout, bytes: Uint8Array, at: number): number {
  const { isLittle, hasNanoseconds, lengthOrder, linkType, snapLength } = layout;
  const fraction = u32(bytes, at + 4, isLittle);
  const first = u32(bytes, at + 8, isLittle);
  const second = u32(bytes, at + 12, isLittle);
  const swaps = swapsLengths(lengthOrder, first, second);
  const capturedLength = swaps ? second : first;
  const length = swaps ? first : second;
  let problems = 0;
  if (fraction >= (hasNanoseconds ? 1_000_000_000 : 1_000_000)) problems++;
  if (capturedLength > mostPacketBytes(linkType)) problems++;
  if (length > LIKELY_MOST_LENGTH) problems++;
  if (capturedLength > snapLength) problems++;
  if (capturedLength > length) problems++;
  return problems;
}
