/**
 * The fields of tshark that conversations and the TCP analysis give: `tcp.stream`, `tcp.completeness`, `tcp.window_size` and
 * `tcp.analysis.*`, written as tshark 4 prints them with `-T fields`, straight into a row's bytes.
 */
import { TCP_EVENT } from '../flows/tcp-events.ts';
import type { TcpVerdict } from '../flows/tcp-verdict.ts';
import type { TcpHeader } from '../wire/tcp-header.ts';
import { putDecimal } from './text-bytes.ts';

/** No field here is longer: a sign, 16 digits, a point and 9 digits. */
export const MOST_FLOW_FIELD_BYTES = 32;

/**
 * Writes one field of a segment; nothing where tshark prints nothing.
 * @param out has room for MOST_FLOW_FIELD_BYTES from `at` on
 * @returns where the field ends
 */
export type FlowFieldWriter = (verdict: TcpVerdict, header: TcpHeader, out: Uint8Array, at: number) => number;

const LEAST_HEADER = 20;
const NS_PER_SECOND = 1_000_000_000;
const DIGIT_0 = 0x30;
const MINUS = 0x2d;
const COMMA = 0x2c;
const POINT = 0x2e;

/** Writes a whole number from 0 to 2^53 − 1 in decimal. */
export function writeNumber(value: number, out: Uint8Array, at: number): number {
  return putDecimal(out, at, value);
}

/** Writes a difference of two times in seconds with nine decimals, as Wireshark's `nstime_t` prints it. */
export function writeElapsed(seconds: number, nanoseconds: number, out: Uint8Array, at: number): number {
  let whole = seconds;
  let rest = nanoseconds;
  // Both parts have one sign; a capture with more than 10^9 nanoseconds in a second keeps them.
  if (whole > 0 && rest < 0) {
    whole--;
    rest += NS_PER_SECOND;
  } else if (whole < 0 && rest > 0) {
    whole++;
    rest -= NS_PER_SECOND;
  }
  let position = at;
  if (whole < 0 || rest < 0) out[position++] = MINUS;
  position = writeNumber(Math.abs(whole), out, position);
  out[position++] = POINT;
  rest = Math.abs(rest);
  if (rest >= NS_PER_SECOND) return writeNumber(rest, out, position);
  for (let index = position + 8; index >= position; index--) {
    const tenth = (rest / 10) | 0;
    out[index] = DIGIT_0 + rest - 10 * tenth;
    rest = tenth;
  }
  return position + 9;
}

/** tshark stops before it prints more of a header that is not whole. */
function isShown(header: TcpHeader): boolean {
  return header.isWhole && header.headerLength >= LEAST_HEADER;
}

const ONE = Uint8Array.of(DIGIT_0 + 1);
/** tshark 4.0 shows a duplicate ACK twice: as the analysis, and as its number. */
const DUPLICATE_ACK = Uint8Array.of(DIGIT_0 + 1, COMMA, DIGIT_0 + 1);

function event(bit: number, text: Uint8Array = ONE): FlowFieldWriter {
  return (verdict, header, out, at) => {
    if ((verdict.events & bit) === 0 || !isShown(header)) return at;
    out.set(text, at);
    return at + text.length;
  };
}

/** A number of the verdict, shown where something is so. */
function numberOf(
  pick: (verdict: TcpVerdict) => number,
  isKnown: (verdict: TcpVerdict) => boolean,
): FlowFieldWriter {
  return (verdict, header, out, at) =>
    isKnown(verdict) && isShown(header) ? writeNumber(pick(verdict), out, at) : at;
}

/** A time between two frames, shown where it is not 0. */
function elapsed(
  seconds: (verdict: TcpVerdict) => number,
  nanoseconds: (verdict: TcpVerdict) => number,
  isKnown: (verdict: TcpVerdict) => boolean,
): FlowFieldWriter {
  return (verdict, header, out, at) => {
    if (!isKnown(verdict) || !isShown(header)) return at;
    const [whole, rest] = [seconds(verdict), nanoseconds(verdict)];
    return whole === 0 && rest === 0 ? at : writeElapsed(whole, rest, out, at);
  };
}

