import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../readings/batch.ts';
import { sensorInfo } from '../readings/sensor-info.ts';
import { MachineDialogue } from '../testing/machine-dialogue.ts';
import { datagram, type Message, raw, stream } from '../testing/messages.ts';
import type { Form } from './form.ts';
import { writeAcknowledgement, writeClockReply, writeCommand, writeError } from './messages/control.ts';
import { writeWelcome } from './messages/handshake.ts';
import { writeSensorsKnown } from './messages/sensor.ts';
import { COMMAND_ACTION, ERROR_CODE, type Welcome } from './messages/types.ts';
import { SensorSession, type SensorSessionEvent, type SensorSessionOptions } from './sensor-session.ts';

const INFO = sensorInfo({ name: 'tmp36', unit: '°C', type: 'int', scale: 0.1 });
const WALL = 1_800_000_000_000_000;
const TAG = 7;

const welcome = (given: Partial<Welcome> = {}): Message => {
  const usual = { version: 1, tag: TAG, position: 0, missing: 0, mostMessageBytes: 65_536, mostSensors: 256 };
  return body => writeWelcome(body, { ...usual, ...given });
};
const stored =
  (upTo: number, missing = 0): Message =>
  body =>
    writeAcknowledgement(body, 'stored', { upTo, missing });
const delivered =
  (upTo: number, missing = 0): Message =>
  body =>
    writeAcknowledgement(body, 'delivered', { upTo, missing });
const known =
  (count: number): Message =>
  body =>
    writeSensorsKnown(body, count);
const error =
  (code: number, reason = ''): Message =>
  body =>
    writeError(body, { code, reason });

function ints(count: number, from = 0): Batch {
  const times = Float64Array.from({ length: count }, (_, index) => WALL + 1_000 * index);
  return { times, values: Float64Array.from({ length: count }, (_, index) => from + index) };
}

class Sender extends MachineDialogue<SensorSessionEvent> {
  readonly session: SensorSession;

  constructor(form: Form, given: Partial<SensorSessionOptions> = {}) {
    const session = new SensorSession({
      session: '5e'.repeat(16),
      source: 'host',
      epochUs: WALL,
      form,
      bufferReadings: 1_000,
      ...given,
    });
    super(session, form, WALL);
    this.session = session;
    session.announce(INFO);
  }

  send(count: number): void {
    this.session.send(0, ints(count), this.now);
    this.drain();
  }

  connect(): void {
    this.session.connected(this.now);
    this.drain();
  }

  finish(): void {
    this.session.finish();
    this.drain();
  }

  /** Connected and welcomed; in datagrams the sensor is known. */
  open(): this {
    this.connect();
    if (this.form === 'stream') this.arrive(welcome());
    else {
      this.arriveTagged(TAG, welcome());
      this.arriveTagged(TAG, known(1));
    }
    this.left();
    this.events();
    return this;
  }
}

const failed = (closeCode: number): unknown => ({
  type: 'failed',
  error: expect.objectContaining({ closeCode }),
});

