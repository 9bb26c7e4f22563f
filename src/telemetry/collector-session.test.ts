import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes/hex.ts';
import type { Batch } from '../readings/batch.ts';
import { type SensorInfo, sensorInfo } from '../readings/sensor-info.ts';
import { MachineDialogue } from '../testing/machine-dialogue.ts';
import { datagram, type Message, raw, stream, toldDatagram } from '../testing/messages.ts';
import { CollectorSession, type CollectorSessionEvent, errorDatagram } from './collector-session.ts';
import type { Form } from './form.ts';
import {
  writeBye,
  writeClockDrift,
  writeClockRequest,
  writeCommandResult,
  writeError,
} from './messages/control.ts';
import { writeHello } from './messages/handshake.ts';
import { writeReading, writeReadings } from './messages/readings.ts';
import { writeSensor } from './messages/sensor.ts';
import { type Acknowledgement, COMMAND_ACTION, ERROR_CODE, type Hello } from './messages/types.ts';

const WALL = 1_800_000_000_000_000;
const TAG = 7;
const INFO = sensorInfo({ name: 'tmp36', type: 'int' });
const NOTE = sensorInfo({ name: 'note', type: 'text' });

const hello = (given: Partial<Hello> = {}): Message => {
  const usual = {
    lowestVersion: 1,
    highestVersion: 1,
    session: '5e'.repeat(16),
    epochUs: WALL,
    from: 0,
    source: 'host',
  };
  return body => writeHello(body, { ...usual, ...given });
};
const announce =
  (id: number, info: SensorInfo): Message =>
  body =>
    writeSensor(body, { id, info });
const bye =
  (next: number, dropped = 0): Message =>
  body =>
    writeBye(body, { next, dropped });

function ints(count: number, from: number): Batch {
  const numbers = Float64Array.from({ length: count }, (_, index) => from + index);
  return { times: numbers.map(number => WALL + number), values: numbers };
}

/** Readings of sensor 0; their values are their numbers. */
const readings =
  (number: number, count = 1): Message =>
  body => {
    const place = { sensor: 0, type: 'int', number, epochUs: WALL } as const;
    if (count === 1) writeReading(body, place, ints(1, number), 0);
    else writeReadings(body, place, ints(count, number));
  };

class Collector extends MachineDialogue<CollectorSessionEvent> {
  readonly session: CollectorSession;

  constructor(form: Form, mostSensors = 4) {
    const start = { monotonicUs: 0, wallUs: WALL };
    const session = new CollectorSession({ form, tag: TAG, mostSensors }, start);
    super(session, form, WALL);
    this.session = session;
  }

  /** Greeted, with one sensor. */
  open(position = 0, from = 0): this {
    if (this.form === 'stream') this.arrive(hello({ from }));
    else this.arriveTagged(0, hello({ from }));
    this.accept(position);
    if (this.form === 'stream') this.arrive(announce(0, INFO), announce(1, NOTE));
    else this.arriveTagged(TAG, announce(0, INFO), announce(1, NOTE));
    this.left();
    this.events();
    return this;
  }

  accept(position: number): void {
    this.session.accept(position, this.now);
    this.drain();
  }

  stored(mark: Acknowledgement): void {
    this.session.stored(mark, this.now);
    this.drain();
  }

  /** Numbers of the readings that came out since the last call, overtaken ones with a star. */
  numbers(): string[] {
    return this.events().flatMap(event => {
      if (event.type !== 'readings') return [];
      const values = event.batch.values as Float64Array;
      return Array.from(values, (value, index) => {
        expect([value, event.batch.times[index]]).toEqual([event.number + index, WALL + value]);
        return event.overtaken ? `${value}*` : String(value);
      });
    });
  }

  marks(): Acknowledgement[] {
    return this.events().flatMap(event =>
      event.type === 'readings' || event.type === 'bye' ? [event.mark] : [],
    );
  }

  over(): { code: number | undefined; reason: string } | undefined {
    return this.events().find(event => event.type === 'over');
  }
}

