/**
 * The datagrams of a connection, of every kind (docs/RELIABLE-UDP.md section 2).
 */
import { FrameWriter } from './frame-writer.ts';
import { type Init, writeInit } from './long-packets.ts';
import { BASE_BYTES } from './path-mtu.ts';
import type { ReceivingHalf } from './receiving-half.ts';
import type { SendingHalf } from './sending-half.ts';

interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

export class Datagrams {
  readonly #sending: SendingHalf;
  readonly #receiving: ReceivingHalf;
  readonly #writer = new FrameWriter();

  constructor(sending: SendingHalf, receiving: ReceivingHalf) {
    this.#sending = sending;
    this.#receiving = receiving;
  }

  /** INIT, with the first messages where it has a cookie. */
  init(init: Omit<Init, 'packetNumber'>, nowUs: number): Uint8Array {
    const hasCookie = init.cookie !== undefined;
    const packetNumber = hasCookie ? this.#sending.nextNumber : undefined;
    this.#writer.beginLong(writeInit({ ...init, packetNumber }), BASE_BYTES);
    if (hasCookie) this.#sending.writeInit(this.#writer, nowUs);
    return this.#writer.finish();
  }

  /** INIT with CLOSE, of a client that knows no id of the server yet. */
  initClose(init: Omit<Init, 'packetNumber'>, { code, reason }: CloseReason, nowUs: number): Uint8Array {
    this.#writer.beginLong(writeInit({ ...init, packetNumber: this.#sending.nextNumber }), BASE_BYTES);
    this.#sending.writeInitClose(this.#writer, code, reason, nowUs);
    return this.#writer.finish();
  }

  /** ACCEPT. @param header as `writeAccept` makes it */
  accept(header: Uint8Array, nowUs: number): Uint8Array {
    this.#writer.beginLong(header, BASE_BYTES);
    this.#receiving.acknowledge(this.#writer, nowUs);
    return this.#writer.finish();
  }

  numbered(remoteId: number, isEnding: boolean, nowUs: number): Uint8Array {
    this.#sending.write(this.#writer, remoteId, this.#receiving, isEnding, nowUs);
    return this.#writer.finish();
  }

  acknowledgement(remoteId: number, nowUs: number): Uint8Array {
    this.#begin(remoteId);
    this.#receiving.acknowledge(this.#writer, nowUs);
    return this.#writer.finish();
  }

  challenge(remoteId: number, nonce: Uint8Array): Uint8Array {
    this.#begin(remoteId);
    this.#writer.pathChallenge(nonce);
    return this.#writer.finish();
  }

  response(remoteId: number, nonce: Uint8Array): Uint8Array {
    this.#begin(remoteId);
    this.#writer.pathResponse(nonce);
    return this.#writer.finish();
  }

  close(remoteId: number, { code, reason }: CloseReason, nowUs: number): Uint8Array {
    this.#begin(remoteId);
    if (this.#receiving.hasNews) this.#receiving.acknowledge(this.#writer, nowUs);
    this.#writer.close(code, reason);
    return this.#writer.finish();
  }

  /** CLOSE to an address that has proven nothing: without an acknowledgement, and with as much of the reason as fits. */
  closeUnproven(remoteId: number, { code, reason }: CloseReason, mostBytes: number): Uint8Array {
    this.#begin(remoteId, Math.min(BASE_BYTES, mostBytes));
    this.#writer.close(code, reason);
    return this.#writer.finish();
  }

  /** A short packet without a number. */
  #begin(remoteId: number, limit = BASE_BYTES): void {
    this.#writer.beginShort(remoteId, false, undefined, 0, limit);
  }
}
