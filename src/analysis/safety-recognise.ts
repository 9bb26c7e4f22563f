/**
 * Protocols by their own signs, from the first payload of a side: those that encrypt, and those that show values in the open.
 */
import type { RecognisedProtocol } from './safety.ts';
import type { SamplePiece } from './safety-sample.ts';
import { tlsSigns } from './safety-tls.ts';

/** What a payload turned out to be; places are those of the payload. */
interface Signs {
  readonly name: string;
  readonly version?: string | undefined;
  readonly isEncrypted: boolean;
  readonly details?: readonly { readonly name: string; readonly value: string }[];
  /** Bytes that show it; all of the payload where this is not said. */
  readonly end?: number;
}

export type Transport = 'tcp' | 'udp';

type Recogniser = (bytes: Uint8Array, length: number) => Signs | undefined;

const TCP_RECOGNISERS: readonly Recogniser[] = [tls, ssh, http, http2, mqtt, greeting];
const UDP_RECOGNISERS: readonly Recogniser[] = [tls, quic, googleQuic, wireGuard, openVpn, dns, coap];

/** Undefined where nothing is recognised. */
export function recognise(piece: SamplePiece, transport: Transport): RecognisedProtocol | undefined {
  const { bytes, length, frame, inFrame } = piece;
  for (const recogniser of transport === 'tcp' ? TCP_RECOGNISERS : UDP_RECOGNISERS) {
    const signs = recogniser(bytes, length);
    if (signs === undefined) continue;
    const { name, version, isEncrypted, details = [], end = bytes.length } = signs;
    const start = Math.max(inFrame, 0);
    const place = { frame, start, end: inFrame < 0 ? 0 : start + Math.min(end, bytes.length) };
    return { name, version, isEncrypted, details, place };
  }
  return undefined;
}

function tls(bytes: Uint8Array): Signs | undefined {
  const signs = tlsSigns(bytes);
  if (signs === undefined) return undefined;
  const { name, version, message, details } = signs;
  return {
    name,
    version,
    isEncrypted: true,
    details: [
      { name: 'record', value: message },
      ...details.map(({ name: what, value }) => ({ name: what, value })),
    ],
  };
}

/** RFC 4253 section 4.2. */
function ssh(bytes: Uint8Array): Signs | undefined {
  const line = firstLine(bytes);
  const match = /^SSH-(\d\.\d{1,2})-([\x20-\x7e]*)$/.exec(line);
  if (match === null) return undefined;
  const version = match[1] as string;
  return {
    name: 'SSH',
    version,
    isEncrypted: true,
    details: [{ name: 'software', value: match[2] as string }],
    end: line.length,
  };
}

const REQUEST = /^(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) (\S{1,200}) HTTP\/(1\.[01])$/;
const RESPONSE = /^HTTP\/(1\.[01]) (\d{3}.{0,60})$/;

/** RFC 9112. */
function http(bytes: Uint8Array): Signs | undefined {
  const line = firstLine(bytes);
  const request = REQUEST.exec(line);
  const response = RESPONSE.exec(line);
  const version = request?.[2] ?? response?.[1];
  if (version === undefined) return undefined;
  const details =
    request === null
      ? [{ name: 'status', value: response?.[2] ?? '' }]
      : [{ name: 'path', value: request[1] as string }];
  return { name: 'HTTP', version, isEncrypted: false, details, end: line.length };
}

/** RFC 9113 section 3.4. */
function http2(bytes: Uint8Array): Signs | undefined {
  return firstLine(bytes) === 'PRI * HTTP/2.0'
    ? { name: 'HTTP', version: '2', isEncrypted: false, end: 24 }
    : undefined;
}

const MQTT_VERSIONS: Readonly<Record<number, string>> = { 3: '3.1', 4: '3.1.1', 5: '5.0' };

/** CONNECT of MQTT: its name stands behind the fixed header (section 3.1 of its standard). */
function mqtt(bytes: Uint8Array): Signs | undefined {
  if (bytes[0] !== 0x10) return undefined;
  let at = 1;
  while (at < 5 && (bytes[at] ?? 0) >= 0x80) at++;
  at++;
  const name = latin(bytes.subarray(at, at + 6));
  const isOld = latin(bytes.subarray(at, at + 8)) === '\0\x06MQIsdp';
  if (name !== '\0\x04MQTT' && !isOld) return undefined;
  const end = at + (isOld ? 8 : 6);
  const version = MQTT_VERSIONS[bytes[end] ?? 0];
  const flags = bytes[end + 1] ?? 0;
  return {
    name: 'MQTT',
    version,
    isEncrypted: false,
    details: [
      ...((flags & 0x80) === 0 ? [] : [{ name: 'user', value: 'sent in the open' }]),
      ...((flags & 0x40) === 0 ? [] : [{ name: 'password', value: 'sent in the open' }]),
    ],
    end: end + 2,
  };
}

/** Servers that speak first, and then take a user and a password. */
const GREETINGS: readonly (readonly [RegExp, string])[] = [
  [/^220[ -].*\bE?SMTP\b/i, 'SMTP'],
  [/^220[ -].*FTP/i, 'FTP'],
  [/^\+OK\b/, 'POP3'],
  [/^\* OK\b/, 'IMAP'],
];

