/**
 * Ways between two machines of a simulation: a stream that comes in any pieces and breaks, a path that loses,
 * repeats, delays and reorders datagrams.
 */

import type { SeededRandom } from './seeded-random.ts';
import type { Outlet, SimulatedCollector } from './simulated-collector.ts';
import type { Dial } from './simulated-sender.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How bad the way is; it may change at any time. */
export interface LinkFaults {
  /** Datagrams: the share that is lost, and that comes twice. */
  loss: number;
  duplication: number;
  /** The longest way; the shortest is a tenth of it. Datagrams on ways of different length overtake each other. */
  delayUs: number;
}

/** Streams between one sender and a collector. */
export class StreamLink {
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #collector: SimulatedCollector;
  readonly #faults: LinkFaults;
  #break: (() => void) | undefined;

  constructor(time: VirtualTime, random: SeededRandom, collector: SimulatedCollector, faults: LinkFaults) {
    this.#time = time;
    this.#random = random;
    this.#collector = collector;
    this.#faults = faults;
  }

  /** Breaks the connection that there is: what is under way is lost, both ends notice some time later. */
  cut(): void {
    this.#break?.();
  }

  readonly dial: Dial = (onReceive, onClose) => {
    let alive = true;
    let closed = false;
    const notice = (then: () => void): void => void this.#time.after(this.#random.int(0, 50_000), then);
    const breakOff = (): void => {
      if (!alive) return;
      alive = false;
      notice(() => serving.disconnected());
      notice(() => {
        if (!closed) onClose();
        closed = true;
      });
    };
    const toSender = this.#pipe(bytes => alive && onReceive(bytes));
    const outlet: Outlet = { send: toSender.send, close: () => toSender.end(breakOff) };
    const serving = this.#collector.connect(outlet);
    const toCollector = this.#pipe(bytes => alive && serving.receive(bytes));
    this.#break = breakOff;
    return { send: toCollector.send, close: breakOff };
  };

  /** In order, cut anywhere. The bytes are copied, as a kernel does. */
  #pipe(deliver: (bytes: Uint8Array) => void): {
    send(bytes: Uint8Array): void;
    end(then: () => void): void;
  } {
    let lastUs = 0;
    const plan = (then: () => void): void => {
      const { delayUs } = this.#faults;
      lastUs = Math.max(lastUs, this.#time.nowUs + this.#random.int(delayUs / 10, delayUs));
      this.#time.at(lastUs, then);
    };
    return {
      send: bytes => {
        for (let at = 0; at < bytes.length; ) {
          const end = this.#random.chance(0.5) ? bytes.length : this.#random.int(at + 1, bytes.length);
          const piece = bytes.slice(at, end);
          plan(() => deliver(piece));
          at = end;
        }
      },
      end: plan,
    };
  }
}

/** Datagrams between one sender and a collector. */
export function datagramDial(
  time: VirtualTime,
  random: SeededRandom,
  collector: SimulatedCollector,
  faults: LinkFaults,
): { dial: Dial; reconnect(): void } {
  let answer: (bytes: Uint8Array) => void = () => undefined;
  const carry = (bytes: Uint8Array, deliver: (bytes: Uint8Array) => void): void => {
    const copies = random.chance(faults.loss) ? 0 : random.chance(faults.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const datagram = bytes.slice();
      time.after(random.int(faults.delayUs / 10, faults.delayUs), () => deliver(datagram));
    }
  };
  const meet = (): ReturnType<SimulatedCollector['connect']> =>
    collector.connect({ send: bytes => carry(bytes, answered => answer(answered)), close: () => undefined });
  let serving = meet();
  return {
    dial: onReceive => {
      answer = onReceive;
      return { send: bytes => carry(bytes, sent => serving.receive(sent)), close: () => undefined };
    },
    /** After a restart the same address meets the new collector. */
    reconnect: () => {
      serving = meet();
    },
  };
}