const isDuplicate = (verdict: TcpVerdict): boolean => (verdict.events & TCP_EVENT.duplicateAck) !== 0;
/** tshark shows the initial round trip only with segments of which there is something else to say. */
const hasAnalysis = (verdict: TcpVerdict): boolean =>
  verdict.isNoted || verdict.events !== 0 || verdict.acksFrame !== 0 || verdict.bytesInFlight !== 0;

/** Writers by tshark's names. `udp.stream` is `writeNumber` of the conversation. */
export const FLOW_FIELDS: ReadonlyMap<string, FlowFieldWriter> = new Map<string, FlowFieldWriter>([
  ['tcp.stream', (verdict, _header, out, at) => writeNumber(verdict.conversation, out, at)],
  ['tcp.completeness', (verdict, _header, out, at) => writeNumber(verdict.completeness, out, at)],
  [
    'tcp.window_size',
    (verdict, header, out, at) =>
      header.headerLength < LEAST_HEADER ? at : writeNumber(verdict.windowSize, out, at),
  ],
  ['tcp.analysis.retransmission', event(TCP_EVENT.retransmission)],
  ['tcp.analysis.fast_retransmission', event(TCP_EVENT.fastRetransmission)],
  ['tcp.analysis.spurious_retransmission', event(TCP_EVENT.spuriousRetransmission)],
  ['tcp.analysis.out_of_order', event(TCP_EVENT.outOfOrder)],
  ['tcp.analysis.duplicate_ack', event(TCP_EVENT.duplicateAck, DUPLICATE_ACK)],
  ['tcp.analysis.duplicate_ack_num', numberOf(verdict => verdict.duplicateNumber, isDuplicate)],
  ['tcp.analysis.duplicate_ack_frame', numberOf(verdict => verdict.duplicateFrame, isDuplicate)],
  ['tcp.analysis.lost_segment', event(TCP_EVENT.lostSegment)],
  ['tcp.analysis.ack_lost_segment', event(TCP_EVENT.ackedUnseen)],
  ['tcp.analysis.zero_window', event(TCP_EVENT.zeroWindow)],
  ['tcp.analysis.zero_window_probe', event(TCP_EVENT.zeroWindowProbe)],
  ['tcp.analysis.zero_window_probe_ack', event(TCP_EVENT.zeroWindowProbeAck)],
  ['tcp.analysis.keep_alive', event(TCP_EVENT.keepAlive)],
  ['tcp.analysis.keep_alive_ack', event(TCP_EVENT.keepAliveAck)],
  ['tcp.analysis.window_update', event(TCP_EVENT.windowUpdate)],
  ['tcp.analysis.window_full', event(TCP_EVENT.windowFull)],
  ['tcp.analysis.reused_ports', event(TCP_EVENT.reusedPorts)],
  [
    'tcp.analysis.ack_rtt',
    elapsed(
      verdict => verdict.ackRttSeconds,
      verdict => verdict.ackRttNanoseconds,
      verdict => verdict.acksFrame !== 0,
    ),
  ],
  [
    'tcp.analysis.acks_frame',
    numberOf(
      verdict => verdict.acksFrame,
      verdict => verdict.acksFrame !== 0,
    ),
  ],
  [
    'tcp.analysis.initial_rtt',
    elapsed(
      verdict => verdict.initialRttSeconds,
      verdict => verdict.initialRttNanoseconds,
      hasAnalysis,
    ),
  ],
  [
    'tcp.analysis.bytes_in_flight',
    numberOf(
      verdict => verdict.bytesInFlight,
      verdict => verdict.bytesInFlight !== 0,
    ),
  ],
  [
    'tcp.analysis.rto',
    elapsed(
      verdict => verdict.rtoSeconds,
      verdict => verdict.rtoNanoseconds,
      verdict => verdict.rtoFrame !== 0,
    ),
  ],
  [
    'tcp.analysis.rto_frame',
    numberOf(
      verdict => verdict.rtoFrame,
      verdict => verdict.rtoFrame !== 0 && verdict.rtoNs !== 0,
    ),
  ],
]);
