/** From what is known of a conversation to the verdict: can somebody on the way read it? */

import { printableShare } from './readable-text.ts';
import {
  type Evidence,
  type FrameRange,
  MOST_EVIDENCE,
  type RecognisedProtocol,
  type SafetyLevel,
  type SafetyVerdict,
} from './safety.ts';
import { entropyOf, looksRandom } from './safety-entropy.ts';
import { inOrder, readableEvidence, readingEvidence, shortened } from './safety-evidence.ts';
import { recognise, type Transport } from './safety-recognise.ts';
import type { SamplePiece } from './safety-sample.ts';
import type { OwnConversation } from './telemetry-decode-watch.ts';
import { counted } from './words.ts';

/** Pieces of a side that are searched for protocols: an encrypted one may begin after some lines of text (STARTTLS). */
const PIECES_RECOGNISED = 32;

/**
 * @param pieces payload of both sides, each side in the order of the capture
 * @param own where the conversation is of a protocol of ours
 */
export function safetyVerdict(
  pieces: readonly (readonly SamplePiece[])[],
  transport: Transport,
  own: OwnConversation | undefined,
): SafetyVerdict {
  const all = pieces.flat().sort((a, b) => a.frame - b.frame);
  const examinedBytes = all.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const sample = joined(all);
  const entropy = entropyOf(sample);
  const base = { entropy, examinedBytes };
  if (own !== undefined) return { ...base, ...ofOurs(own, all) };
  if (examinedBytes === 0) {
    const sentence = 'There is no payload in the capture that could be read.';
    return { ...base, level: 'empty', sentence, protocols: [], evidence: [], hasMoreEvidence: false };
  }
  const protocols = recogniseAll(all, transport);
  const encrypted = protocols.find(({ isEncrypted }) => isEncrypted);
  if (encrypted !== undefined) return { ...base, ...ofEncrypted(encrypted, protocols, all) };
  const evidence = readableEvidence(all);
  const named = inOrder([...evidence, ...detailEvidence(protocols, all)]);
  if (protocols.length > 0 || isReadable(evidence, sample)) {
    const isText = printableShare(sample) >= TEXT_SHARE;
    return { ...base, ...verdict('readable', readableSentence(named, protocols, isText), protocols, named) };
  }
  return { ...base, ...verdict('unclear', unclearSentence(entropy, named), protocols, named) };
}

type Told = Pick<SafetyVerdict, 'level' | 'sentence' | 'protocols' | 'evidence' | 'hasMoreEvidence'>;

function verdict(
  level: SafetyLevel,
  sentence: string,
  protocols: readonly RecognisedProtocol[],
  evidence: readonly Evidence[],
): Told {
  return {
    level,
    sentence,
    protocols,
    evidence: evidence.slice(0, MOST_EVIDENCE),
    hasMoreEvidence: evidence.length > MOST_EVIDENCE,
  };
}

function ofOurs(own: OwnConversation, pieces: readonly SamplePiece[]): Told {
  const { telemetry, rudp, frame, start, end } = own;
  const place = { frame, start: Math.max(start, 0), end: Math.max(end, 0) };
  const protocols: RecognisedProtocol[] = [];
  if (rudp !== undefined)
    protocols.push({ name: 'sensewire reliable UDP', version: '1', isEncrypted: false, details: [], place });
  if (telemetry !== undefined) {
    const version = telemetry.version === undefined ? undefined : String(telemetry.version);
    const details = [
      ...(telemetry.source === undefined ? [] : [{ name: 'sender', value: shortened(telemetry.source) }]),
      ...(telemetry.sensorNames.length === 0
        ? []
        : [{ name: 'sensors', value: shortened(telemetry.sensorNames.join(', ')) }]),
    ];
    protocols.push({ name: 'sensewire telemetry', version, isEncrypted: false, details, place });
  }
  // Of reliable UDP the datagrams begin with its own headers: the messages are what can be read.
  const evidence =
    telemetry === undefined
      ? readableEvidence(own.journal?.pieces ?? pieces)
      : readingEvidence(telemetry.examples);
  if (evidence.length > 0)
    return verdict('readable', readableSentence(evidence, protocols), protocols, evidence);
  const level = telemetry !== undefined || pieces.length > 0 ? 'readable' : 'empty';
  const name = nameOf(protocols.at(-1));
  const sentence =
    telemetry === undefined
      ? `${name} is not encrypted: who knows the format of its messages can read, and change, them on the way.`
      : `${name} is not encrypted: anybody on the way can read it, but none of its values is in what the capture has.`;
  return verdict(level, sentence, protocols, []);
}