describe('a collector over a stream', () => {
  it('greets, hands on readings in columns, and says what is stored', () => {
    const collector = new Collector('stream');
    collector.arrive(hello());
    expect(collector.events()).toEqual([
      { type: 'hello', hello: expect.objectContaining({ source: 'host', from: 0 }) },
    ]);
    expect(collector.left()).toEqual([]);
    collector.accept(0);
    expect(collector.left()).toEqual(['WELCOME 0 −0']);
    collector.arrive(announce(0, INFO), readings(0), readings(1, 5), readings(6));
    expect(collector.events()).toEqual([
      { type: 'sensor', id: 0, info: INFO },
      {
        type: 'readings',
        sensor: INFO,
        number: 0,
        batch: ints(7, 0),
        overtaken: false,
        mark: { upTo: 7, missing: 0 },
      },
    ]);
    collector.stored({ upTo: 7, missing: 0 });
    expect(collector.left()).toEqual(['STORED 7 −0']);
    collector.arrive(bye(7, 2));
    expect(collector.events()).toEqual([{ type: 'bye', mark: { upTo: 7, missing: 0 }, dropped: 2 }]);
    collector.stored({ upTo: 7, missing: 0 });
    expect(collector.left()).toEqual(['STORED 7 −0']);
    collector.stored({ upTo: 7, missing: 0 });
    expect(collector.left()).toEqual([]);
  });

  it('gives the same events for any split of what comes', () => {
    const note: Message = body =>
      writeReading(
        body,
        { sensor: 1, type: 'text', number: 8, epochUs: WALL },
        { times: Float64Array.of(WALL), values: ['on'] },
        0,
      );
    const bytes = stream(
      announce(0, INFO),
      readings(0, 5),
      announce(1, NOTE),
      readings(5, 3),
      note,
      readings(9),
      bye(10),
    );
    const eventsOf = (pieces: readonly Uint8Array[]): unknown => {
      const collector = new Collector('stream');
      collector.arrive(hello());
      collector.accept(0);
      collector.events();
      for (const piece of pieces) collector.arriveBytes(piece);
      const all = collector.events();
      // How readings are put together depends on how they come; what they are does not.
      return {
        others: all.filter(event => event.type !== 'readings'),
        values: all.flatMap(event =>
          event.type === 'readings' ? Array.from<unknown>(event.batch.values) : [],
        ),
        end: all.findLast(event => event.type === 'readings')?.mark,
      };
    };
    const whole = eventsOf([bytes]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 10 }), places => {
        const cuts = [0, ...places.toSorted((a, b) => a - b), bytes.length];
        expect(eventsOf(cuts.slice(1).map((end, index) => bytes.slice(cuts[index], end)))).toEqual(whole);
      }),
    );
  });

  it('begins at the position of its store, and skips what it has', () => {
    const collector = new Collector('stream').open(4);
    collector.arrive(readings(2, 4), readings(6));
    expect(collector.numbers()).toEqual(['4', '5', '6']);
    expect(collector.session.counters).toMatchObject({
      received: 3,
      repeated: 2,
      late: 0,
      stale: 0,
      missing: 0,
    });
  });

  it('begins where the sender begins if that is later, and counts what is between as missing', () => {
    const collector = new Collector('stream');
    collector.arrive(hello({ from: 10 }));
    collector.accept(4);
    expect(collector.left()).toEqual(['WELCOME 10 −6']);
  });

  it('counts jumps as missing, and what goes back as repeated', () => {
    const collector = new Collector('stream').open();
    collector.arrive(readings(0), readings(5), readings(3));
    expect(collector.numbers()).toEqual(['0', '5']);
    expect(collector.session.counters).toMatchObject({ received: 2, repeated: 1, late: 0, missing: 4 });
  });

  it('says DELIVERED only of what the store takes longer than 20 ms for', () => {
    const collector = new Collector('stream').open();
    collector.arrive(readings(0));
    collector.at(15);
    collector.arrive(readings(1));
    collector.stored({ upTo: 1, missing: 0 });
    expect(collector.left()).toEqual(['STORED 1 −0']);
    collector.at(34);
    expect(collector.left()).toEqual([]);
    collector.at(60);
    expect(collector.left()).toEqual(['35 ms: DELIVERED 2 −0']);
    collector.stored({ upTo: 2, missing: 0 });
    expect(collector.left()).toEqual(['STORED 2 −0']);
    collector.at(1_000);
    expect([collector.left(), collector.machine.timeoutAt()]).toEqual([[], undefined]);
  });

  it('says no DELIVERED to a sender whose readings are always stored within 20 ms', () => {
    const collector = new Collector('stream').open();
    for (let number = 0; number < 100; number++) {
      collector.at(number);
      collector.arrive(readings(number));
      if (number >= 10) collector.stored({ upTo: number - 9, missing: 0 });
    }
    expect(collector.left().filter(message => message.includes('DELIVERED'))).toEqual([]);
  });

  it('ends a connection that says nothing for 10 s', () => {
    const collector = new Collector('stream');
    collector.at(10_000);
    expect(collector.left()).toEqual(['10000 ms: TIMEOUT no HELLO for 10 s']);
    expect(collector.over()?.code).toBe(ERROR_CODE.timeout);
    expect(collector.machine.timeoutAt()).toBeUndefined();
  });

  it('answers the time, and hears what the sender makes of it', () => {
    const collector = new Collector('stream').open();
    collector.at(5);
    collector.arrive(body => writeClockRequest(body, { sentUs: 123, offsetUs: -4, uncertaintyUs: 0 }));
    expect(collector.left()).toEqual([`CLOCK-REPLY 123 ${WALL + 5_000} ${WALL + 5_000}`]);
    expect(collector.events()).toEqual([]);
    const request: Message = body => writeClockRequest(body, { sentUs: 123, offsetUs: -4, uncertaintyUs: 2 });
    collector.arrive(request);
    collector.arrive(body => writeClockDrift(body, 50_000), request);
    // What is not said again goes on.
    collector.arrive(request);
    expect(collector.events()).toEqual(
      [0, 50_000, 50_000].map(driftPpb => ({
        type: 'clock',
        offset: { offsetUs: -4, uncertaintyUs: 2, driftPpb },
      })),
    );
  });

  it('sends commands while it is open, and hears their results', () => {
    const collector = new Collector('stream');
    const command = { command: 1, action: COMMAND_ACTION.pause, sensor: 0, rateHz: 0 };
    collector.session.command(command);
    collector.open();
    collector.session.command(command);
    collector.drain();
    expect(collector.left()).toEqual(['COMMAND 1 2 0']);
    const result = { command: 1, status: 0, reason: '' };
    collector.arrive(body => writeCommandResult(body, result));
    expect(collector.events()).toEqual([{ type: 'command-result', result }]);
  });

  it('ends where its owner wants, after what it has to say', () => {
    const collector = new Collector('stream').open();
    collector.arrive(readings(0));
    collector.session.stored({ upTo: 1, missing: 0 }, collector.now);
    collector.session.refuse(ERROR_CODE.complete, 'enough');
    collector.session.refuse(ERROR_CODE.complete, 'twice');
    collector.drain();
    expect(collector.left()).toEqual(['STORED 1 −0', 'COMPLETE enough']);
    collector.arrive(readings(1));
    collector.stored({ upTo: 1, missing: 0 });
    expect([collector.numbers(), collector.left(), collector.session.isOver]).toEqual([['0'], [], true]);
  });

  it('hands on what came before the connection went', () => {
    const collector = new Collector('stream').open();
    collector.arriveBytes(stream(readings(0), readings(1)).slice(0, -1));
    collector.session.disconnected('gone');
    collector.drain();
    expect(collector.events().map(event => event.type)).toEqual(['readings', 'over']);
  });

  it('ends when the sender says so, once', () => {
    const collector = new Collector('stream').open();
    const failure: Message = body => writeError(body, { code: 2, reason: 'bad' });
    collector.arrive(failure, failure, hello(), readings(0));
    expect(collector.events()).toEqual([{ type: 'over', reason: 'the sender says MALFORMED: bad', code: 2 }]);
    expect(collector.left()).toEqual([]);
  });

  it.each([
    ['a version that is too new', hello({ lowestVersion: 2, highestVersion: 3 }), 'VERSION versions 1 to 1'],
    ['readings', readings(0), /^UNEXPECTED/],
    ['an extension', raw(0x40), /^UNEXPECTED/],
    ['another magic', raw(0x01, 1, 2, 3, 4, 1, 1), /^MALFORMED/],
  ])('answers %s where HELLO should be with ERROR', (_what, message, answer) => {
    const collector = new Collector('stream');
    collector.arrive(message);
    expect(collector.left()).toEqual([expect.stringMatching(answer)]);
    expect(collector.session.isOver).toBe(true);
  });

  it('takes a sender that speaks later versions as well', () => {
    const collector = new Collector('stream');
    collector.arrive(hello({ highestVersion: 9 }));
    collector.accept(0);
    expect(collector.left()).toEqual(['WELCOME 0 −0']);
  });

  it('refuses readings that come before WELCOME', () => {
    const collector = new Collector('stream');
    collector.arrive(hello(), readings(0));
    collector.accept(0);
    expect(collector.left()).toEqual([expect.stringMatching(/^UNEXPECTED/)]);
  });

  it.each([
    ['a length of 0', fromHex('00'), 2],
    ['a length that is not the shortest', fromHex('8100'), 2],
    ['a message that is too long', fromHex('818004'), 4],
    ['an unknown type', stream(raw(0x20)), 2],
    ['a message of a collector', stream(raw(0x83, 0, 0)), 2],
    ['a body that is too short', stream(raw(0x07, 0)), 2],
    ['a body that is too long', stream(raw(0x07, 0, 0, 0)), 2],
    ['a second HELLO', stream(hello()), 3],
    ['a reading of an unknown sensor', stream(raw(0x03, 2, 0, 0, 0)), 3],
    ['a sensor id that skips one', stream(announce(3, INFO)), 3],
    ['another description', stream(announce(0, NOTE)), 3],
    ['a description that cannot be', stream(announce(2, { ...INFO, scale: 0 })), 2],
    ['more sensors than it takes', stream(announce(2, INFO), announce(3, INFO), announce(4, INFO)), 5],
    ['readings at BYE’s next', stream(bye(0), readings(0)), 3],
    ['a BYE below what came', stream(readings(0, 2), bye(1)), 3],
    ['padding bits', stream(raw(0x04, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0x7f)), 2],
  ])('answers %s with ERROR and ends', (_what, bytes, code) => {
    const collector = new Collector('stream').open();
    collector.arriveBytes(bytes);
    expect(collector.over()?.code).toBe(code);
    expect(collector.left()).toEqual([
      expect.stringMatching(
        { 2: /^MALFORMED/, 3: /^UNEXPECTED/, 4: /^TOO-LARGE/, 5: /^LIMIT/ }[code] as RegExp,
      ),
    ]);
  });

  it('hands on the readings in front of a bad message, and none of the bad one', () => {
    const collector = new Collector('stream').open();
    collector.arrive(readings(0, 3), raw(0x04, 0, 3, 2, 0, 0, 0, 0, 0, 0, 1, 0x7f));
    expect(
      collector.events().map(event => (event.type === 'readings' ? event.batch.times.length : event.type)),
    ).toEqual([3, 'over']);
  });

  it('takes the same announcement again, and skips extensions', () => {
    const collector = new Collector('stream').open();
    collector.arrive(announce(0, INFO), raw(0x5f, 1));
    expect([collector.events(), collector.left(), collector.session.isOver]).toEqual([[], [], false]);
  });

  it('puts no more than 4,096 readings into one batch', () => {
    const collector = new Collector('stream').open();
    collector.arrive(readings(0, 3_000), readings(3_000, 3_000), readings(6_000));
    const sizes = collector
      .events()
      .map(event => (event.type === 'readings' ? event.batch.times.length : event.type));
    expect(sizes).toEqual([3_000, 3_001]);
  });
});

