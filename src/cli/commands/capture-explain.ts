/**
 * `sensewire capture --explain`: one line for each frame as it comes, with what it means in its conversation.
 */

import { styleText } from 'node:util';
import type { AnalysedFrame } from '../../analysis/analysed-frame.ts';
import { packetLine } from '../../analysis/frame-teller.ts';
import { ICMP, ICMPV6, icmpText } from '../../analysis/icmp-names.ts';
import { Pipeline } from '../../analysis/pipeline.ts';
import { OwnProtocols } from '../../analysis/telemetry-decode-watch.ts';
import { TCP_EVENT, type TcpEvent } from '../../flows/tcp-events.ts';
import type { PacketRecord } from '../../pcap/packet-record.ts';
import { LAYER } from '../../wire/layers.ts';
import { type Packet, TRANSPORT } from '../../wire/packet.ts';
import { TCP_FLAG, type TcpHeader } from '../../wire/tcp-header.ts';
import { printJson, type Screen } from '../terminal.ts';
import { addressText, arpText } from './capture-words.ts';

/** What is told of a frame. */
interface Explanation {
  readonly number: number;
  /** Seconds since 1970, with nanoseconds. */
  readonly time: string;
  /** Since the first frame. */
  readonly seconds: number;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  /** Flags, numbers and lengths. */
  readonly details: string;
  /** What it means. */
  readonly meaning: string;
  /** What the TCP analysis says: retransmission and the like. */
  readonly events: readonly string[];
  readonly length: number;
}

const EVENT_TEXTS: Readonly<Record<TcpEvent, string>> = {
  retransmission: 'retransmission',
  fastRetransmission: 'fast retransmission',
  spuriousRetransmission: 'retransmission of what has arrived',
  outOfOrder: 'out of order',
  duplicateAck: 'duplicate ACK',
  lostSegment: 'a segment before it was not captured',
  ackedUnseen: 'acknowledges what was not captured',
  zeroWindow: 'window is zero: stop sending',
  zeroWindowProbe: 'asks whether the window is open',
  zeroWindowProbeAck: 'the window is still zero',
  keepAlive: 'keep-alive',
  keepAliveAck: 'answer to a keep-alive',
  windowUpdate: 'window update',
  windowFull: 'fills the window',
  reusedPorts: 'ports used again',
};
const FLAG_NAMES = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ae'] as const;

/** Prints each frame on standard output, as a line or as JSON. */
export function explainer(isJson: boolean, screen: Screen): (record: PacketRecord) => void {
  const own = new OwnProtocols();
  let first: { readonly seconds: number; readonly nanoseconds: number } | undefined;
  const pipeline = new Pipeline(
    {
      onFrame: frame => {
        const { seconds, nanoseconds } = frame.packet;
        first ??= { seconds, nanoseconds };
        const since = seconds - first.seconds + (nanoseconds - first.nanoseconds) / 1e9;
        const explanation = explain(frame, since, own);
        if (isJson) printJson('packet', explanation);
        else {
          screen.end();
          process.stdout.write(`${lineOf(explanation)}\n`);
        }
      },
    },
    { wireshark: '4.4' },
  );
  return record => pipeline.onPacket(record);
}

function lineOf(explanation: Explanation): string {
  const { number, seconds, source, destination, protocol, details, meaning, events } = explanation;
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    styleText(format, text, { stream: process.stdout });
  const parts = [
    `${String(number).padStart(4)} ${style('dim', seconds.toFixed(6).padStart(11))}`,
    `${source} ${style('dim', '→')} ${destination}`,
    style('bold', protocol),
    details,
    meaning === '' ? '' : style('cyan', meaning),
    ...events.map(event => style('yellow', event)),
  ];
  return parts.filter(part => part !== '').join('  ');
}

function explain(frame: AnalysedFrame, seconds: number, own: OwnProtocols): Explanation {
  const { packet } = frame;
  const { number, length, transport } = packet;
  const [source, destination] = endpointsOf(packet);
  const time = `${packet.seconds}.${String(packet.nanoseconds).padStart(9, '0')}`;
  const rest = { number, time, seconds: Number(seconds.toFixed(9)), source, destination, length };
  if (packet.isQuoted) return { ...rest, ...otherText(packet), events: [] };
  if (transport === TRANSPORT.tcp) return { ...rest, ...tcpText(frame) };
  if (transport === TRANSPORT.udp) {
    const details = bytesText(packet.udp.payloadLength);
    own.takeUdp(frame);
    const ours = own.ofUdp(frame.udpPlace >>> 1);
    const line = packetLine(ours, number);
    if (line === undefined)
      return {
        ...rest,
        protocol: 'UDP',
        details,
        meaning: ours?.telemetry?.told.get(number) ?? '',
        events: [],
      };
    return {
      ...rest,
      protocol: 'reliable UDP',
      details: `${line.labels} ${details}`,
      meaning: line.note,
      events: [],
    };
  }
  return { ...rest, ...otherText(packet), events: [] };
}

/** Addresses with their ports, as text. */
function endpointsOf(packet: Packet): [string, string] {
  const { family, addressBytes, sourceAddress, destinationAddress, transport, tcp, udp } = packet;
  if (family === 0) return hardwareOf(packet);
  // What an ICMP error quotes has gone the other way.
  if (packet.isQuoted) return outerAddresses(packet);
  const header = transport === TRANSPORT.tcp ? tcp : transport === TRANSPORT.udp ? udp : undefined;
  const text = (at: number, port: number | undefined): string => addressText(addressBytes, at, family, port);
  return [text(sourceAddress, header?.sourcePort), text(destinationAddress, header?.destinationPort)];
}