/** What pieces turn out to be: the first of each name and side, in the order of the capture. */
function recogniseAll(pieces: readonly SamplePiece[], transport: Transport): RecognisedProtocol[] {
  const protocols: RecognisedProtocol[] = [];
  const begun = [false, false];
  for (const piece of pieces.slice(0, PIECES_RECOGNISED)) {
    const isFirst = begun[piece.side] === false;
    begun[piece.side] = true;
    const found = recognise(piece, transport);
    if (found === undefined) continue;
    // Within a stream a few bytes may look like anything; a hello is no accident.
    const isHello = found.details.some(({ value }) => HELLOS.has(value));
    if (transport === 'tcp' && !isFirst && !isHello) continue;
    const known = protocols.findIndex(({ name }) => name === found.name);
    if (known < 0) protocols.push(found);
    else protocols[known] = merged(protocols[known] as RecognisedProtocol, found);
    // What follows a handshake is a matter of that protocol; a datagram stands for itself.
    if (found.isEncrypted && protocols.length === 1 && known >= 0) break;
  }
  return protocols;
}

/** The answer says which version was taken; both sides' details count. */
function merged(first: RecognisedProtocol, then: RecognisedProtocol): RecognisedProtocol {
  const isAnswer = then.details.some(({ value }) => value === 'ServerHello');
  const details = [
    ...first.details,
    ...then.details.filter(
      ({ name, value }) => !first.details.some(known => known.name === name && known.value === value),
    ),
  ];
  const version = isAnswer ? then.version : (first.version ?? then.version);
  return { ...first, version, details };
}

function ofEncrypted(
  encrypted: RecognisedProtocol,
  protocols: readonly RecognisedProtocol[],
  pieces: readonly SamplePiece[],
): Told {
  const names = detailEvidence([encrypted], pieces);
  const before = pieces.filter(({ frame }) => frame < encrypted.place.frame);
  const readableBefore = before.some(({ bytes }) => printableShare(bytes) > 0.9)
    ? readableEvidence(before)
    : [];
  const what = `${nameOf(encrypted)}${isBroken(encrypted) ? ', which is old and can be broken' : ''}`;
  if (readableBefore.length > 0) {
    const sentence = `It begins in the open, and is encrypted with ${what} from frame ${encrypted.place.frame} on. Before that anybody on the way can read: ${told(readableBefore)}.`;
    return verdict('mixed', sentence, protocols, [...readableBefore, ...names]);
  }
  const still = names.length === 0 ? '' : ` What still can be read: ${told(names)}.`;
  const sentence = `Encrypted with ${what}: who reads along on the way sees that there is a conversation, and how much is said, but not what.${still}`;
  return verdict('encrypted', sentence, protocols, names);
}

/** RFC 7568 (SSL 3.0), RFC 8996 (TLS 1.0 and 1.1, DTLS 1.0); version 1 of SSH. */
function isBroken({ name, version = '' }: RecognisedProtocol): boolean {
  if (name === 'TLS' || name === 'DTLS') return /^(?:SSL|1\.[01]$)/.test(version);
  return name === 'SSH' && version.startsWith('1.') && version !== '1.99';
}