describe('a collector over datagrams', () => {
  it('says which sensors it knows, holds STORED back for 250 ms, and answers BYE at once', () => {
    const collector = new Collector('datagram');
    collector.arriveTagged(0, hello());
    collector.accept(0);
    expect(collector.left()).toEqual(['#7 | WELCOME 0 −0']);
    collector.arriveTagged(TAG, announce(1, NOTE));
    expect(collector.left()).toEqual(['#7 | SENSORS-KNOWN 0']);
    collector.arriveTagged(TAG, announce(0, INFO), announce(1, NOTE));
    collector.arriveTagged(TAG, announce(0, INFO));
    expect(collector.left()).toEqual(['#7 | SENSORS-KNOWN 2', '#7 | SENSORS-KNOWN 2']);
    collector.at(100);
    collector.arriveTagged(TAG, readings(0, 5));
    collector.stored({ upTo: 5, missing: 0 });
    collector.at(200);
    collector.arriveTagged(TAG, readings(5));
    collector.stored({ upTo: 6, missing: 0 });
    collector.at(1_000);
    expect(collector.left()).toEqual(['350 ms: #7 | STORED 6 −0']);
    collector.arriveTagged(TAG, readings(6), bye(7));
    expect(collector.left()).toEqual([]);
    collector.stored({ upTo: 7, missing: 0 });
    expect(collector.left()).toEqual(['#7 | STORED 7 −0']);
    // BYE again: the answer was lost.
    collector.arriveTagged(TAG, bye(7));
    collector.stored({ upTo: 7, missing: 0 });
    expect(collector.left()).toEqual(['#7 | STORED 7 −0']);
  });

  it('says STORED after 64 messages of readings, though the store is never quite done', () => {
    const collector = new Collector('datagram').open();
    for (let number = 0; number < 200; number++) {
      collector.arriveTagged(TAG, readings(number));
      if (number > 0) collector.stored({ upTo: number, missing: 0 });
    }
    expect(collector.left()).toEqual(['#7 | STORED 63 −0', '#7 | STORED 127 −0', '#7 | STORED 191 −0']);
  });

  it('says DELIVERED of what the store takes longer than 250 ms for', () => {
    const collector = new Collector('datagram').open();
    collector.arriveTagged(TAG, readings(0));
    collector.at(100);
    collector.arriveTagged(TAG, readings(1));
    collector.at(2_000);
    expect(collector.left()).toEqual(['250 ms: #7 | DELIVERED 2 −0']);
    collector.stored({ upTo: 2, missing: 0 });
    collector.at(3_000);
    expect(collector.left()).toEqual(['2250 ms: #7 | STORED 2 −0']);
  });

  it('tells missing, overtaken, repeated and stale readings', () => {
    const collector = new Collector('datagram').open(5);
    for (const message of [
      readings(5),
      readings(10, 2),
      readings(7),
      readings(7),
      readings(4),
      readings(6, 8),
    ])
      collector.arriveTagged(TAG, message);
    expect(collector.numbers()).toEqual(['5', '10', '11', '7*', '6*', '8*', '9*', '12', '13']);
    expect(collector.session.counters).toEqual({
      received: 9,
      repeated: 4,
      late: 4,
      stale: 1,
      missing: 0,
      malformed: 0,
    });
  });

  it('gives a mark to each part of a message that covers no later part', () => {
    const collector = new Collector('datagram').open();
    collector.arriveTagged(TAG, readings(2));
    expect(collector.marks()).toEqual([{ upTo: 3, missing: 2 }]);
    collector.arriveTagged(TAG, readings(0, 5));
    expect(collector.marks()).toEqual([
      { upTo: 3, missing: 2 },
      { upTo: 5, missing: 0 },
    ]);
  });

  it('says again what is missing when late readings are stored', () => {
    const collector = new Collector('datagram').open();
    collector.arriveTagged(TAG, readings(1), bye(2));
    collector.stored({ upTo: 2, missing: 1 });
    collector.arriveTagged(TAG, readings(0));
    collector.stored({ upTo: 2, missing: 0 });
    expect(collector.left()).toEqual(['#7 | STORED 2 −1', '#7 | STORED 2 −0']);
  });

  it('says WELCOME again to HELLO again, once it knows the position', () => {
    const collector = new Collector('datagram');
    collector.arriveTagged(0, hello());
    collector.arriveTagged(0, hello());
    expect(collector.events()).toHaveLength(1);
    collector.accept(0);
    collector.arriveTagged(0, hello());
    expect(collector.left()).toEqual(['#7 | WELCOME 0 −0', '#7 | WELCOME 0 −0']);
  });

  it('counts what the sender gave up as missing, and repeats what is stored', () => {
    const collector = new Collector('datagram').open();
    collector.arriveTagged(TAG, readings(0, 8));
    collector.arriveTagged(0, hello({ from: 10 }));
    expect(collector.left()).toEqual(['#7 | WELCOME 10 −2 | STORED 0 −0']);
    // A second HELLO does not make the readings of before count as acknowledged.
    collector.stored({ upTo: 8, missing: 0 });
    collector.at(250);
    expect(collector.left()).toEqual(['250 ms: #7 | STORED 8 −0']);
  });

  it('drops another HELLO of an old time, and what it says', () => {
    const collector = new Collector('datagram').open();
    collector.arriveTagged(TAG, readings(0, 8), bye(8));
    collector.arriveTagged(0, hello());
    collector.stored({ upTo: 8, missing: 0 });
    collector.arriveTagged(TAG, bye(8));
    collector.stored({ upTo: 8, missing: 0 });
    expect(collector.left().at(-1)).toBe('#7 | STORED 8 −0');
    expect(collector.session.counters).toMatchObject({ received: 8, missing: 0 });
  });

  it('leaves the address to another session', () => {
    const collector = new Collector('datagram').open();
    collector.arriveTagged(0, hello({ session: 'ab'.repeat(16) }));
    expect([collector.over()?.code, collector.left()]).toEqual([ERROR_CODE.superseded, []]);
  });

  it('stays over, whatever follows in the same datagram', () => {
    const collector = new Collector('datagram').open();
    const failure: Message = body => writeError(body, { code: 2, reason: '' });
    collector.arriveTagged(TAG, failure, hello(), announce(0, INFO));
    expect([collector.session.isOver, collector.left(), collector.events().length]).toEqual([true, [], 1]);
  });

  it('forgets a sender that says nothing for 120 s', () => {
    const collector = new Collector('datagram').open();
    collector.at(60_000);
    collector.arriveTagged(TAG, readings(0));
    collector.at(179_999);
    expect(collector.session.isOver).toBe(false);
    collector.at(180_000);
    expect(collector.over()?.code).toBe(ERROR_CODE.timeout);
    expect(collector.left().at(-1)).toBe('180000 ms: #7 | TIMEOUT nothing for 120 s');
  });

  it('forgets a sender that said BYE after 10 s, without an error', () => {
    const collector = new Collector('datagram').open();
    collector.arriveTagged(TAG, readings(0), bye(1));
    collector.stored({ upTo: 1, missing: 0 });
    collector.left();
    collector.at(9_999);
    expect(collector.session.isOver).toBe(false);
    collector.at(10_000);
    expect(collector.over()).toMatchObject({ code: undefined });
    expect(collector.left()).toEqual([]);
  });

  it.each([
    ['an unknown type', datagram(TAG, readings(0), raw(0x20))],
    ['a body that is too long', datagram(TAG, readings(0), raw(0x07, 0, 0, 0))],
    ['a length of 0', Uint8Array.of(...datagram(TAG, readings(0)), 0)],
    ['no whole frame at its end', Uint8Array.of(...datagram(TAG, readings(0)), 2, 1)],
    ['a reading of an unknown sensor', datagram(TAG, readings(0), raw(0x03, 2, 1, 0, 0))],
    ['a reading at BYE’s next', datagram(TAG, readings(0), bye(1), readings(1))],
  ])('counts and drops a datagram with %s from there on, and lives', (_what, bytes) => {
    const collector = new Collector('datagram').open();
    collector.arriveBytes(bytes);
    expect(collector.session.counters).toMatchObject({ received: 1, malformed: 1 });
    expect([collector.session.isOver, collector.left()]).toEqual([false, []]);
  });

  it.each([
    ['another description of a sensor', announce(0, NOTE), /^#7 \| UNEXPECTED/],
    ['more sensors than it takes', announce(2, INFO), /^#7 \| LIMIT/],
  ])('ends with ERROR at %s, which would be said again and again', (_what, message, answer) => {
    const collector = new Collector('datagram', 2).open();
    collector.arriveTagged(TAG, message);
    expect(collector.left()).toEqual([expect.stringMatching(answer)]);
  });

  it('answers nobody before WELCOME with more than came', () => {
    const first = [
      hello({ lowestVersion: 2, highestVersion: 2 }),
      raw(0x05),
      raw(0x01),
      raw(0x40, 0, 0, 0),
      readings(0),
    ];
    for (const message of first) {
      const collector = new Collector('datagram');
      const came = datagram(0, message);
      collector.session.receive(came, collector.now);
      expect(collector.session.isOver).toBe(true);
      expect(collector.machine.pollTransmit(collector.now)?.length ?? 0).toBeLessThanOrEqual(came.length);
    }
    const refused = new Collector('datagram');
    refused.session.receive(datagram(0, hello()), refused.now);
    refused.session.refuse(ERROR_CODE.limit, 'x'.repeat(300));
    expect(refused.machine.pollTransmit(refused.now)?.length).toBe(datagram(0, hello()).length);
  });

  it('tells a tag that nobody knows in 8 bytes', () => {
    expect(toldDatagram(errorDatagram(ERROR_CODE.unknownSession))).toBe('#0 | UNKNOWN-SESSION ');
    expect(errorDatagram(ERROR_CODE.unknownSession)).toHaveLength(8);
  });
});

describe('a collector, whatever comes', () => {
  it.each(['stream', 'datagram'] as const)(
    'never throws, never hangs, and gives no reading twice (%s)',
    form => {
      const good: readonly Message[] = [
        hello(),
        announce(0, INFO),
        announce(1, NOTE),
        readings(0),
        readings(2, 3),
        readings(1, 6),
        bye(8),
        raw(0x40),
        body => writeClockRequest(body, { sentUs: WALL, offsetUs: 0, uncertaintyUs: 1 }),
      ];
      const valid = fc
        .array(fc.constantFrom(...good), { minLength: 1, maxLength: 4 })
        .map(messages => (form === 'stream' ? stream(...messages) : datagram(TAG, ...messages)));
      const damaged = fc
        .tuple(valid, fc.nat(), fc.nat(255), fc.nat())
        .map(([bytes, at, value, end]) =>
          bytes.with(at % bytes.length, value).subarray(0, end % (bytes.length + 1)),
        );
      const step = fc.oneof(
        valid,
        damaged,
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom('wait', 'accept', 'store'),
      );
      fc.assert(
        fc.property(fc.boolean(), fc.array(step, { maxLength: 25 }), (opened, steps) => {
          const collector = opened ? new Collector(form).open() : new Collector(form);
          const seen = new Set<number>();
          const marks: Acknowledgement[] = [];
          let ms = 0;
          for (const next of steps) {
            if (next === 'wait') {
              ms += 90;
              collector.at(ms);
            } else if (next === 'accept') collector.accept(0);
            else if (next === 'store') {
              const mark = marks.shift();
              if (mark !== undefined) collector.stored(mark);
            } else collector.arriveBytes(next as Uint8Array);
            for (const event of collector.events()) {
              if (event.type === 'bye') marks.push(event.mark);
              if (event.type !== 'readings') continue;
              marks.push(event.mark);
              for (let index = 0; index < event.batch.times.length; index++) {
                expect(seen.has(event.number + index)).toBe(false);
                seen.add(event.number + index);
              }
            }
          }
          expect(collector.session.counters.received).toBe(seen.size);
        }),
        { numRuns: 500 },
      );
    },
  );
});
