/** Follows one conversation through a capture: TCP put together, datagrams as they come. */
import type { AnalysedFrame } from '../../analysis/analysed-frame.ts';
import { packetLine } from '../../analysis/frame-teller.ts';
import { messageLine } from '../../analysis/telemetry-decode-line.ts';
import type { MessageTap } from '../../analysis/telemetry-decode-session.ts';
import { OwnProtocols } from '../../analysis/telemetry-decode-watch.ts';
import { UsageError } from '../../errors/errors.ts';
import { Follow } from '../../flows/follow.ts';

/** Takes the bytes of both directions. */
export interface StreamView {
  /**
   * @param from 0: the client, which sent the first packet; 1: the server. The bytes are valid until this returns.
   * @param messages those of our own telemetry that end with these bytes; undefined where it is no telemetry
   */
  bytes(from: 0 | 1, bytes: Uint8Array, frame: number, messages: readonly string[] | undefined): void;
  /** Bytes that are not in the capture. */
  gap(from: 0 | 1, missing: number, frame: number): void;
}

export interface FollowedSide {
  bytes: number;
  pieces: number;
  gaps: number;
  gapBytes: number;
}

/** Datagrams that are kept until it is known which conversation is meant: a lab's capture many times over. */
const MOST_HELD_BYTES = 16_777_216;

interface Held {
  readonly from: 0 | 1;
  readonly bytes: Uint8Array;
  readonly frame: number;
  readonly messages: readonly string[] | undefined;
}

export class FollowedConversation {
  readonly protocol: 'tcp' | 'udp';
  readonly number: number;
  readonly sides: readonly [FollowedSide, FollowedSide] = [newSide(), newSide()];
  /** Frames of the conversation so far. */
  frames = 0;
  /** Payload that the capture does not have. */
  cutBytes = 0;
  readonly #view: StreamView;
  readonly #follow: Follow;
  #firstSide = 0;
  #held: Held[] | undefined = undefined;
  #heldBytes = 0;
  #isOverfull = false;

  readonly #own: OwnProtocols | undefined;
  /** Messages that the last frame has completed. */
  #messages: string[] = [];

  /** @param isTold messages of our own telemetry are told, too */
  constructor(protocol: 'tcp' | 'udp', number: number, view: StreamView, isTold = false) {
    this.protocol = protocol;
    this.number = number;
    this.#view = view;
    const onMessage: MessageTap['onMessage'] = (bytes, start, bodyStart, end, _stretches, session) => {
      this.#messages.push(messageLine(bytes, start, bodyStart, end, session));
    };
    this.#own = isTold ? new OwnProtocols({ onMessage }) : undefined;
    this.#follow = new Follow({
      onBytes: (from, bytes, start, end, frame) =>
        this.#give(from as 0 | 1, bytes.subarray(start, end), frame),
      onGap: (from, missing, frame) => {
        const side = this.sides[from as 0 | 1];
        side.gaps++;
        side.gapBytes += missing;
        this.#view.gap(from as 0 | 1, missing, frame);
      },
    });
  }

  get forcedGaps(): number {
    return this.#follow.forcedGaps;
  }

  /** Bytes that wait for missing ones. */
  get unfinished(): number {
    return this.#follow.waitingBytes(0) + this.#follow.waitingBytes(1);
  }

  /** Keeps what comes, until `release` or `drop`. */
  hold(): void {
    this.#held = [];
  }

  drop(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** Shows what was kept. @throws UsageError SW_USAGE where it was too much */
  release(): void {
    if (this.#isOverfull)
      throw new UsageError(
        'SW_USAGE',
        `--stream ${this.number} is a long one of UDP: write udp:${this.number}`,
      );
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const { from, bytes, frame, messages } of held) this.#view.bytes(from, bytes, frame, messages);
  }

  onFrame(frame: AnalysedFrame): void {
    const { packet, verdict, hasTcp, hasUdp, udpPlace } = frame;
    if (packet.isQuoted) return;
    if (this.protocol === 'tcp') {
      if (hasTcp && verdict.conversation === this.number) this.#segment(frame);
    } else if (hasUdp && udpPlace >>> 1 === this.number) this.#datagram(frame);
  }

  #segment(frame: AnalysedFrame): void {
    const { packet, verdict } = frame;
    const { tcp } = packet;
    this.frames++;
    this.cutBytes += Math.max(tcp.payloadLength - tcp.capturedPayload, 0);
    this.#messages = [];
    this.#own?.takeTcp(frame);
    this.#follow.segment(verdict, tcp, packet.number, packet.transportBytes, packet.payloadStart);
  }

  #datagram(frame: AnalysedFrame): void {
    const { packet, udpPlace } = frame;
    const { udp, transportBytes, payloadStart, payloadEnd, number } = packet;
    if (this.frames === 0) this.#firstSide = udpPlace & 1;
    this.frames++;
    this.cutBytes += Math.max(udp.payloadLength - udp.capturedPayload, 0);
    this.#messages = [];
    this.#own?.takeUdp(frame);
    const from = (udpPlace & 1) === this.#firstSide ? 0 : 1;
    this.#give(from, transportBytes.subarray(payloadStart, payloadEnd), number);
  }

  #give(from: 0 | 1, bytes: Uint8Array, frame: number): void {
    const side = this.sides[from];
    side.bytes += bytes.length;
    side.pieces++;
    const messages = this.#packetLines(frame) ?? (this.#isTelemetry() ? this.#messages : undefined);
    this.#messages = [];
    if (this.#held === undefined) return this.#view.bytes(from, bytes, frame, messages);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > MOST_HELD_BYTES) {
      this.#isOverfull = true;
      this.#held = [];
    } else this.#held.push({ from, bytes: bytes.slice(), frame, messages });
  }

  /** Of reliable UDP what the packet is for, and then the telemetry in it. */
  #packetLines(frame: number): string[] | undefined {
    const line = this.protocol === 'udp' ? packetLine(this.#own?.ofUdp(this.number), frame) : undefined;
    return line === undefined ? undefined : [`${line.labels}: ${line.note}`, ...this.#messages];
  }

  #isTelemetry(): boolean {
    const own = this.protocol === 'tcp' ? this.#own?.ofTcp(this.number) : this.#own?.ofUdp(this.number);
    return own?.telemetry !== undefined;
  }
}

function newSide(): FollowedSide {
  return { bytes: 0, pieces: 0, gaps: 0, gapBytes: 0 };
}