/** Addresses of the outermost IP header. */
function outerAddresses(packet: Packet): [string, string] {
  const ipv4 = packet.indexOf(LAYER.ipv4);
  const ipv6 = packet.indexOf(LAYER.ipv6);
  const isIpv4 = ipv6 < 0 || (ipv4 >= 0 && ipv4 < ipv6);
  const layer = isIpv4 ? ipv4 : ipv6;
  const at = packet.layerStarts[layer] as number;
  const text = (start: number): string =>
    addressText(packet.bytesOf(layer), start, isIpv4 ? 4 : 6, undefined);
  return isIpv4 ? [text(at + 12), text(at + 16)] : [text(at + 8), text(at + 24)];
}

function hardwareOf(packet: Packet): [string, string] {
  const layer = packet.indexOf(LAYER.ethernet);
  if (layer < 0) return ['?', '?'];
  const at = packet.layerStarts[layer] as number;
  const text = (start: number): string =>
    Array.from(packet.bytes.subarray(start, start + 6), byte => byte.toString(16).padStart(2, '0')).join(':');
  return [text(at + 6), text(at)];
}

function tcpText({
  packet,
  verdict,
}: AnalysedFrame): Omit<Explanation, 'number' | 'time' | 'seconds' | 'source' | 'destination' | 'length'> {
  const { tcp } = packet;
  const isAcknowledging = (tcp.flags & TCP_FLAG.ack) !== 0;
  const sequence = (tcp.sequence - verdict.base) >>> 0;
  const acknowledgment = (tcp.acknowledgment - verdict.peerBase) >>> 0;
  const details = [
    flagsOf(tcp),
    `seq ${sequence}`,
    ...(isAcknowledging ? [`ack ${acknowledgment}`] : []),
    `win ${verdict.windowSize}`,
    ...(tcp.payloadLength > 0 ? [bytesText(tcp.payloadLength)] : []),
    ...optionsOf(tcp),
  ].join(' ');
  const events = (Object.keys(TCP_EVENT) as TcpEvent[])
    .filter(event => (verdict.events & TCP_EVENT[event]) !== 0)
    .map(event => EVENT_TEXTS[event]);
  return { protocol: 'TCP', details, meaning: meaningOf(tcp, acknowledgment), events };
}

function flagsOf({ flags }: TcpHeader): string {
  return FLAG_NAMES.filter(name => (flags & TCP_FLAG[name]) !== 0)
    .map(name => name.toUpperCase())
    .join(' ');
}

function optionsOf({ flags, mss, windowScale, sackPermitted }: TcpHeader): string[] {
  if ((flags & TCP_FLAG.syn) === 0) return [];
  return [
    ...(mss >= 0 ? [`mss ${mss}`] : []),
    ...(windowScale >= 0 ? [`window ×${2 ** windowScale}`] : []),
    ...(sackPermitted ? ['sack'] : []),
  ];
}

function meaningOf({ flags, payloadLength, sequence }: TcpHeader, acknowledgment: number): string {
  const has = (flag: keyof typeof TCP_FLAG): boolean => (flags & TCP_FLAG[flag]) !== 0;
  // The answer to a SYN that nobody expects has the sequence number 0 (RFC 9293 section 3.10.7.1).
  if (has('rst'))
    return has('ack') && sequence === 0 ? 'refuses: nobody listens there' : 'breaks the connection off';
  if (has('syn')) return has('ack') ? 'agrees to the connection' : 'asks for a connection';
  if (has('fin')) return 'sends no more';
  if (payloadLength > 0) return has('psh') ? 'data, to be read now' : 'data, more comes';
  return has('ack') && acknowledgment > 0 ? `has everything before ${acknowledgment}` : '';
}

function otherText(packet: Packet): Pick<Explanation, 'protocol' | 'details' | 'meaning'> {
  const arp = packet.indexOf(LAYER.arp);
  if (arp >= 0)
    return {
      protocol: 'ARP',
      details: '',
      meaning: arpText(packet.bytesOf(arp), packet.layerStarts[arp] as number),
    };
  for (const [kind, names] of [
    [LAYER.icmp, ICMP],
    [LAYER.icmpv6, ICMPV6],
  ] as const) {
    const layer = packet.indexOf(kind);
    if (layer < 0) continue;
    const start = packet.layerStarts[layer] as number;
    const [type, code] = packet.bytesOf(layer).subarray(start, packet.layerEnds[layer]);
    const about = packet.isQuoted ? `, about ${quotedText(packet)}` : '';
    return { protocol: names.protocol, details: '', meaning: `${icmpText(names, type, code)}${about}` };
  }
  const name = packet.isFragment ? 'fragment' : packet.family === 0 ? 'frame' : `IPv${packet.family}`;
  return { protocol: name, details: bytesText(packet.length), meaning: '' };
}

/** The packet that an error is about. */
function quotedText({
  family,
  addressBytes,
  sourceAddress,
  destinationAddress,
  transport,
  tcp,
  udp,
}: Packet): string {
  if (family === 0) return 'another packet';
  const header = transport === TRANSPORT.tcp ? tcp : transport === TRANSPORT.udp ? udp : undefined;
  const name = transport === TRANSPORT.tcp ? 'TCP ' : transport === TRANSPORT.udp ? 'UDP ' : '';
  const source = addressText(addressBytes, sourceAddress, family, header?.sourcePort);
  return `${name}${source} → ${addressText(addressBytes, destinationAddress, family, header?.destinationPort)}`;
}

function bytesText(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}
