/**
 * The fast lane of an analysis: takes records from a piece of a capture as long as they hold plain segments, and writes what
 * the long way (TypeScript, `src/analysis/`) would write into the same memory. The first record that is anything else ends the run;
 * who called takes that one the long way, and calls again.
 *
 * Everything here has its model there, and a test holds the two against each other, byte for byte.
 */
import { be16, be32 } from './bytes';
import { addCost, addHypothetical, causeOf } from './cost';
import { keep, placeOf } from './flow-cache';
import {
  CAPTURED_BYTES,
  CHUNK_ADDRESS,
  CHUNK_MASK,
  CLOCK_LATEST,
  CLOCK_NANOSECONDS,
  CLOCK_SECONDS,
  COPY_NS,
  EVENTS_OF_OLD_PAYLOAD,
  EVENTS_SHIFT,
  FINGERPRINT_TIMES,
  FINGERPRINTS,
  FLAGS_MASK,
  FLAGS_SHIFT,
  FRAMES_FOR_COPIES,
  INTERFACE_BYTES,
  INTERFACE_INDEX,
  INTERFACE_TICK,
  INTERFACES,
  LASTS,
  MARK_COPY,
  MARK_TCP,
  MOST_FRAME,
  MOST_INTERFACES,
  ORDINARY,
  PACKETS,
  RECORD_BYTES,
  ROW_ACKNOWLEDGMENT,
  ROW_ACKS_FRAME,
  ROW_BEFORE,
  ROW_BITS,
  ROW_BYTES,
  ROW_COUNT,
  ROW_IN_FLIGHT,
  ROW_LENGTH,
  ROW_PAYLOAD,
  ROW_PLACE,
  ROW_SEQUENCE,
  ROW_TIME,
  ROW_WINDOW,
  SEEN_FIN,
  SEEN_HANDSHAKE,
  SEEN_SYNS,
  SETTLED,
  SETTLED_FULL,
  SETTLED_NOBODY,
  SETTLED_OTHER,
  SIDE_BYTES,
  STATES,
} from './layout';
import { fillWhereFull, lookInto } from './payload';
import { keepReason } from './reason';
import { addRows } from './totals';
import { acksFrame, bytesInFlight, completeness, events, judge, windowSize } from './verdict';

export { addRows, keep };

const NS_PER_SECOND: u32 = 1_000_000_000;
/** Records of pcap; blocks of pcapng, without padding, and the type of those with a packet. */
const PCAP_HEADER: usize = 16;
const BLOCK_HEADER: usize = 28;
const BLOCK_LAST: usize = 4;
const ENHANCED_PACKET: u32 = 6;

/** Ethernet, IPv4 and TCP: where they start, and what they are to be. */
const SOURCE_MAC: usize = 6;
const IPV4_START: usize = 12;
const TOTAL_LENGTH: usize = 16;
const FRAGMENT: usize = 20;
const PROTOCOL: usize = 23;
const SOURCE: usize = 26;
const DESTINATION: usize = 30;
const TCP: usize = 34;
const IPV4: usize = 14;
const LEAST_LENGTH: u32 = 54;
const TYPE_AND_VERSION: u32 = 0x08004500;
const ANY_SERVICE: u32 = 0xffffff00;
const FRAGMENT_BITS: u32 = 0x3fff;
const PROTOCOL_TCP: u32 = 6;
const PLAIN_HEADER: usize = 20;
const TIMESTAMPS_HEADER: usize = 32;
const TIMESTAMPS_START: u32 = 0x0101080a;
/** SYN, RST and ACK, of which ACK alone is set. */
const TELLING_FLAGS: u32 = 0x16;
const ACK: u32 = 0x10;
const FIN: u32 = 0x01;

/** Takes records of pcap, in little endian; gives the address of the first that it did not take. */
export function takePcap(start: usize, end: usize): usize {
  const tick = load<u32>(INTERFACES, INTERFACE_TICK);
  let at = start;
  if (tick === 0) return at;
  while (at + PCAP_HEADER + LEAST_LENGTH <= end) {
    const length = load<u32>(at, 8);
    const frame = at + PCAP_HEADER;
    const fraction = load<u32>(at, 4);
    if (
      length < LEAST_LENGTH ||
      length > MOST_FRAME ||
      load<u32>(at, 12) !== length ||
      frame + length > end ||
      fraction >= NS_PER_SECOND / tick ||
      !takeFrame(frame, length, <f64>load<u32>(at), <i32>(fraction * tick))
    ) {
      return at;
    }
    count(load<i32>(INTERFACES, INTERFACE_INDEX), length);
    at = frame + length;
  }
  return at;
}

