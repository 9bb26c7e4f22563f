/**
 * Which packets of a capture are this process's own: those of its sockets, and what ICMP says about them.
 *
 * A port becomes known as ours a moment after the first packets of a connection: those wait here.
 */
import { networkInterfaces } from 'node:os';
import { parseIpv6 } from '../filter/addresses.ts';
import { PacketRecord } from '../pcap/packet-record.ts';
import { Dissector } from '../wire/dissector.ts';
import { LAYER } from '../wire/layers.ts';
import { Packet, TRANSPORT } from '../wire/packet.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import type { OwnSockets, Transport } from './own-sockets.ts';
import type { LiveRecord, PacketSieve } from './source.ts';

/** A connection whose port nobody has claimed by then is another program's: events come within milliseconds. */
const WAIT_MS = 3_000;
/** Packets that wait for their decision: the first ones of connections, mostly small. Beyond that they are others'. */
const MOST_WAITING_BYTES = 8 * 1_024 * 1_024;
/** Connections that are remembered; beyond that they are judged again. */
const MOST_FLOWS = 50_000;

/** A connection that is not decided: its packets, copied. */
interface Waiting {
  readonly sinceMs: number;
  readonly records: LiveRecord[];
  isAnswered: boolean;
  /** Where it goes to. */
  readonly destinationPort: number;
}

/** A connection of ours: which ends have said that they send no more, or that it is broken off. */
interface Open {
  finished: number;
}

/** By the port of the end that sent its FIN. */
const LOWER_FINISHED = 1;
const HIGHER_FINISHED = 2;
const BOTH_FINISHED = 3;

export class OwnPackets implements PacketSieve {
  readonly #sockets: OwnSockets;
  readonly #dissector = new Dissector();
  readonly #packet = new Packet();
  readonly #ownIpv4 = new Set<number>();
  readonly #ownIpv6 = new Set<string>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #others = new Set<number>();
  readonly #open = new Map<number, Open>();
  #waitingBytes = 0;
  #seenChanges = 0;
  /** Fragments of IP packets: only the one that completes a packet tells whose it is. */
  readonly #fragments = new Map<string, LiveRecord[]>();
  /** Called when the last of our connections has ended. */
  onAllClosed: () => void = () => undefined;

  constructor(sockets: OwnSockets) {
    this.#sockets = sockets;
    for (const { family, address } of Object.values(networkInterfaces()).flatMap(list => list ?? [])) {
      if (family === 'IPv4') this.#ownIpv4.add(ipv4Number(address));
      else this.#ownIpv6.add(String(parseIpv6(address.split('%')[0] as string)));
    }
  }

  /** Connections of ours that are not closed from both ends. */
  get openConnections(): number {
    return this.#open.size;
  }

  take(record: LiveRecord, keep: (record: LiveRecord) => void): void {
    // What has waited for a port that is known now comes before this.
    if (this.#sockets.changes !== this.#seenChanges) this.settle(keep, false);
    const packet = this.#packet;
    const { bytes, start, capturedLength, length, linkType } = record;
    this.#dissector.dissect(bytes, start, capturedLength, length, linkType, packet);
    if (packet.isFragment) return this.#holdFragment(record, packet);
    const isWhole = packet.reassembled.length === 0;
    const fragments = isWhole ? [] : this.#takeFragments(packet);
    const { transport, tcp, udp } = packet;
    if (transport !== TRANSPORT.tcp && transport !== TRANSPORT.udp) return;
    const kind: Transport = transport === TRANSPORT.tcp ? 'tcp' : 'udp';
    const header = kind === 'tcp' ? tcp : udp;
    if (this.#isOwn(packet, kind, header.sourcePort, header.destinationPort)) {
      for (const fragment of fragments) keep(fragment);
      if (kind === 'tcp' && !packet.isQuoted) this.#follow(packet);
      keep(record);
    } else if (kind === 'tcp' && !packet.isQuoted) this.#wait(record, packet);
  }

  /** Decides about what waits, where more is known now. */
  settle(keep: (record: LiveRecord) => void, isEnd: boolean): void {
    const { changes } = this.#sockets;
    const isNothingNew = changes === this.#seenChanges && !isEnd && !this.#isAnyOld();
    this.#seenChanges = changes;
    if (isNothingNew) return;
    const nowMs = Date.now();
    for (const [key, flow] of this.#waiting) {
      const [low, high] = [Math.floor(key / 0x1_0000), key % 0x1_0000];
      const isClaimed = this.#sockets.has('tcp', low) || this.#sockets.has('tcp', high);
      if (!isClaimed && !isEnd && nowMs - flow.sinceMs < WAIT_MS) continue;
      this.#forget(key, flow);
      // Nobody answered, or somebody refused: then the socket was never ours by its port, but we had tried.
      if (isClaimed || (!flow.isAnswered && this.#sockets.hasTried(flow.destinationPort))) {
        for (const record of flow.records) this.#keepLate(record, keep);
      } else this.#others.add(key);
    }
    if (this.#others.size > MOST_FLOWS) this.#others.clear();
  }

  #keepLate(record: LiveRecord, keep: (record: LiveRecord) => void): void {
    const { bytes, start, capturedLength, length, linkType } = record;
    this.#dissector.dissect(bytes, start, capturedLength, length, linkType, this.#packet);
    this.#follow(this.#packet);
    keep(record);
  }

  #isAnyOld(): boolean {
    const [first] = this.#waiting.values();
    return first !== undefined && Date.now() - first.sinceMs >= WAIT_MS;
  }

  /** One of the ends is at an address of this machine, with a port of ours. */
  #isOwn(packet: Packet, kind: Transport, sourcePort: number, destinationPort: number): boolean {
    const { sourceAddress, destinationAddress, sourceIpv4, destinationIpv4, isQuoted } = packet;
    const isFromUs = this.#sockets.has(kind, sourcePort) && this.#isHere(packet, sourceAddress, sourceIpv4);
    // What an error quotes was sent by us, or is nothing to us.
    if (isFromUs || isQuoted) return isFromUs;
    return (
      this.#sockets.has(kind, destinationPort) && this.#isHere(packet, destinationAddress, destinationIpv4)
    );
  }

