/** What is known of a datagram's contents, for a ladder: of reliable UDP, and of our telemetry in whatever carries it. */
import { previewOf } from './payload-preview.ts';
import type { PacketFacts } from './rudp-facts.ts';
import type { RudpJournal } from './rudp-journal.ts';
import { labelsOf, noteOfPacket } from './rudp-words.ts';
import type { OwnConversation } from './telemetry-decode-watch.ts';

export interface ToldFrame {
  /** Kind of the packet, and what is in it. */
  readonly flags: readonly string[];
  readonly note: string;
  /** The beginning of its first message, and the bytes of all messages. */
  readonly excerpt: Uint8Array | undefined;
  readonly bytes: number;
  readonly isTrouble: boolean;
  readonly isLost: boolean;
  /** The frame that it repeats. */
  readonly repeats: number | null;
}

/** What repair symbols and the A bit are for is said so often. */
const TEACHING_STEPS = 2;

/** Tells frames of one conversation, in the order of a ladder. */
export class FrameTeller {
  readonly #journal: RudpJournal | undefined;
  readonly #own: OwnConversation | undefined;
  #repairSteps = 0;
  #askSteps = 0;

  constructor(own: OwnConversation | undefined) {
    this.#own = own;
    this.#journal = own?.journal;
  }

  /** A frame worth a step of its own. */
  isEventful(frame: number): boolean {
    return this.#journal?.isEventful(frame) ?? false;
  }

  /** Undefined: it is no packet of reliable UDP, or its facts were not kept. */
  tell(frame: number): ToldFrame | undefined {
    const facts = this.#journal?.factsOf(frame);
    if (facts === undefined) return this.#tellLost(frame);
    const note = noteOfPacket(facts, {
      telemetry: this.telemetry(frame),
      isRepairKnown: this.#repairSteps >= TEACHING_STEPS,
      isAskKnown: this.#askSteps >= TEACHING_STEPS,
      isCloseKnown: (this.#journal?.closes[facts.from]?.frame ?? frame) < frame,
    });
    if (facts.repairWindow > 0) this.#repairSteps++;
    if (facts.asksNow) this.#askSteps++;
    const repair = this.#journal?.repairOf(frame);
    const isLost = repair?.againReason === 'gap';
    return {
      flags: labelsOf(facts),
      // Telemetry is told in the note; other programs' messages speak for themselves.
      excerpt: this.#own?.telemetry === undefined && facts.messages > 0 ? facts.excerpt : undefined,
      bytes: facts.messageBytes,
      note: isLost ? `${note}; lost: frame ${repair?.frame} brings it again` : note,
      isTrouble: isLost || hasTrouble(facts),
      isLost,
      repeats:
        facts.again > 0 && facts.againFrame > 0 && facts.againReason !== 'arrived' ? facts.againFrame : null,
    };
  }

  #tellLost(frame: number): ToldFrame | undefined {
    const lost = this.#journal?.lostIn(frame);
    if (lost === undefined) return undefined;
    return {
      flags: [`#${lost.number}`, 'MESSAGE'],
      excerpt: undefined,
      bytes: 0,
      note: `message ${lost.sequence}; lost: frame ${lost.repairFrame} brings it again`,
      isTrouble: true,
      isLost: true,
      repeats: null,
    };
  }

  /** Messages of our telemetry in a frame, in a few words; undefined: none, or none that was kept. */
  telemetry(frame: number): string | undefined {
    return this.#own?.telemetry?.told.get(frame);
  }
}

function hasTrouble({ again, ackMissing, isCopy, isDamaged, kind, againReason }: PacketFacts): boolean {
  return (
    (again > 0 && againReason !== 'handshake') || ackMissing > 0 || isCopy || isDamaged || kind === 'RESET'
  );
}

/** One packet of reliable UDP in a line: what it is, and what it is for; undefined where the frame is none that was taken just now. */
export function packetLine(own: OwnConversation | undefined, frame: number): PacketLine | undefined {
  const facts = own?.journal?.factsOf(frame);
  if (own === undefined || facts === undefined) return undefined;
  const isCloseKnown = (own.journal?.closes[facts.from]?.frame ?? frame) < frame;
  const told = {
    telemetry: own.telemetry?.told.get(frame),
    isRepairKnown: true,
    isAskKnown: true,
    isCloseKnown,
  };
  const isShown = own.telemetry === undefined && facts.excerpt.length > 0;
  const preview = isShown ? `  ${previewOf(facts.excerpt, facts.messageBytes)}` : '';
  return { labels: labelsOf(facts).join(' '), note: `${noteOfPacket(facts, told)}${preview}` };
}

export interface PacketLine {
  readonly labels: string;
  readonly note: string;
}