/** The same of pcapng: enhanced packet blocks without options. */
export function takePcapng(start: usize, end: usize): usize {
  let at = start;
  while (at + BLOCK_HEADER + LEAST_LENGTH + BLOCK_LAST <= end) {
    const size = load<u32>(at, 4);
    const number = load<u32>(at, 8);
    const length = load<u32>(at, 20);
    const frame = at + BLOCK_HEADER;
    const last = frame + ((length + 3) & ~3);
    if (
      load<u32>(at) !== ENHANCED_PACKET ||
      number >= MOST_INTERFACES ||
      length < LEAST_LENGTH ||
      length > MOST_FRAME ||
      load<u32>(at, 24) !== length ||
      last + BLOCK_LAST > end ||
      at + size !== last + BLOCK_LAST ||
      load<u32>(last) !== size
    ) {
      return at;
    }
    const interface_ = INTERFACES + <usize>number * INTERFACE_BYTES;
    const tick = load<u32>(interface_, INTERFACE_TICK);
    if (tick === 0) return at;
    const ticks = ((<u64>load<u32>(at, 12)) << 32) | <u64>load<u32>(at, 16);
    const perSecond = <u64>(NS_PER_SECOND / tick);
    const seconds = ticks / perSecond;
    if (!takeFrame(frame, length, <f64>seconds, <i32>(<u32>(ticks - seconds * perSecond) * tick))) return at;
    count(load<i32>(interface_, INTERFACE_INDEX), length);
    at = last + BLOCK_LAST;
  }
  return at;
}

function count(index: i32, length: u32): void {
  const packets = PACKETS + ((<usize>index) << 2);
  store<u32>(packets, load<u32>(packets) + 1);
  store<f64>(CAPTURED_BYTES, load<f64>(CAPTURED_BYTES) + <f64>length);
}

/** Takes a frame that is a plain segment of another program's connection, or of nobody's yet; or gives false and has written nothing. */
function takeFrame(frame: usize, length: u32, seconds: f64, ns: i32): bool {
  const tcp = frame + TCP;
  const offsetAndFlags = be16(tcp + 12);
  const headerLength = <usize>((offsetAndFlags >>> 12) << 2);
  const payload = tcp + headerLength;
  // Behind it there may be padding.
  const end = frame + IPV4 + <usize>be16(frame + TOTAL_LENGTH);
  const frameEnd = frame + <usize>length;
  if (
    (be32(frame + IPV4_START) & ANY_SERVICE) !== TYPE_AND_VERSION ||
    load<u8>(frame + PROTOCOL) !== PROTOCOL_TCP ||
    (be16(frame + FRAGMENT) & FRAGMENT_BITS) !== 0 ||
    (offsetAndFlags & TELLING_FLAGS) !== ACK ||
    payload > end ||
    end > frameEnd ||
    (headerLength !== PLAIN_HEADER &&
      (headerLength !== TIMESTAMPS_HEADER || be32(tcp + PLAIN_HEADER) !== TIMESTAMPS_START))
  ) {
    return false;
  }
  const place = placeOf(be32(frame + SOURCE), be32(frame + DESTINATION), be16(tcp), be16(tcp + 2));
  if (place < 0) return false;
  const settled = <u32>load<u8>(SETTLED + <usize>place);
  const row = load<i32>(ROW_COUNT);
  // The first row of a chunk takes the long way, which opens the chunk.
  if ((row & CHUNK_MASK) === 0) return false;
  // Whose conversation it is, the first payload tells: on the long way.
  const isOther = (settled & SETTLED_OTHER) !== 0;
  if (!isOther && ((settled & SETTLED_NOBODY) === 0 || payload < end)) return false;
  const sequence = <i32>be32(tcp + 4);
  const acknowledgment = <i32>be32(tcp + 8);
  const payloadLength = <i32>(end - payload);
  const record = STATES + <usize>(place >>> 1) * RECORD_BYTES;
  const fwd = record + <usize>(place & 1) * SIDE_BYTES;
  const rev = record + <usize>((place & 1) ^ 1) * SIDE_BYTES;
  const isFin = (offsetAndFlags & FIN) !== 0;
  const window = <i32>be16(tcp + 14);
  if (
    !judge(record, fwd, rev, isFin, sequence, acknowledgment, payloadLength, window, row + 1, seconds, ns)
  ) {
    return false;
  }
  const isOnCable = load<u32>(frame + SOURCE_MAC) !== 0 || load<u16>(frame + SOURCE_MAC, 4) !== 0;
  const isBare = events === 0 && !isFin && isOnCable && end === frameEnd;
  const isOrdinary = isOther && isBare && (payloadLength > 0 || isMiddle());
  let bits = MARK_TCP | <i32>((offsetAndFlags & FLAGS_MASK) << FLAGS_SHIFT) | (events << EVENTS_SHIFT);
  if (isOrdinary) bits |= ORDINARY;
  const time = timeOf(seconds, ns);
  if (row < FRAMES_FOR_COPIES && isCopy(place, fingerprintOf(frame, payloadLength), time)) bits |= MARK_COPY;
  writeRow(row, time, place, length, payloadLength, bits, sequence, acknowledgment);
  if (!isOrdinary) {
    tellMore(place, row, frame, length, payload, end, isFin, sequence, acknowledgment);
    if (!isOnCable) addHypothetical(place >>> 1);
  } else if (payloadLength > 0 && (settled & SETTLED_FULL) === 0) {
    lookInto(place, row, frame, payload, end, true);
    fillWhereFull(place);
  }
  return true;
}

