/**
 * IEEE 802.11, and the radiotap header that drivers put in front. Data frames are read on where they are whole and in
 * the clear; of several packets in one frame (A-MSDU) only the first is.
 */
import { LAYER } from './layers.ts';
import { STEP, type Step, type Walk } from './walk.ts';

const RADIOTAP_LENGTH = 8;

export function radiotap(walk: Walk): Step {
  walk.add(LAYER.radiotap, RADIOTAP_LENGTH);
  if (!walk.has(RADIOTAP_LENGTH)) return STEP.done;
  const { bytes, at } = walk;
  const length = (bytes[at + 2] as number) | ((bytes[at + 3] as number) << 8);
  if (length < RADIOTAP_LENGTH) {
    walk.packet.isMalformed = true;
    return STEP.done;
  }
  if (!walk.has(length)) return STEP.done;
  walk.endLayer(length);
  walk.at += length;
  walk.add(LAYER.radio, 0);
  return LAYER.wlan;
}

/** Kinds of frame. */
const CONTROL = 1;
const DATA = 2;
/** Bits of a data frame's kind. */
const WITHOUT_DATA = 0x4;
const QUALITY = 0x8;
/** Flags. */
const BOTH_DIRECTIONS = 0x03;
const MORE_FRAGMENTS = 0x04;
const PROTECTED = 0x40;
const ORDER = 0x80;
/** Of the quality of service field: several packets. */
const AGGREGATE = 0x80;

const HEADER_LENGTH = 24;
const ADDRESS_LENGTH = 6;
const QUALITY_LENGTH = 2;
const HIGH_THROUGHPUT_LENGTH = 4;
/** Addresses and length of a packet among several. */
const SUBFRAME_LENGTH = 14;
/** What WEP puts around the data, and so the others at least: initialisation vector and check value. */
const VECTOR_LENGTH = 4;
const CHECK_LENGTH = 4;

export function wlan(walk: Walk): Step {
  walk.add(LAYER.wlan, 2);
  if (!walk.has(2)) return STEP.done;
  const first = walk.bytes[walk.at] as number;
  const flags = walk.bytes[walk.at + 1] as number;
  const version = first & 3;
  const type = (first >>> 2) & 3;
  const subtype = first >>> 4;
  if (version === 1 || (version === 0 && type === CONTROL)) return STEP.done;
  const length = headerLength(type, subtype, flags);
  if (!walk.has(length)) return STEP.done;
  walk.endLayer(length);
  const isAggregate =
    type === DATA &&
    (subtype & QUALITY) !== 0 &&
    isAggregated(walk, (flags & BOTH_DIRECTIONS) === BOTH_DIRECTIONS);
  walk.at += length;
  if (version !== 0) return LAYER.data;
  if (type === DATA && (subtype & WITHOUT_DATA) !== 0) return STEP.done;
  if ((flags & PROTECTED) !== 0) return protectedData(walk);
  if ((flags & MORE_FRAGMENTS) !== 0) return LAYER.data;
  if (type !== DATA) return STEP.done;
  if (isAggregate) {
    if (!walk.has(SUBFRAME_LENGTH)) return STEP.done;
    walk.at += SUBFRAME_LENGTH;
  }
  // An IPX packet without LLC.
  return walk.at + 2 <= walk.end && walk.u16(0) === 0xffff ? LAYER.data : LAYER.llc;
}

function headerLength(type: number, subtype: number, flags: number): number {
  let length = HEADER_LENGTH;
  if (type !== DATA) return (flags & ORDER) === 0 ? length : length + HIGH_THROUGHPUT_LENGTH;
  if ((flags & BOTH_DIRECTIONS) === BOTH_DIRECTIONS) length += ADDRESS_LENGTH;
  if ((subtype & QUALITY) === 0) return length;
  length += QUALITY_LENGTH;
  return (flags & ORDER) === 0 ? length : length + HIGH_THROUGHPUT_LENGTH;
}

function isAggregated({ bytes, at }: Walk, hasFourAddresses: boolean): boolean {
  const quality = at + HEADER_LENGTH + (hasFourAddresses ? ADDRESS_LENGTH : 0);
  return ((bytes[quality] as number) & AGGREGATE) !== 0;
}

/** tshark names what is left of it as data, if anything is. */
function protectedData(walk: Walk): Step {
  const left = walk.end - walk.at;
  return left <= VECTOR_LENGTH || left === VECTOR_LENGTH + CHECK_LENGTH ? STEP.done : LAYER.data;
}
