/**
 * A sender of a simulation: readings that can be told apart, a session, and a connection made again when it breaks.
 */
import type { Batch, RawValue } from '../readings/batch.ts';
import { type SensorInfo, sensorInfo } from '../readings/sensor-info.ts';
import type { Form } from '../telemetry/form.ts';
import { SensorSession, type SensorSessionEvent } from '../telemetry/sensor-session.ts';
import type { SeededRandom } from './seeded-random.ts';
import { MachineTimer, type VirtualTime } from './virtual-time.ts';

/** Makes a connection (streams), or names the way that datagrams go. */
export type Dial = (onReceive: (bytes: Uint8Array) => void, onClose: () => void) => SenderConnection;

export interface SenderConnection {
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface SimulatedSenderOptions {
  readonly form: Form;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly dial: Dial;
  readonly bufferReadings: number;
  readonly wallUs: number;
}

/** A reading as it was made; its place in the list is its number. */
export interface MadeReading {
  readonly sensor: string;
  readonly timeUs: number;
  readonly value: RawValue;
}

const SENSORS: readonly SensorInfo[] = [
  sensorInfo({ name: 'count', type: 'int' }),
  sensorInfo({ name: 'level', type: 'float64' }),
  sensorInfo({ name: 'note', type: 'text' }),
];

export class SimulatedSender {
  readonly session: SensorSession;
  readonly made: MadeReading[] = [];
  readonly events: SensorSessionEvent[] = [];
  readonly #options: SimulatedSenderOptions;
  readonly #timer: MachineTimer;
  #connection: SenderConnection | undefined;

  constructor(options: SimulatedSenderOptions) {
    const { form, bufferReadings, wallUs, time } = options;
    this.#options = options;
    const session = '5e'.repeat(16);
    this.session = new SensorSession({ session, source: 'simulated', epochUs: wallUs, form, bufferReadings });
    this.#timer = new MachineTimer(time, () => {
      this.session.onTimeout(this.#now());
      this.#drain();
    });
  }

  connect(): void {
    this.#connection = this.#options.dial(
      bytes => {
        this.session.receive(bytes, this.#now());
        this.#drain();
      },
      () => this.#onClose(),
    );
    this.session.connected(this.#now());
    this.#drain();
  }

  /** Makes up to `most` readings of one sensor and gives them to the session. */
  sample(most: number): void {
    const { random } = this.#options;
    const info = random.pick(SENSORS);
    const count = random.int(1, most);
    const first = this.made.length;
    const { wallUs } = this.#now();
    const times = Float64Array.from({ length: count }, (_, index) => wallUs + 10 * index + random.int(0, 3));
    // The number itself is the value, so that a reading that was mixed up with another one shows.
    const numbers = Float64Array.from({ length: count }, (_, index) => first + index);
    const values: Batch['values'] = info.type === 'text' ? Array.from(numbers, String) : numbers;
    for (let index = 0; index < count; index++) {
      const value = values[index] as RawValue;
      this.made.push({ sensor: info.name, timeUs: times[index] as number, value });
    }
    this.session.send(this.session.announce(info), { times, values }, this.#now());
    this.#drain();
  }

  finish(): void {
    this.session.finish();
    this.#drain();
  }

  #now(): ReturnType<VirtualTime['instant']> {
    return this.#options.time.instant(this.#options.wallUs);
  }

  #drain(): void {
    const { session } = this;
    while (this.#connection !== undefined) {
      const bytes = session.pollTransmit(this.#now());
      if (bytes === undefined) break;
      this.#connection.send(bytes);
    }
    for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) {
      this.events.push(event);
      if (event.type === 'retry' && this.#options.form === 'stream') this.#connection?.close();
    }
    this.#timer.schedule(session.timeoutAt());
  }

  #onClose(): void {
    this.#connection = undefined;
    this.session.disconnected();
    this.#timer.schedule(undefined);
    if (this.session.state === 'done') return;
    this.#options.time.after(this.#options.random.int(1_000, 300_000), () => this.connect());
  }
}
