/**
 * A timed dialogue with one machine: at t this arrives, exactly that leaves.
 */
import type { Form } from '../telemetry/form.ts';
import type { Instant } from '../telemetry/instant.ts';
import { datagram, type Message, stream, toldDatagram, toldStream } from './messages.ts';

/** What both session machines have in common. */
interface Machine<Event> {
  receive(bytes: Uint8Array, now: Instant): void;
  onTimeout(now: Instant): void;
  timeoutAt(): number | undefined;
  pollTransmit(now: Instant): Uint8Array | undefined;
  pollEvent(): Event | undefined;
}

/** Keeps the time of a machine, and what it said and asked for since it was asked last. */
export class MachineDialogue<Event> {
  readonly machine: Machine<Event>;
  readonly form: Form;
  readonly #startWallUs: number;
  #nowUs = 0;
  #left: string[] = [];
  #events: Event[] = [];

  constructor(machine: Machine<Event>, form: Form, startWallUs: number) {
    this.machine = machine;
    this.form = form;
    this.#startWallUs = startWallUs;
  }

  get now(): Instant {
    return { monotonicUs: this.#nowUs, wallUs: this.#startWallUs + this.#nowUs };
  }

  /** Drains the machine; to be called after each command. */
  drain(): void {
    for (let bytes = this.machine.pollTransmit(this.now); bytes; bytes = this.machine.pollTransmit(this.now))
      this.#left.push(...(this.form === 'stream' ? toldStream(bytes) : [toldDatagram(bytes)]));
    for (let event = this.machine.pollEvent(); event !== undefined; event = this.machine.pollEvent())
      this.#events.push(event);
  }

  /** These messages arrive, in one piece. */
  arrive(...messages: readonly Message[]): void {
    this.arriveBytes(stream(...messages));
  }

  /** A datagram with this tag arrives. */
  arriveTagged(tag: number, ...messages: readonly Message[]): void {
    this.arriveBytes(datagram(tag, ...messages));
  }

  arriveBytes(bytes: Uint8Array): void {
    this.machine.receive(bytes, this.now);
    this.drain();
  }

  /** Time goes on to `ms` after the start; timers go off on the way, each at its time. */
  at(ms: number): void {
    const untilUs = ms * 1_000;
    for (
      let due = this.machine.timeoutAt();
      due !== undefined && due <= untilUs;
      due = this.machine.timeoutAt()
    ) {
      if (due < this.#nowUs) throw new Error(`a deadline in the past: ${due} at ${this.#nowUs} µs`);
      this.#nowUs = due;
      const before = this.#left.length;
      this.machine.onTimeout(this.now);
      this.drain();
      for (let index = before; index < this.#left.length; index++)
        this.#left[index] = `${due / 1_000} ms: ${this.#left[index]}`;
    }
    this.#nowUs = untilUs;
  }

  /** What left since the last call; what a timer sent begins with its time. Clock requests are left out unless wanted. */
  left(wanted: 'all' | 'without clock' = 'without clock'): string[] {
    const left = this.#left;
    this.#left = [];
    return wanted === 'all'
      ? left
      : left.filter(
          message => !/^([\d.]+ ms: )?(#\d+ \| )?(CLOCK-DRIFT \S+ \| )?CLOCK-REQUEST/.test(message),
        );
  }

  /** The events since the last call. */
  events(): Event[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
