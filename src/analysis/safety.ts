/**
 * Can somebody on the way read it? A verdict for a conversation, with evidence that can be looked up. Types; `safety-*.ts` finds
 * out.
 */

/** Where bytes stand: a frame and the bytes `start` to `end` − 1 of it, counted from 0 as a hex dump of it does. */
export interface FrameRange {
  /** Number of the frame, from 1 on. */
  readonly frame: number;
  readonly start: number;
  readonly end: number;
}

/**
 * - `encrypted`: a protocol that encrypts was recognised; nothing else can be read.
 * - `readable`: values can be read.
 * - `mixed`: it begins readable and goes on encrypted (STARTTLS), or only names can be read.
 * - `unclear`: nothing was recognised and nothing readable found; the entropy says how random it looks.
 * - `empty`: no payload, or none that was kept.
 */
export type SafetyLevel = 'encrypted' | 'readable' | 'mixed' | 'unclear' | 'empty';

/** A protocol by its own signs, not by the port. */
export interface RecognisedProtocol {
  /** `TLS`, `DTLS`, `SSH`, `QUIC`, `WireGuard`, `HTTP`, `MQTT`, `sensewire telemetry`, … */
  readonly name: string;
  /** As people write it: `1.3`; undefined where it does not say. */
  readonly version: string | undefined;
  readonly isEncrypted: boolean;
  /** What it tells of itself in the open: server name, software, cipher, … */
  readonly details: readonly { readonly name: string; readonly value: string }[];
  /** Where it was recognised. */
  readonly place: FrameRange;
}

export type EvidenceKind =
  /** A user's name, a password, a token, a cookie. */
  | 'credential'
  /** A value of our own telemetry. */
  | 'reading'
  /** A named number of JSON, CSV or plain text. */
  | 'value'
  /** Text in plain view. */
  | 'text'
  /** What an encrypted conversation still shows: a server's name, say. */
  | 'name';

/** One thing that can be read. */
export interface Evidence {
  readonly kind: EvidenceKind;
  /** What it is: `temperature`, `password`, `line of text`. */
  readonly name: string;
  /** What can be read, shortened; control characters are replaced. A password is shown as it stands there: that is the point. */
  readonly text: string;
  /** 0: sent by the lower endpoint, 1: by the higher one, as `Conversations` has them. */
  readonly side: 0 | 1;
  /** More than one where it straddles frames. */
  readonly places: readonly FrameRange[];
}

/** Shannon's entropy of the bytes that were kept. */
export interface EntropyMeasure {
  /** 0 to 8. */
  readonly bitsPerByte: number;
  /** How many bytes were measured. */
  readonly bytes: number;
  /** The most that so few bytes can have on average, if they are random. */
  readonly randomBits: number;
  /** What it means: `as random as encrypted or compressed data`, `like text`, … */
  readonly meaning: string;
}

export interface SafetyVerdict {
  readonly level: SafetyLevel;
  /** For people: «anybody on the way can read: temperature = 21.4 °C (frame 12, bytes 70 to 77)». */
  readonly sentence: string;
  /** Outermost first: reliable UDP, then the telemetry in it. */
  readonly protocols: readonly RecognisedProtocol[];
  /** The most telling first, at most `MOST_EVIDENCE`. */
  readonly evidence: readonly Evidence[];
  /** More was found than `evidence` holds. */
  readonly hasMoreEvidence: boolean;
  /** Undefined where fewer bytes were kept than it takes. */
  readonly entropy: EntropyMeasure | undefined;
  /** Payload bytes that were looked at: the first ones of each side. */
  readonly examinedBytes: number;
}

/** Items of `SafetyVerdict.evidence`: what fits a screen beside the rest. */
export const MOST_EVIDENCE = 8;