describe('a sender over a stream', () => {
  it('greets, announces, sends, lets go of what is stored, and says goodbye', () => {
    const sender = new Sender('stream');
    sender.send(2);
    expect(sender.left()).toEqual([]);
    sender.connect();
    expect(sender.left()).toEqual(['HELLO from 0']);
    expect(sender.session.state).toBe('greeting');
    sender.at(5);
    sender.arrive(welcome());
    expect(sender.left()).toEqual(['SENSOR 0 tmp36', 'READINGS of 0 0+2']);
    expect(sender.events()).toEqual([{ type: 'open', resumedAt: 0 }]);
    sender.send(1);
    expect(sender.left()).toEqual(['READINGS of 0 2+1']);
    sender.at(8);
    sender.arrive(stored(2));
    expect(sender.events()).toEqual([{ type: 'stored', count: 2, ackUs: 8_000 }]);
    expect([sender.session.stored, sender.session.buffered]).toEqual([2, 1]);
    sender.finish();
    expect(sender.left()).toEqual(['BYE 3 dropped 0']);
    sender.arrive(stored(3));
    expect(sender.events()).toEqual([{ type: 'stored', count: 1, ackUs: 3_000 }, { type: 'done' }]);
    expect([sender.session.state, sender.session.stored, sender.machine.timeoutAt()]).toEqual([
      'done',
      3,
      undefined,
    ]);
  });

  it('says goodbye to a collector that has stored everything before it is asked', () => {
    const sender = new Sender('stream').open();
    sender.send(1);
    sender.arrive(stored(1));
    sender.finish();
    expect(sender.session.state).toBe('closing');
    sender.arrive(stored(1));
    expect(sender.session.state).toBe('done');
  });

  it('takes WELCOME and what follows in pieces of one byte', () => {
    const sender = new Sender('stream');
    sender.connect();
    sender.left();
    for (const byte of stream(welcome(), stored(0))) sender.arriveBytes(Uint8Array.of(byte));
    expect(sender.left()).toEqual(['SENSOR 0 tmp36']);
  });

  it('announces a sensor that comes later before its readings', () => {
    const sender = new Sender('stream').open();
    const id = sender.session.announce(sensorInfo({ name: 'later' }));
    sender.session.send(id, { times: Float64Array.of(WALL), values: Float64Array.of(1.5) }, sender.now);
    sender.drain();
    expect(sender.left()).toEqual(['SENSOR 1 later', 'READINGS of 1 0+1']);
    expect(sender.session.announce(INFO)).toBe(0);
  });

  it('repeats after a new connection what is not stored, and nothing else', () => {
    const sender = new Sender('stream').open();
    for (let message = 0; message < 4; message++) sender.send(10);
    sender.arrive(stored(10));
    sender.session.disconnected();
    sender.send(10);
    sender.left();
    sender.events();
    sender.connect();
    expect(sender.left()).toEqual(['HELLO from 10']);
    // The collector had stored more than it could say.
    sender.arrive(welcome({ position: 30 }));
    expect(sender.left()).toEqual(['SENSOR 0 tmp36', 'READINGS of 0 30+10', 'READINGS of 0 40+10']);
    expect(sender.events().map(event => event.type)).toEqual(['stored', 'stored', 'open']);
    expect([sender.session.stored, sender.session.buffered]).toEqual([30, 20]);
  });

  it('sends a message again as a whole where the position is in the middle of it', () => {
    const sender = new Sender('stream');
    sender.send(10);
    sender.connect();
    sender.arrive(welcome({ position: 0 }));
    sender.session.disconnected();
    sender.connect();
    sender.left();
    sender.arrive(welcome({ position: 4 }));
    expect(sender.left()).toEqual(['SENSOR 0 tmp36', 'READINGS of 0 0+10']);
    sender.arrive(stored(10));
    expect(sender.session.buffered).toBe(0);
  });

  it('counts as stored what a restarted collector turns out to hold, without what was dropped', () => {
    const sender = new Sender('stream', { bufferReadings: 10 }).open();
    sender.send(5);
    sender.session.disconnected();
    for (let message = 0; message < 3; message++) sender.send(5);
    expect(sender.session.dropped.full).toBe(10);
    sender.connect();
    sender.left();
    sender.arrive(welcome());
    expect(sender.left()).toEqual(['SENSOR 0 tmp36', 'READINGS of 0 0+5', 'READINGS of 0 15+5']);
    sender.session.disconnected();
    sender.connect();
    sender.arrive(welcome({ position: 20 }));
    expect([sender.session.stored, sender.session.delivered, sender.session.buffered]).toEqual([10, 10, 0]);
  });

  it('drops the oldest unsent readings when its buffer is full, and counts them', () => {
    const sender = new Sender('stream', { bufferReadings: 10 }).open();
    sender.send(6);
    sender.session.disconnected();
    sender.connect();
    sender.send(4);
    sender.send(3);
    expect(sender.session.dropped).toEqual({ full: 6, tooLarge: 0 });
    sender.left();
    sender.arrive(welcome());
    expect(sender.left()).toEqual(['SENSOR 0 tmp36', 'READINGS of 0 6+4', 'READINGS of 0 10+3']);
    sender.arrive(stored(13, 6));
    expect([sender.session.stored, sender.session.buffered]).toEqual([7, 0]);
  });

  it('drops the newest where everything in a full buffer is under way', () => {
    const sender = new Sender('stream', { bufferReadings: 10 }).open();
    sender.send(10);
    sender.send(1);
    expect(sender.session.dropped.full).toBe(1);
    sender.finish();
    expect(sender.left()).toEqual(['READINGS of 0 0+10', 'BYE 11 dropped 0']);
    sender.arrive(stored(11, 1));
    expect([sender.session.state, sender.session.stored]).toEqual(['done', 10]);
  });

  it('counts a reading that fits no message, and gives it no number', () => {
    const sender = new Sender('stream').open();
    const id = sender.session.announce(sensorInfo({ name: 'note', type: 'text' }));
    const note = (text: string): Batch => ({ times: Float64Array.of(WALL), values: [text] });
    sender.session.send(id, note('x'.repeat(65_536)), sender.now);
    sender.session.send(id, note('x'.repeat(65_000)), sender.now);
    sender.drain();
    sender.finish();
    expect(sender.session.dropped).toEqual({ full: 0, tooLarge: 1 });
    expect(sender.left()).toEqual(['SENSOR 1 note', 'READINGS of 1 0+1', 'BYE 1 dropped 1']);
  });

  it('splits a batch into as many messages as it needs', () => {
    const sender = new Sender('stream', { bufferReadings: 100_000 }).open();
    sender.send(5_000);
    expect(sender.left()).toEqual(['READINGS of 0 0+2500', 'READINGS of 0 2500+2500']);
    const wide = { times: Float64Array.of(WALL, WALL), values: Float64Array.of(-(2 ** 52 - 1), 2 ** 52 - 1) };
    sender.session.send(0, wide, sender.now);
    sender.session.send(0, { times: new Float64Array(), values: new Float64Array() }, sender.now);
    sender.drain();
    expect(sender.left()).toEqual(['READINGS of 0 5000+1', 'READINGS of 0 5001+1']);
  });

  it('tries again after 60 s of silence, whatever it was doing', () => {
    for (const begin of [(sender: Sender) => sender.connect(), (sender: Sender) => void sender.open()]) {
      const sender = new Sender('stream');
      begin(sender);
      sender.at(59_999);
      expect(sender.events()).toEqual([]);
      sender.at(60_000);
      expect(sender.events()).toEqual([{ type: 'retry', reason: 'the collector has said nothing for 60 s' }]);
      // The clock's turn has come at the same moment, but there is nobody to ask any more.
      expect([sender.session.state, sender.machine.timeoutAt()]).toEqual(['away', undefined]);
      expect(sender.machine.pollTransmit(sender.now)).toBeUndefined();
    }
  });

  it('counts delivered readings, which a new collector may not have any more', () => {
    const sender = new Sender('stream').open();
    sender.send(10);
    sender.arrive(delivered(10));
    expect([sender.session.delivered, sender.session.stored]).toEqual([10, 0]);
    sender.session.disconnected();
    sender.connect();
    sender.arrive(welcome({ position: 0 }));
    expect(sender.session.delivered).toBe(0);
    sender.arrive(stored(10));
    expect([sender.session.delivered, sender.session.stored]).toEqual([10, 10]);
  });

  it('hands on commands and answers them, but not over another connection that is not open', () => {
    const sender = new Sender('stream').open();
    const command = { command: 3, action: COMMAND_ACTION.rate, sensor: 0, rateHz: 50 };
    sender.arrive(body => writeCommand(body, command));
    expect(sender.events()).toEqual([{ type: 'command', command }]);
    sender.session.answer(3, 0, 'ok');
    sender.drain();
    expect(sender.left()).toEqual(['COMMAND-RESULT 3 0 ok']);
    sender.session.disconnected();
    sender.session.answer(3, 0, 'nobody hears it');
    sender.connect();
    sender.session.answer(3, 0, 'not before WELCOME');
    sender.drain();
    expect(sender.left()).toEqual(['HELLO from 0']);
  });

  it('asks the time nine times in half a minute, then every 30 s, and reports what it found', () => {
    const sender = new Sender('stream');
    sender.connect();
    sender.arrive(welcome());
    const heard: string[][] = [];
    // The collector is 1 s ahead, and 50 ppm faster; the way there takes 2 ms, the way back 6 ms.
    const askedMs = [0, 50, 100, 300, 1_000, 2_500, 6_000, 15_000, 30_000, 60_000, 90_000];
    for (const ms of askedMs) {
      sender.at(ms);
      heard.push(sender.left('all').filter(message => message.includes('CLOCK')));
      const sentUs = WALL + ms * 1_000;
      const arrivedUs = Math.round(sentUs + 2_000 + 1_000_000 + ms * 1_000 * 50e-6);
      sender.at(ms + 8);
      sender.arrive(body => writeClockReply(body, { sentUs, arrivedUs, answeredUs: arrivedUs }));
    }
    expect(heard.map(messages => messages.at(-1)?.replace(/ [-\d]+±/, ' …±'))).toEqual([
      'CLOCK-REQUEST',
      ...askedMs.slice(1).map(ms => `${ms} ms: CLOCK-REQUEST …±4000`),
    ]);
    // Off by the 2 ms that the two ways differ, whatever it does; the drift is not.
    expect(heard.at(-1)).toEqual([
      expect.stringMatching(/^90000 ms: CLOCK-DRIFT (49|50)\d{3}$/),
      expect.stringMatching(/^90000 ms: CLOCK-REQUEST 10024[89]\d±4000$/),
    ]);
    expect(sender.session.clockOffset).toMatchObject({ uncertaintyUs: 4_000 });
  });

  it.each([
    ['limit', 'retry'],
    ['storeFailed', 'retry'],
    ['shuttingDown', 'retry'],
    ['timeout', 'retry'],
    ['complete', 'complete'],
    ['version', 'failed'],
    ['malformed', 'failed'],
    ['unexpected', 'failed'],
    ['tooLarge', 'failed'],
    ['superseded', 'failed'],
  ] as const)('takes ERROR %s as %s', (name, type) => {
    const sender = new Sender('stream').open();
    sender.send(1);
    // What comes after it in the same piece means nothing any more.
    sender.arrive(error(ERROR_CODE[name], 'why'), welcome(), stored(1));
    expect(sender.events().map(event => event.type)).toEqual([type]);
    expect(sender.session.state).toBe(type === 'retry' ? 'away' : 'done');
    expect([sender.session.buffered, sender.machine.timeoutAt()]).toEqual([1, undefined]);
  });

  it('takes an ERROR with a code that it does not know as the end', () => {
    const sender = new Sender('stream').open();
    sender.arrive(error(99, 'new'));
    expect(sender.events()).toEqual([failed(99)]);
  });

  it.each([
    ['a length of 0', Uint8Array.of(0), 2],
    ['a message that is too long', Uint8Array.of(0x81, 0x80, 0x04), 4],
    ['an unknown type', stream(raw(0x90)), 2],
    ['a message of a sender', stream(raw(0x07, 0, 0)), 2],
    ['a body that is too short', stream(raw(0x83, 0)), 2],
    ['a body that is too long', stream(raw(0x83, 0, 0, 0)), 2],
    ['a second WELCOME', stream(welcome()), 3],
    ['up to beyond what was sent', stream(stored(2)), 3],
    ['delivered beyond what was sent', stream(delivered(2)), 3],
    ['more sensors known than there are', stream(known(2)), 3],
  ])('answers %s with ERROR and ends', (_what, bytes, code) => {
    const sender = new Sender('stream').open();
    sender.send(1);
    sender.left();
    sender.arriveBytes(bytes);
    expect(sender.events()).toEqual([failed(code)]);
    expect(sender.left()).toEqual([
      expect.stringMatching(code === 2 ? /^MALFORMED/ : code === 3 ? /^UNEXPECTED/ : /^TOO-LARGE/),
    ]);
    expect(sender.session.state).toBe('done');
  });

  it.each([
    ['a position beyond what was sent', welcome({ position: 6 })],
    ['a position below from', welcome({ position: 1 })],
    ['another version', welcome({ version: 2 })],
    ['something else', stored(0)],
  ])('answers a greeting with %s with ERROR 3', (_what, message) => {
    const sender = new Sender('stream').open();
    sender.send(5);
    sender.arrive(stored(2));
    sender.arrive(stored(5));
    sender.session.disconnected();
    sender.events();
    sender.connect();
    // Numbered, and not yet sent: nobody can know of it.
    sender.send(5);
    sender.arrive(message);
    expect(sender.events()).toEqual([failed(3)]);
  });

  it('refuses acknowledgements that go back', () => {
    const sender = new Sender('stream').open();
    sender.send(5);
    sender.arrive(stored(5), stored(4));
    expect(sender.events().at(-1)).toEqual(failed(3));
  });

  it('ends where the collector takes too few sensors or too short messages', () => {
    const crowded = new Sender('stream');
    crowded.session.announce(sensorInfo({ name: 'second' }));
    crowded.connect();
    crowded.arrive(welcome({ mostSensors: 1 }));
    expect(crowded.events().at(-1)).toEqual(failed(ERROR_CODE.limit));
    expect(crowded.left().at(-1)).toMatch(/^LIMIT/);

    const later = new Sender('stream');
    later.connect();
    later.arrive(welcome({ mostSensors: 1 }));
    later.session.announce(sensorInfo({ name: 'second' }));
    later.drain();
    expect(later.events().at(-1)).toEqual(failed(ERROR_CODE.limit));

    const short = new Sender('stream');
    short.connect();
    short.arrive(welcome({ mostMessageBytes: 1_000 }));
    expect(short.events()).toEqual([failed(ERROR_CODE.limit)]);
  });

  it('skips extensions', () => {
    const sender = new Sender('stream').open();
    sender.arrive(raw(0xc0, 1, 2, 3));
    expect([sender.events(), sender.session.state]).toEqual([[], 'open']);
  });

  it('refuses what it cannot send', () => {
    const sender = new Sender('stream');
    expect(() => sender.session.send(1, ints(1), sender.now)).toThrow(
      expect.objectContaining({ code: 'SW_BAD_SENSOR' }),
    );
    expect(() => sender.session.announce(sensorInfo({ name: '' }))).toThrow(
      expect.objectContaining({ code: 'SW_BAD_SENSOR' }),
    );
    for (let id = 1; id < 256; id++) sender.session.announce(sensorInfo({ name: `s${id}` }));
    expect(() => sender.session.announce(sensorInfo({ name: 'one more' }))).toThrow(/at most 256/);
    sender.finish();
    expect(() => sender.send(1)).toThrow(expect.objectContaining({ code: 'SW_CLOSED' }));
  });

  it.each([
    ['session', 'abc'],
    ['session', '0'.repeat(32)],
    ['source', ''],
    ['source', 'x'.repeat(129)],
    ['source', 'a\nb'],
  ] as const)('refuses the %s %j', (key, value) => {
    expect(() => new Sender('stream', { [key]: value })).toThrow(
      expect.objectContaining({ code: 'SW_USAGE' }),
    );
  });
});