function greeting(bytes: Uint8Array): Signs | undefined {
  const line = firstLine(bytes);
  const found = GREETINGS.find(([pattern]) => pattern.test(line));
  return found === undefined
    ? undefined
    : { name: found[1], isEncrypted: false, details: [{ name: 'greeting', value: line }], end: line.length };
}

const QUIC_VERSIONS: Readonly<Record<number, string>> = { 1: '1', 1798521807: '2' };
/** A client's first datagram is not shorter (RFC 9000 section 14.1). */
const QUIC_INITIAL_BYTES = 1_200;

/** A long header with the fixed bit (RFC 9000 section 17.2, RFC 9369). */
function quic(bytes: Uint8Array, length: number): Signs | undefined {
  if (bytes.length < 7 || ((bytes[0] as number) & 0xc0) !== 0xc0) return undefined;
  const number = u32(bytes, 1);
  const isDraft = number >>> 8 === 0xff_0000;
  const version = QUIC_VERSIONS[number] ?? (isDraft ? `draft ${number & 0xff}` : undefined);
  const destination = bytes[5] as number;
  if (version === undefined || destination > 20 || length < 20) return undefined;
  const details = length >= QUIC_INITIAL_BYTES ? [{ name: 'packet', value: 'Initial, or with it' }] : [];
  return { name: 'QUIC', version, isEncrypted: true, details, end: 6 + destination };
}

/** QUIC as Google had it before the standard: flags, an id of 8 bytes, and the version as text. */
function googleQuic(bytes: Uint8Array): Signs | undefined {
  const version = latin(bytes.subarray(9, 13));
  const hasVersion = ((bytes[0] ?? 0) & 0x09) === 0x09 && /^Q0\d\d$/.test(version);
  return hasVersion ? { name: 'QUIC', version: `Google ${version}`, isEncrypted: true, end: 13 } : undefined;
}

/** Sizes of its first three messages, each with three reserved bytes of 0 (the protocol's paper, section 5.4). */
const WIREGUARD: Readonly<Record<number, readonly [number, string]>> = {
  1: [148, 'handshake initiation'],
  2: [92, 'handshake response'],
  3: [64, 'cookie'],
};

function wireGuard(bytes: Uint8Array, length: number): Signs | undefined {
  const [size, message] = WIREGUARD[bytes[0] ?? 0] ?? [];
  if (size !== length || message === undefined || bytes[1] !== 0 || bytes[2] !== 0 || bytes[3] !== 0)
    return undefined;
  return { name: 'WireGuard', isEncrypted: true, details: [{ name: 'message', value: message }], end: 4 };
}

/** P_CONTROL_HARD_RESET_CLIENT_V2 with key 0, and no acknowledgements: what an OpenVPN client says first. */
function openVpn(bytes: Uint8Array, length: number): Signs | undefined {
  const isReset = bytes[0] === 0x38 && length === 14 && bytes[9] === 0 && u32(bytes, 10) === 0;
  return isReset ? { name: 'OpenVPN', isEncrypted: true, end: 1 } : undefined;
}

const MOST_LABELS = 32;

/** A query or answer with one question (RFC 1035 section 4.1). */
function dns(bytes: Uint8Array): Signs | undefined {
  if (bytes.length < 17 || u16(bytes, 4) !== 1 || ((bytes[2] as number) & 0x78) !== 0) return undefined;
  const labels: string[] = [];
  let at = 12;
  while (labels.length <= MOST_LABELS) {
    const length = bytes[at];
    if (length === undefined || length > 63) return undefined;
    at++;
    if (length === 0) break;
    const label = latin(bytes.subarray(at, at + length));
    if (!/^[\w-]+$/.test(label)) return undefined;
    labels.push(label);
    at += length;
  }
  if (labels.length === 0 || u16(bytes, at + 2) !== 1) return undefined;
  const isAnswer = ((bytes[2] as number) & 0x80) !== 0;
  return {
    name: 'DNS',
    isEncrypted: false,
    details: [{ name: isAnswer ? 'answer about' : 'question', value: labels.join('.') }],
    end: at + 4,
  };
}

/** RFC 7252 section 3: version 1, a token of at most 8 bytes, a request method, and Uri-Path as first option. */
function coap(bytes: Uint8Array): Signs | undefined {
  const first = bytes[0] ?? 0;
  const token = first & 15;
  const code = bytes[1] ?? 0;
  if (first >>> 6 !== 1 || token > 8 || code < 1 || code > 4 || bytes.length < 5 + token) return undefined;
  const option = bytes[4 + token] as number;
  return option >>> 4 === 11 ? { name: 'CoAP', version: '1', isEncrypted: false, end: 4 + token } : undefined;
}

/** Up to the first line feed, at most 255 bytes. */
function firstLine(bytes: Uint8Array): string {
  const end = bytes.subarray(0, 255).indexOf(10);
  return end < 0 ? '' : latin(bytes.subarray(0, end)).replace(/\r$/, '');
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function u32(bytes: Uint8Array, at: number): number {
  return ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0;
}