/** Nanoseconds since the first frame. */
function timeOf(seconds: f64, ns: i32): f64 {
  const time =
    (seconds - load<f64>(CLOCK_SECONDS)) * <f64>NS_PER_SECOND + (<f64>ns - load<f64>(CLOCK_NANOSECONDS));
  store<f64>(CLOCK_LATEST, time);
  return time;
}

/** What the verdict says goes with it. */
function writeRow(
  row: i32,
  time: f64,
  place: i32,
  length: u32,
  payloadLength: i32,
  bits: i32,
  sequence: i32,
  acknowledgment: i32,
): void {
  const at = load<usize>(CHUNK_ADDRESS) + <usize>(row & CHUNK_MASK) * ROW_BYTES;
  const before = LASTS + ((<usize>(place >>> 1)) << 2);
  store<f64>(at, time, ROW_TIME);
  store<u32>(at, length, ROW_LENGTH);
  store<i32>(at, place, ROW_PLACE);
  store<i32>(at, load<i32>(before), ROW_BEFORE);
  store<i32>(before, row);
  store<i32>(at, payloadLength, ROW_PAYLOAD);
  store<i32>(at, bits, ROW_BITS);
  store<i32>(at, sequence, ROW_SEQUENCE);
  store<i32>(at, acknowledgment, ROW_ACKNOWLEDGMENT);
  store<i32>(at, windowSize, ROW_WINDOW);
  store<u32>(at, bytesInFlight, ROW_IN_FLIGHT);
  store<i32>(at, acksFrame, ROW_ACKS_FRAME);
  store<i32>(ROW_COUNT, row + 1);
}

/** After the handshake's last ACK, before a FIN: an ACK is nothing but that. */
function isMiddle(): bool {
  return (completeness & SEEN_HANDSHAKE) !== SEEN_SYNS && (completeness & SEEN_FIN) === 0;
}

/** What is kept of a segment beside its row that is not ordinary. */
function tellMore(
  place: i32,
  row: i32,
  frame: usize,
  frameLength: u32,
  payload: usize,
  end: usize,
  isFin: bool,
  sequence: i32,
  acknowledgment: i32,
): void {
  const length = <u32>(end - payload);
  if (events !== 0) keepReason(row, place >>> 1);
  if (length > 0) lookInto(place, row, frame, payload, end, (events & EVENTS_OF_OLD_PAYLOAD) === 0);
  const cause = causeOf(place, events, completeness, isFin, sequence, acknowledgment, <i32>length);
  const options = <u32>(payload - frame - TCP - PLAIN_HEADER);
  addCost(place >>> 1, cause, frameLength, options, length, frameLength - <u32>(end - frame));
}

/** `columns-copies.ts` */
function fingerprintOf(frame: usize, payloadLength: i32): i32 {
  const tcp = frame + TCP;
  const flags = be16(tcp + 12) & 0xfff;
  let hash = (be16(frame + 18) << 16) | be16(tcp + 16);
  hash = (hash ^ be32(tcp + 4)) * 0x9e3779b1;
  hash = (hash ^ (hash >>> 15) ^ be32(tcp + 8)) * 0x85ebca77;
  return <i32>(hash ^ (flags << 16) ^ <u32>payloadLength);
}

/** A third one is no copy of the second. */
function isCopy(place: i32, fingerprint: i32, now: f64): bool {
  const last = FINGERPRINTS + ((<usize>place) << 2);
  const lastTime = FINGERPRINT_TIMES + ((<usize>place) << 3);
  const isOne = fingerprint !== 0 && fingerprint === load<i32>(last) && now - load<f64>(lastTime) < COPY_NS;
  store<i32>(last, isOne ? 0 : fingerprint);
  store<f64>(lastTime, now);
  return isOne;
}
