/**
 * TLS and DTLS by their records and hellos (RFC 8446, RFC 5246, RFC 9147): version, name of the server, protocol above. What is
 * read here goes in the open.
 */
import { ByteReader } from '../bytes/reader.ts';
import { FormatError } from '../errors/errors.ts';

export interface TlsSigns {
  readonly name: 'TLS' | 'DTLS';
  readonly version: string | undefined;
  readonly message: string;
  readonly details: readonly {
    readonly name: string;
    readonly value: string;
    readonly start: number;
    readonly end: number;
  }[];
}

const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const EXTENSION = { serverName: 0, alpn: 16, supportedVersions: 43 } as const;
/** RFC 5246 section 6.2.3: 2^14 and 2,048 for what encryption adds. */
const MOST_RECORD_BYTES = 18_432;
const TLS_HEADER = 5;
const DTLS_HEADER = 13;
const RANDOM_BYTES = 32;

const TLS_12 = 0x0303;
const VERSIONS: Readonly<Record<number, string>> = {
  768: 'SSL 3.0',
  769: '1.0',
  770: '1.1',
  771: '1.2',
  772: '1.3',
  65279: '1.0',
  65277: '1.2',
  65276: '1.3',
};

/** What a payload that begins with a record says; undefined where it begins with none. */
export function tlsSigns(bytes: Uint8Array): TlsSigns | undefined {
  if (bytes.length < TLS_HEADER) return undefined;
  const type = bytes[0] as number;
  if (type < CONTENT.changeCipherSpec || type > CONTENT.applicationData) return undefined;
  const version = u16(bytes, 1);
  const isDatagram = version >>> 8 === 0xfe;
  if (VERSIONS[version] === undefined || (isDatagram && bytes.length < DTLS_HEADER)) return undefined;
  const length = u16(bytes, isDatagram ? DTLS_HEADER - 2 : 3);
  if (length === 0 || length > MOST_RECORD_BYTES) return undefined;
  const name = isDatagram ? 'DTLS' : 'TLS';
  const header = isDatagram ? DTLS_HEADER : TLS_HEADER;
  const kind = bytes[header];
  if (type === CONTENT.handshake && (kind === CLIENT_HELLO || kind === SERVER_HELLO)) {
    const hello = readHello(bytes, header, isDatagram);
    if (hello !== undefined) return { name, ...hello };
  }
  // A record of an alert or of the change of ciphers has a fixed length: otherwise it is an accident.
  if (type === CONTENT.changeCipherSpec && length !== 1 && !isDatagram) return undefined;
  // TLS 1.3 hides behind the number of 1.2 (RFC 8446 section 5.1).
  const isUntold = type === CONTENT.applicationData && version === TLS_12;
  const message =
    type === CONTENT.applicationData
      ? 'encrypted data'
      : type === CONTENT.alert
        ? 'an alert'
        : type === CONTENT.handshake
          ? 'a part of the handshake'
          : 'the change to encryption';
  return {
    name,
    version: isUntold ? undefined : VERSIONS[version],
    message,
    details: [],
  };
}

interface Hello {
  readonly version: string | undefined;
  readonly message: string;
  readonly details: TlsSigns['details'];
}

/** Reads as far as the capture has it. */
function readHello(bytes: Uint8Array, start: number, isDatagram: boolean): Hello | undefined {
  const reader = new ByteReader(bytes, start);
  const details: { name: string; value: string; start: number; end: number }[] = [];
  let version: string | undefined;
  const isClient = bytes[start] === CLIENT_HELLO;
  try {
    // Type and length; of DTLS also the message's number and the fragment's place.
    reader.bytes(isDatagram ? 12 : 4);
    version = VERSIONS[(reader.u8() << 8) | reader.u8()];
    if (version === undefined) return undefined;
    reader.bytes(RANDOM_BYTES);
    reader.bytes(reader.u8());
    if (isClient) {
      if (isDatagram) reader.bytes(reader.u8());
      reader.bytes((reader.u8() << 8) | reader.u8());
      reader.bytes(reader.u8());
    } else {
      const at = reader.position;
      const suite = (reader.u8() << 8) | reader.u8();
      details.push({ name: 'cipher suite', value: suiteName(suite), start: at, end: reader.position });
      reader.u8();
    }
    let left = (reader.u8() << 8) | reader.u8();
    while (left >= 4) {
      const extension = (reader.u8() << 8) | reader.u8();
      const length = (reader.u8() << 8) | reader.u8();
      const at = reader.position;
      const body = reader.bytes(length);
      if (extension === EXTENSION.serverName && isClient && body.length > 5)
        details.push({
          name: 'server name',
          value: ascii(body.subarray(5)),
          start: at + 5,
          end: at + length,
        });
      else if (extension === EXTENSION.alpn && body.length > 3)
        details.push({ name: 'protocol above', value: protocolNames(body), start: at + 2, end: at + length });
      else if (extension === EXTENSION.supportedVersions) version = newestVersion(body, isClient) ?? version;
      left -= 4 + length;
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    if (version === undefined) return undefined;
  }
  return { version, message: isClient ? 'ClientHello' : 'ServerHello', details };
}

/** The client lists versions after a length, the server names one. */
function newestVersion(body: Uint8Array, isClient: boolean): string | undefined {
  if (!isClient) return VERSIONS[u16(body, 0)];
  const known: string[] = [];
  for (let at = 1; at + 1 < body.length; at += 2) {
    const version = VERSIONS[u16(body, at)];
    if (version !== undefined) known.push(version);
  }
  return known
    .filter(version => !version.startsWith('SSL'))
    .sort()
    .at(-1);
}

function protocolNames(body: Uint8Array): string {
  const names: string[] = [];
  for (let at = 2; at < body.length; at += 1 + (body[at] as number))
    names.push(ascii(body.subarray(at + 1, at + 1 + (body[at] as number))));
  return names.join(', ');
}

/** The suites of TLS 1.3, and the ones that most servers choose with 1.2 (IANA). */
const SUITES: Readonly<Record<number, string>> = {
  4865: 'TLS_AES_128_GCM_SHA256',
  4866: 'TLS_AES_256_GCM_SHA384',
  4867: 'TLS_CHACHA20_POLY1305_SHA256',
  49195: 'ECDHE_ECDSA_AES_128_GCM_SHA256',
  49196: 'ECDHE_ECDSA_AES_256_GCM_SHA384',
  49199: 'ECDHE_RSA_AES_128_GCM_SHA256',
  49200: 'ECDHE_RSA_AES_256_GCM_SHA384',
  52392: 'ECDHE_RSA_CHACHA20_POLY1305',
  52393: 'ECDHE_ECDSA_CHACHA20_POLY1305',
  47: 'RSA_AES_128_CBC_SHA',
  53: 'RSA_AES_256_CBC_SHA',
  156: 'RSA_AES_128_GCM_SHA256',
  157: 'RSA_AES_256_GCM_SHA384',
};

function suiteName(suite: number): string {
  return SUITES[suite] ?? `0x${suite.toString(16).padStart(4, '0')}`;
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 255));
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