  /** An address of this machine, or one for many, this machine among them. */
  #isHere({ family, addressBytes }: Packet, at: number, ipv4: number): boolean {
    const first = addressBytes[at] as number;
    if (family === 4) {
      return first === 127 || first >= 224 || this.#ownIpv4.has(ipv4 >>> 0) || (ipv4 & 0xff) === 0xff;
    }
    return (
      first === 0xff || this.#ownIpv6.has(String([0, 4, 8, 12].map(word => word32(addressBytes, at + word))))
    );
  }

  #wait(record: LiveRecord, { tcp }: Packet): void {
    const key = keyOf(tcp.sourcePort, tcp.destinationPort);
    const isOpening = (tcp.flags & (TCP_FLAG.syn | TCP_FLAG.ack)) === TCP_FLAG.syn;
    // The same ports may be somebody else's the next time.
    if (isOpening) this.#others.delete(key);
    if (this.#others.has(key)) return;
    let flow = this.#waiting.get(key);
    if (flow === undefined) {
      // Who comes into a conversation in its middle was there before us.
      if (!isOpening) return;
      const { destinationPort } = tcp;
      flow = { sinceMs: Date.now(), records: [], isAnswered: false, destinationPort };
      this.#waiting.set(key, flow);
    }
    flow.isAnswered ||= (tcp.flags & TCP_FLAG.syn) !== 0 && (tcp.flags & TCP_FLAG.ack) !== 0;
    flow.records.push(copyOf(record));
    this.#waitingBytes += record.capturedLength;
    if (this.#waitingBytes <= MOST_WAITING_BYTES) return;
    this.#forget(key, flow);
    this.#others.add(key);
  }

  #forget(key: number, flow: Waiting): void {
    this.#waiting.delete(key);
    this.#waitingBytes -= bytesIn(flow.records);
  }

  /** Notes which connections have ended. */
  #follow({ tcp }: Packet): void {
    const { sourcePort, destinationPort, flags } = tcp;
    const key = keyOf(sourcePort, destinationPort);
    if ((flags & TCP_FLAG.syn) !== 0) this.#open.set(key, { finished: 0 });
    const open = this.#open.get(key);
    if (open === undefined) return;
    // What comes after both have finished is the acknowledgement of the last FIN.
    const isOver =
      (flags & TCP_FLAG.rst) !== 0 || (open.finished === BOTH_FINISHED && (flags & TCP_FLAG.fin) === 0);
    if ((flags & TCP_FLAG.fin) !== 0)
      open.finished |= sourcePort < destinationPort ? LOWER_FINISHED : HIGHER_FINISHED;
    if (!isOver) return;
    this.#open.delete(key);
    if (this.#open.size === 0) this.onAllClosed();
  }

  #holdFragment(record: LiveRecord, packet: Packet): void {
    this.#waitingBytes += record.capturedLength;
    if (this.#waitingBytes > MOST_WAITING_BYTES) this.#dropFragments();
    const key = fragmentsOf(packet);
    const held = this.#fragments.get(key) ?? [];
    held.push(copyOf(record));
    this.#fragments.set(key, held);
  }

  #takeFragments(packet: Packet): readonly LiveRecord[] {
    const key = fragmentsOf(packet);
    const held = this.#fragments.get(key) ?? [];
    this.#fragments.delete(key);
    this.#waitingBytes -= bytesIn(held);
    return held;
  }

  /** Packets that never become whole would fill the memory. */
  #dropFragments(): void {
    for (const held of this.#fragments.values()) this.#waitingBytes -= bytesIn(held);
    this.#fragments.clear();
  }
}

/** What the fragments of one packet have in common: addresses and identification, as text. */
function fragmentsOf(packet: Packet): string {
  const isIpv4 = packet.family === 4;
  const layer = packet.indexOf(isIpv4 ? LAYER.ipv4 : LAYER.ipv6Fragment);
  const at = layer < 0 ? 0 : (packet.layerStarts[layer] as number);
  const identification = packet.bytes.subarray(at + 4, at + (isIpv4 ? 6 : 8));
  const { addressBytes, sourceAddress, destinationAddress } = packet;
  const size = isIpv4 ? 4 : 16;
  const ends = [sourceAddress, destinationAddress].map(start => addressBytes.subarray(start, start + size));
  return [identification, ...ends].join();
}

/** Both ports, the lower one first: within the filter of one capture that tells connections apart. */
function keyOf(one: number, other: number): number {
  return one < other ? one * 0x1_0000 + other : other * 0x1_0000 + one;
}

function word32(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = at; index < at + 4; index++) value = value * 256 + (bytes[index] as number);
  return value;
}

function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function bytesIn(records: readonly LiveRecord[]): number {
  return records.reduce((sum, { capturedLength }) => sum + capturedLength, 0);
}

function copyOf(record: LiveRecord): LiveRecord {
  const { bytes, start, capturedLength } = record;
  return Object.assign(new PacketRecord(), record, {
    bytes: bytes.slice(start, start + capturedLength),
    start: 0,
  });
}
