/**
 * Two endpoints → the place of their newest conversation (`src/flows/conversations.ts` says what a place is). A cache: a place that fell
 * out is asked for again, so that its size bounds nothing but the speed.
 */
import { FLOW_CACHE, FLOW_SETS } from './layout';

/** A set is a line of a processor's cache: four of lower address, higher address, ports, conversation plus 1. */
const WAYS: usize = 4;
const ENTRY_BYTES: usize = 16;
const HIGHER: usize = 4;
const PORTS: usize = 8;
const CONVERSATION: usize = 12;

/** What `look` looked for, lower endpoint first, the side of who sent it, and the set where it belongs. */
let low: u32 = 0;
let high: u32 = 0;
let ports: u32 = 0;
let side: i32 = 0;
let set: usize = 0;

/** The place; -1: it is not known here. */
export function placeOf(source: u32, destination: u32, sourcePort: u32, destinationPort: u32): i32 {
  const entry = look(source, destination, sourcePort, destinationPort);
  return entry === 0 ? -1 : ((load<i32>(entry, CONVERSATION) - 1) << 1) | side;
}

/** Keeps a conversation, in place of an earlier one between the same endpoints where there is one. */
export function keep(
  source: u32,
  destination: u32,
  sourcePort: u32,
  destinationPort: u32,
  conversation: i32,
): void {
  let entry = look(source, destination, sourcePort, destinationPort);
  if (entry === 0) {
    entry = set + <usize>(conversation & <i32>(WAYS - 1)) * ENTRY_BYTES;
    for (let way: usize = 0; way < WAYS; way++) {
      const other = set + way * ENTRY_BYTES;
      if (load<i32>(other, CONVERSATION) === 0) entry = other;
    }
    store<u32>(entry, low);
    store<u32>(entry, high, HIGHER);
    store<u32>(entry, ports, PORTS);
  }
  store<i32>(entry, conversation + 1, CONVERSATION);
}

/** The entry; 0: there is none. */
function look(source: u32, destination: u32, sourcePort: u32, destinationPort: u32): usize {
  side = source === destination ? i32(sourcePort > destinationPort) : i32(source > destination);
  low = side === 0 ? source : destination;
  high = side === 0 ? destination : source;
  ports = side === 0 ? (sourcePort << 16) | destinationPort : (destinationPort << 16) | sourcePort;
  let hash = low * 0x9e3779b1 + high * 0x85ebca77 + ports * 0xc2b2ae3d;
  hash = (hash ^ (hash >>> 15)) * 0x2c1b3c6d;
  set = FLOW_CACHE + <usize>((hash ^ (hash >>> 14)) & (FLOW_SETS - 1)) * (WAYS * ENTRY_BYTES);
  for (let way: usize = 0; way < WAYS; way++) {
    const entry = set + way * ENTRY_BYTES;
    if (
      load<u32>(entry, PORTS) === ports &&
      load<u32>(entry) === low &&
      load<u32>(entry, HIGHER) === high &&
      load<i32>(entry, CONVERSATION) !== 0
    ) {
      return entry;
    }
  }
  return 0;
}
