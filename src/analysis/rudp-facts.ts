/**
 * What one packet of reliable UDP says, in numbers; a single object is written again for each packet, and copied where it is kept.
 */

export type RudpPacketKind =
  | 'INIT'
  | 'RETRY'
  | 'ACCEPT'
  | 'RESET'
  | 'VERSION'
  | 'numbered'
  | 'unnumbered'
  | 'unknown';

/** Why a message goes again. */
export type AgainReason =
  /** An ACK names later packets, and not the one that carried it. */
  | 'gap'
  /** No ACK has come for longer than one should take. */
  | 'silence'
  /** It had arrived: the ACK of it had been seen already. */
  | 'arrived'
  /** The handshake was not answered. */
  | 'handshake';

/** Frames that are in the packet, as bits. */
export const HAS = {
  ack: 0x001,
  message: 0x002,
  repair: 0x004,
  ping: 0x008,
  padding: 0x010,
  pathChallenge: 0x020,
  pathResponse: 0x040,
  maxData: 0x080,
  end: 0x100,
  close: 0x200,
} as const;

const NO_BYTES = new Uint8Array(0);

export class PacketFacts {
  frame = 0;
  /** Since the first packet of our protocols in the capture. */
  timeNs = 0;
  /** 0: from the client, 1: from the server. */
  from: 0 | 1 = 0;
  /** Side of the conversation, as `Conversations` has them. */
  side: 0 | 1 = 0;
  length = 0;
  /** Where the packet starts in its frame; −1: it was put together from fragments. */
  inFrame = -1;
  kind: RudpPacketKind = 'unknown';
  /** −1: it has none. */
  number = -1;
  /** The number went before: the packet came twice. */
  isCopy = false;
  isDamaged = false;
  /** The A bit: acknowledge at once. */
  asksNow = false;
  /** Bits of {@link HAS}. */
  frames = 0;
  /** Of INIT: it brings the cookie back. */
  hasCookie = false;
  /** Of INIT and ACCEPT. */
  clientId = 0;
  serverId = 0;

  /** MESSAGE frames; the first one's channel and sequence number, the last one's, and the bytes of all. */
  messages = 0;
  channel = 0;
  firstSequence = 0;
  lastSequence = 0;
  messageBytes = 0;
  /** Of the first one's data; a view until the facts are copied. */
  excerpt: Uint8Array = NO_BYTES;
  /** Where that stands in the packet, and how long the data is. */
  dataStart = 0;
  dataBytes = 0;
  /** Of a fragment: where it stands, and how long the message is; otherwise 0. */
  offset = 0;
  total = 0;
  /** What goes for the first time: messages that begin, bytes of all those, pieces of larger ones, bytes in the packet. */
  newMessages = 0;
  newTotals = 0;
  newPieces = 0;
  newBytes = 0;
  /** MESSAGE frames that went before; of the first one the packet and its frame, and why it goes again. */
  again = 0;
  againBytes = 0;
  againSequence = 0;
  againNumber = -1;
  againFrame = 0;
  againReason: AgainReason = 'gap';
  /** The frame with the ACK that shows it missing. */
  againAckFrame = 0;

  /** ACK: the largest number, how many ranges, and how many packets that no ACK named before. */
  ackLargest = -1;
  ackRanges = 0;
  ackNew = 0;
  ackDelayNs = 0;
  /** The frame of the largest packet, where no ACK named that before; 0: none. And the time since. */
  ackFrame = 0;
  ackAfterNs = 0;
  /** Packets before the largest one that are missing for the first time: how many, and the first of them. */
  ackMissing = 0;
  ackFirstMissing = -1;
  /** Packets that its sender has recomputed since it said so the last time. */
  repairedNew = 0;

  /** REPAIR: how many packets it covers. */
  repairWindow = 0;
  repairBytes = 0;

  padding = 0;
  limit = 0;
  endMessages = 0;
  code = 0;
  reason = '';

  /** Telemetry in it: how many readings, and of which sensor. */
  readings = 0;
  sensor = '';

  copy(): PacketFacts {
    const copy = new PacketFacts();
    copy.assign(this);
    return copy;
  }

  assign(facts: PacketFacts): void {
    Object.assign(this, facts);
    this.excerpt = facts.excerpt.slice();
  }

  reset(): void {
    Object.assign(this, BLANK);
  }

  has(frame: number): boolean {
    return (this.frames & frame) !== 0;
  }

  /** Says nothing but what has arrived. */
  get isPureAck(): boolean {
    return this.frames === HAS.ack;
  }
}

const BLANK = new PacketFacts();