describe('a sender over datagrams', () => {
  it('greets, announces until its sensors are known, sends once, and says goodbye', () => {
    const sender = new Sender('datagram');
    sender.send(2);
    sender.connect();
    expect(sender.left()).toEqual(['#0 | HELLO from 0']);
    sender.at(10);
    sender.arriveTagged(TAG, welcome());
    expect(sender.left('all')).toEqual(['#7 | CLOCK-REQUEST | SENSOR 0 tmp36']);
    sender.at(20);
    sender.arriveTagged(TAG, known(1));
    expect(sender.left()).toEqual(['#7 | READINGS of 0 0+2']);
    sender.at(30);
    sender.arriveTagged(TAG, stored(2));
    sender.finish();
    expect(sender.left()).toEqual(['#7 | BYE 2 dropped 0']);
    sender.arriveTagged(TAG, stored(2));
    expect(sender.events().map(event => event.type)).toEqual(['open', 'stored', 'done']);
  });

  it('repeats HELLO after 0.25, 0.5, 1, 2, 4, 8 and then every 10 s', () => {
    const sender = new Sender('datagram');
    sender.connect();
    sender.left();
    sender.at(36_000);
    const waits = [250, 750, 1_750, 3_750, 7_750, 15_750, 25_750, 35_750];
    expect(sender.left()).toEqual(waits.map(ms => `${ms} ms: #0 | HELLO from 0`));
    expect(sender.events()).toEqual([]);
  });

  it('repeats SENSOR every 250 ms, from the first that is not known on', () => {
    const sender = new Sender('datagram');
    sender.session.announce(sensorInfo({ name: 'b' }));
    sender.connect();
    sender.left();
    sender.arriveTagged(TAG, welcome());
    expect(sender.left('all')).toEqual(['#7 | CLOCK-REQUEST | SENSOR 0 tmp36 | SENSOR 1 b']);
    sender.at(250);
    sender.arriveTagged(TAG, known(1));
    sender.at(700);
    sender.arriveTagged(TAG, known(2));
    sender.at(2_000);
    expect(sender.left()).toEqual(['250 ms: #7 | SENSOR 0 tmp36 | SENSOR 1 b', '500 ms: #7 | SENSOR 1 b']);
  });

  it('repeats BYE every 250 ms, 8 times in all, then greets again', () => {
    const sender = new Sender('datagram').open();
    sender.finish();
    expect(sender.left()).toEqual(['#7 | BYE 0 dropped 0']);
    sender.at(2_000);
    // One goes together with a clock request.
    const said = sender.left('all').map(message => message.replace('CLOCK-REQUEST | BYE', 'BYE'));
    expect(said.filter(message => !message.endsWith('CLOCK-REQUEST'))).toEqual([
      ...[250, 500, 750, 1_000, 1_250, 1_500, 1_750].map(ms => `${ms} ms: #7 | BYE 0 dropped 0`),
      '2000 ms: #0 | HELLO from 0',
    ]);
    expect(sender.events()).toEqual([expect.objectContaining({ type: 'retry' })]);
    sender.arriveTagged(8, welcome({ tag: 8 }));
    expect(sender.left('all')).toEqual(['#8 | CLOCK-REQUEST | SENSOR 0 tmp36 | BYE 0 dropped 0']);
    sender.arriveTagged(8, stored(0));
    expect(sender.session.state).toBe('done');
  });

  it('greets again after 3 s in which an answer to readings did not come', () => {
    const sender = new Sender('datagram').open();
    sender.at(20_000);
    expect(sender.events()).toEqual([]);
    sender.send(5);
    sender.at(21_000);
    sender.send(5);
    sender.left();
    sender.at(23_000);
    expect(sender.left()).toEqual(['23000 ms: #0 | HELLO from 10']);
    expect(sender.events()).toEqual([{ type: 'retry', reason: 'the collector has said nothing for 3 s' }]);
    expect(sender.session.buffered).toBe(0);
  });

  it('keeps counting with the collector that it knows, and learns late what was stored', () => {
    const sender = new Sender('datagram').open();
    sender.send(10);
    sender.at(3_000);
    sender.left();
    // The same tag: it is the same count, and its position is what it received.
    sender.arriveTagged(TAG, welcome({ position: 10, missing: 2 }), stored(6));
    expect([sender.session.delivered, sender.session.stored]).toEqual([8, 6]);
    sender.arriveTagged(TAG, stored(10, 2));
    expect(sender.session.stored).toBe(8);
  });

  it('begins a new count with another collector', () => {
    const sender = new Sender('datagram').open();
    sender.send(10);
    sender.arriveTagged(TAG, stored(10, 1));
    sender.arriveTagged(0, error(ERROR_CODE.unknownSession));
    expect(sender.left().at(-1)).toBe('#0 | HELLO from 10');
    sender.arriveTagged(9, welcome({ tag: 9, position: 10, missing: 10 }));
    sender.arriveTagged(9, known(1));
    sender.send(5);
    sender.arriveTagged(9, stored(15, 11));
    expect(sender.session.stored).toBe(13);
  });

  it('takes a WELCOME to an earlier HELLO, from before its buffer ran over', () => {
    const sender = new Sender('datagram', { bufferReadings: 5 });
    sender.send(5);
    sender.connect();
    sender.send(5);
    sender.at(250);
    expect(sender.left()).toEqual(['#0 | HELLO from 0', '250 ms: #0 | HELLO from 5']);
    sender.arriveTagged(TAG, welcome({ position: 0 }));
    sender.arriveTagged(TAG, known(1));
    sender.arriveTagged(TAG, stored(10, 5));
    expect([sender.session.state, sender.session.stored]).toEqual(['open', 5]);
  });

  it('ignores datagrams that come late: with another tag, with none, and old acknowledgements', () => {
    const sender = new Sender('datagram').open();
    sender.send(10);
    sender.arriveTagged(TAG, stored(10, 1));
    sender.arriveTagged(TAG, stored(10, 2));
    sender.arriveTagged(TAG, stored(5));
    sender.arriveTagged(TAG + 1, stored(10));
    sender.arriveTagged(0, stored(10));
    sender.arriveTagged(TAG, welcome());
    sender.arriveBytes(Uint8Array.of(1, 2, 3, 4, 5, 6));
    sender.arriveBytes(datagram(TAG, stored(10)).subarray(0, 6));
    expect([sender.session.stored, sender.session.state]).toEqual([9, 'open']);
    // While it greets, what was said before is old as well.
    sender.arriveTagged(0, error(ERROR_CODE.unknownSession));
    sender.arriveTagged(TAG, stored(10), delivered(10));
    sender.arriveTagged(0, error(ERROR_CODE.unknownSession));
    expect(sender.session.state).toBe('greeting');
    expect(sender.left().at(-1)).toBe('#0 | HELLO from 10');
  });

  it.each(['limit', 'storeFailed', 'shuttingDown', 'timeout'] as const)(
    'greets again after ERROR %s, and waits longer each time',
    name => {
      const sender = new Sender('datagram').open();
      sender.arriveTagged(TAG, error(ERROR_CODE[name], 'why'));
      expect(sender.left()).toEqual(['#0 | HELLO from 0']);
      sender.arriveTagged(8, error(ERROR_CODE[name], 'why'));
      expect(sender.left()).toEqual([]);
      expect(sender.events().map(event => event.type)).toEqual(['retry', 'retry']);
      sender.at(750);
      expect(sender.left()).toEqual(['250 ms: #0 | HELLO from 0', '750 ms: #0 | HELLO from 0']);
    },
  );

  it('ends with ERROR under its own tag where the collector breaks the protocol', () => {
    const sender = new Sender('datagram').open();
    sender.arriveTagged(TAG, raw(0x90));
    expect(sender.left()).toEqual([expect.stringMatching(/^#7 \| MALFORMED/)]);
    expect(sender.events()).toEqual([failed(2)]);
  });

  it('fills datagrams up to 1,200 bytes and makes none above', () => {
    const sender = new Sender('datagram');
    const id = sender.session.announce(sensorInfo({ name: 'note', type: 'bytes' }));
    sender.connect();
    sender.arriveTagged(TAG, welcome());
    sender.arriveTagged(TAG, known(2));
    fc.assert(
      fc.property(fc.array(fc.nat(1_300), { minLength: 1, maxLength: 6 }), sizes => {
        const values = sizes.map(size => new Uint8Array(size));
        const before = sender.session.dropped.tooLarge;
        sender.session.send(id, { times: new Float64Array(sizes.length).fill(WALL), values }, sender.now);
        let bytes = 0;
        for (;;) {
          const sent = sender.machine.pollTransmit(sender.now);
          if (sent === undefined) break;
          expect(sent.length).toBeLessThanOrEqual(1_200);
          bytes += sent.length;
        }
        const fitting = sizes.filter(size => size <= 1_175).reduce((sum, size) => sum + size, 0);
        expect(bytes).toBeGreaterThanOrEqual(fitting);
        expect(sender.session.dropped.tooLarge - before).toBeLessThanOrEqual(
          sizes.filter(size => size > 1_175).length,
        );
        expect(sender.session.dropped.tooLarge - before).toBeGreaterThanOrEqual(
          sizes.filter(size => size > 1_194).length,
        );
      }),
    );
  });

  it('lets datagrams under way go first when its buffer is full, and does not count them', () => {
    const sender = new Sender('datagram', { bufferReadings: 10 }).open();
    sender.send(10);
    sender.send(6);
    expect([sender.session.dropped.full, sender.session.buffered]).toEqual([0, 6]);
  });
});

describe('a sender, whatever comes', () => {
  it.each(['stream', 'datagram'] as const)('never throws and never hangs (%s)', form => {
    const good: readonly Message[] = [
      welcome(),
      stored(3),
      delivered(3),
      known(1),
      error(ERROR_CODE.limit),
      error(ERROR_CODE.unknownSession),
      body => writeClockReply(body, { sentUs: WALL, arrivedUs: WALL, answeredUs: WALL }),
      body => writeCommand(body, { command: 1, action: COMMAND_ACTION.pause, sensor: undefined, rateHz: 0 }),
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
      fc.constantFrom('wait', 'connect', 'send'),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), steps => {
        const sender = new Sender(form).open();
        let ms = 0;
        for (const next of steps) {
          if (next === 'wait') {
            ms += 700;
            sender.at(ms);
          } else if (next === 'send') sender.send(3);
          else if (next !== 'connect') sender.arriveBytes(next as Uint8Array);
          else if (sender.session.state === 'away') sender.connect();
          expect(sender.session.stored).toBeLessThanOrEqual(sender.session.readings);
        }
      }),
      { numRuns: 500 },
    );
  });
});