/** What protocols tell of themselves, as evidence; the search for its place is in the bytes. */
function detailEvidence(
  protocols: readonly RecognisedProtocol[],
  pieces: readonly SamplePiece[],
): Evidence[] {
  return protocols.flatMap(({ details, place, isEncrypted }) =>
    details
      .filter(({ name }) => SHOWN_DETAILS.has(name))
      .map(({ name, value }) => {
        const piece = pieces.find(each => indexOf(each.bytes, value) >= 0);
        const at = piece === undefined ? -1 : indexOf(piece.bytes, value);
        const inFrame = piece?.inFrame ?? -1;
        const found: FrameRange =
          piece === undefined || inFrame < 0
            ? place
            : { frame: piece.frame, start: inFrame + at, end: inFrame + at + value.length };
        return {
          // What an encrypted conversation shows is less than a value: it is all that there is.
          kind: isEncrypted ? ('name' as const) : ('value' as const),
          name,
          text: shortened(value),
          side: piece?.side ?? 0,
          places: [found],
        };
      }),
  );
}

const HELLOS: ReadonlySet<string> = new Set(['ClientHello', 'ServerHello']);

const SHOWN_DETAILS: ReadonlySet<string> = new Set([
  'server name',
  'software',
  'question',
  'answer about',
  'path',
]);

function isReadable(evidence: readonly Evidence[], sample: Uint8Array): boolean {
  if (evidence.some(({ kind }) => kind === 'credential')) return true;
  return (
    evidence.length > 0 && (printableShare(sample) >= 0.3 || evidence.some(({ text }) => text.length >= 16))
  );
}

function readableSentence(
  evidence: readonly Evidence[],
  protocols: readonly RecognisedProtocol[],
  isText = false,
): string {
  const what =
    protocols.length > 0
      ? `${nameOf(protocols.at(-1))} is not encrypted`
      : isText
        ? 'Nothing is encrypted'
        : 'No encryption was recognised';
  const values = evidence.length === 0 ? '' : `: ${told(evidence)}`;
  return `${what}: anybody on the way can read, and change, what is said${values}.`;
}

function unclearSentence(entropy: SafetyVerdict['entropy'], evidence: readonly Evidence[]): string {
  const some = evidence.length === 0 ? '' : ` Some text can be read: ${told(evidence)}.`;
  if (entropy === undefined)
    return `No known encryption was recognised, and there are too few bytes to tell more: take it as readable.${some}`;
  if (looksRandom(entropy))
    return `No known encryption was recognised, but the bytes are ${entropy.meaning}.${some}`;
  return `No known encryption was recognised, and the bytes are ${entropy.meaning}: who knows the format can read them. Take it as readable.${some}`;
}

/** Share of printable bytes from which a conversation is text. */
const TEXT_SHARE = 0.85;
/** Items that a sentence names. */
const TOLD = 2;

function told(evidence: readonly Evidence[]): string {
  const items = evidence.slice(0, TOLD).map(item => `${itemText(item)} (${placesText(item.places)})`);
  return items.join(', ');
}

/** `temperature = 21.4 °C`, `"Hello, world"`. */
export function itemText({ kind, name, text }: Evidence): string {
  return kind === 'text' ? `"${text}"` : `${name} = ${text}`;
}

/** `frame 12, bytes 70 to 77`: the first and the last byte. */
export function placesText(places: readonly FrameRange[]): string {
  return places.map(placeText).join(' and ') || 'place not known';
}

function placeText({ frame, start, end }: FrameRange): string {
  if (end <= start) return `frame ${frame}`;
  return end - start === 1 ? `frame ${frame}, byte ${start}` : `frame ${frame}, bytes ${start} to ${end - 1}`;
}

/** `TLS 1.3`. */
export function nameOf(protocol: RecognisedProtocol | undefined): string {
  if (protocol === undefined) return 'it';
  const { name, version } = protocol;
  if (version === undefined) return name;
  return version.startsWith('SSL') ? version : `${name} ${version}`;
}

/** `looked at the first 2,048 bytes`. */
export function examinedText({ examinedBytes }: SafetyVerdict): string {
  return `looked at ${counted(examinedBytes, 'byte')} of payload`;
}

function joined(pieces: readonly SamplePiece[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.bytes.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece.bytes, at);
    at += piece.bytes.length;
  }
  return bytes;
}

function indexOf(bytes: Uint8Array, text: string): number {
  for (let at = 0; at + text.length <= bytes.length; at++) {
    let index = 0;
    while (index < text.length && bytes[at + index] === text.charCodeAt(index)) index++;
    if (index === text.length && text.length > 0) return at;
  }
  return -1;
}
