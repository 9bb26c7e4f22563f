/**
 * One end of a simulated conversation: sends what its plan says, checks what it gets, and ends as planned.
 */
import type { Connection } from '../rudp/connection.ts';
import type { ConnectionEvent } from '../rudp/connection-events.ts';
import { channelOf, DeliveryCheck, messageOf, type Traffic } from './rudp-messages.ts';
import type { Application } from './rudp-world.ts';

/** What to do after the last message: END, and close when the peer has ended too; close; abort; or wait for the peer. */
export type Ending = 'end' | 'close' | 'abort' | 'wait';

export interface TalkerPlan {
  readonly sends: Traffic;
  readonly expects: Traffic;
  readonly startUs: number;
  /** Between bursts of messages; 0: all as fast as they are taken. */
  readonly gapUs: number;
  readonly burst: number;
  readonly ending: Ending;
  /** Does not read from `fromUs` until `untilUs`. */
  readonly pause?: { readonly fromUs: number; readonly untilUs: number } | undefined;
}

export const ABORT_REASON = 'the simulation says so';
export const ABORT_CODE = 2;

type Closed = Extract<ConnectionEvent, { type: 'closed' }>;

export class Talker implements Application {
  readonly connection: Connection;
  readonly plan: TalkerPlan;
  readonly check: DeliveryCheck;
  /** Messages sent so far, by channel. */
  readonly sentOf: Map<number, number> = new Map();
  readonly events: ConnectionEvent[] = [];
  closed: Closed | undefined;
  closedUs = 0;
  hasPeerEnded = false;
  #sent = 0;
  #nextSendUs: number;
  #hasFinished = false;
  #isAskedToClose = false;
  #wakeUs: number | undefined;
  #onDelivered: ((channel: number, bytes: Uint8Array, nowUs: number) => void) | undefined;

  constructor(
    connection: Connection,
    plan: TalkerPlan,
    onDelivered?: (channel: number, bytes: Uint8Array, nowUs: number) => void,
  ) {
    this.connection = connection;
    this.plan = plan;
    this.check = new DeliveryCheck(plan.expects);
    this.#nextSendUs = plan.startUs;
    this.#wakeUs = plan.startUs;
    this.#onDelivered = onDelivered;
  }

  get sent(): number {
    return this.#sent;
  }

  /** It has given all its commands. */
  get hasFinished(): boolean {
    return this.#hasFinished;
  }

  /** True where everything that the peer sent to this end has come; of channel 0 alone where it says so. */
  hasAllOf(peer: Talker, onlyChannel?: number): boolean {
    for (const [channel, messages] of peer.sentOf) {
      if (onlyChannel !== undefined && channel !== onlyChannel) continue;
      if (!this.check.isComplete(channel, messages)) return false;
    }
    return true;
  }

  get nextUs(): number | undefined {
    return this.#wakeUs;
  }

  run(nowUs: number): void {
    this.#wakeUs = undefined;
    this.#read(nowUs);
    if (this.closed === undefined) this.#send(nowUs);
    this.#finish(nowUs);
  }

  #read(nowUs: number): void {
    const { pause } = this.plan;
    if (pause !== undefined && nowUs >= pause.fromUs && nowUs < pause.untilUs) {
      this.#wake(pause.untilUs);
      return;
    }
    if (pause !== undefined && nowUs < pause.fromUs) this.#wake(pause.fromUs);
    const { connection } = this;
    for (let got = connection.pollMessage(); got !== undefined; got = connection.pollMessage()) {
      if (this.hasPeerEnded && got.channel === 0) throw new Error('a message after the end of its channel');
      if (this.closed !== undefined) throw new Error('a message after the end of the connection');
      this.check.take(got.channel, got.bytes);
      this.#onDelivered?.(got.channel, got.bytes, nowUs);
    }
    for (let event = connection.pollEvent(); event !== undefined; event = connection.pollEvent()) {
      this.events.push(event);
      if (this.closed !== undefined) throw new Error(`${event.type} after the end of the connection`);
      if (event.type === 'end') this.hasPeerEnded = true;
      if (event.type === 'closed') {
        this.closed = event;
        this.closedUs = nowUs;
      }
    }
  }

  #send(nowUs: number): void {
    const { sends, gapUs, burst } = this.plan;
    if (this.#sent >= sends.messages || this.#isAskedToClose) return;
    while (this.#sent < sends.messages && this.#nextSendUs <= nowUs) {
      for (let count = 0; count < burst && this.#sent < sends.messages; count++) {
        if (this.connection.isFull) return;
        this.#sendOne(nowUs);
      }
      this.#nextSendUs += gapUs;
    }
    if (this.#sent < sends.messages) this.#wake(this.#nextSendUs);
  }

  #sendOne(nowUs: number): void {
    const { sends } = this.plan;
    const channel = channelOf(sends, this.#sent);
    const sequence = this.sentOf.get(channel) ?? 0;
    this.connection.send(messageOf(sends, channel, sequence), nowUs, channel);
    this.sentOf.set(channel, sequence + 1);
    this.#sent++;
  }

  #finish(nowUs: number): void {
    const { ending, sends } = this.plan;
    if (this.#sent < sends.messages || this.closed !== undefined) return;
    if (!this.#hasFinished) {
      this.#hasFinished = true;
      if (ending === 'end') this.connection.end();
      if (ending === 'close') this.connection.close();
      if (ending === 'abort') this.connection.abort(ABORT_CODE, ABORT_REASON, nowUs);
    }
    if (ending === 'end' && this.hasPeerEnded && !this.#isAskedToClose) {
      this.#isAskedToClose = true;
      this.connection.close();
    }
  }

  #wake(atUs: number): void {
    if (this.#wakeUs === undefined || atUs < this.#wakeUs) this.#wakeUs = atUs;
  }
}
