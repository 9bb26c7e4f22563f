import { describe, expect, test } from 'vitest';
import { FrameWriter } from '../rudp/frame-writer.ts';
import { writeAccept, writeInit, writeReset, writeRetry } from '../rudp/long-packets.ts';
import { DEFAULT_PARAMETERS } from '../rudp/parameters.ts';
import { CaptureFrames } from '../testing/packets-capture.ts';
import { explainUdp } from './explain-udp.ts';
import { packetLine } from './frame-teller.ts';
import type { UdpReport } from './model.ts';

const CLIENT_ID = 0x0c11_0001;
const SERVER_ID = 0x5e4_0002;
const MOST_BYTES = 1_400;

/** Ranges of an ACK, the newest first. */
interface Ranges {
  readonly ranges: readonly (readonly [start: number, end: number])[];
  readonly delayUs?: number;
  readonly repaired?: number;
}

interface Contents {
  readonly number?: number;
  readonly asksNow?: boolean;
  readonly ack?: Ranges;
  readonly messages?: readonly (readonly [sequence: number, text: string])[];
  readonly repair?: number;
  readonly close?: number;
}

/** A conversation packet by packet. */
class Talk extends CaptureFrames {
  readonly #writer = new FrameWriter();

  constructor() {
    super();
    this.stepUs = 10_000;
  }

  init(hasCookie: boolean, contents: Contents = {}): void {
    const header = writeInit({
      clientId: CLIENT_ID,
      nonce: new Uint8Array(8),
      cookie: hasCookie ? new Uint8Array(20) : undefined,
      parameters: DEFAULT_PARAMETERS,
      packetNumber: contents.number,
    });
    this.#writer.beginLong(header, MOST_BYTES);
    this.#fill(0, contents);
  }

  retry(): void {
    this.udp(1, writeRetry({ clientId: CLIENT_ID, nonce: new Uint8Array(8), cookie: new Uint8Array(20) }));
  }

  accept(contents: Contents): void {
    const header = writeAccept({
      clientId: CLIENT_ID,
      serverId: SERVER_ID,
      resetToken: new Uint8Array(16),
      parameters: { ...DEFAULT_PARAMETERS, ackDelayMs: 25 },
    });
    this.#writer.beginLong(header, MOST_BYTES);
    this.#fill(1, contents);
  }

  override open(): void {
    this.init(false);
    this.retry();
    this.init(true, { number: 0, messages: [[0, 'hello']] });
    this.accept({ ack: { ranges: [[0, 0]] } });
  }

  say(from: 0 | 1, contents: Contents): void {
    const { number, asksNow = false } = contents;
    this.#writer.beginShort(from === 0 ? SERVER_ID : CLIENT_ID, asksNow, number, 2, MOST_BYTES);
    this.#fill(from, contents);
  }

  #fill(from: 0 | 1, { ack, messages = [], repair, close }: Contents): void {
    const writer = this.#writer;
    if (ack !== undefined) {
      const { ranges, delayUs = 0, repaired } = ack;
      const [newest] = ranges;
      const [start, end] = [0, 1].map(side => (index: number) => ranges[index]?.[side as 0 | 1] ?? 0);
      writer.ack(
        { largest: newest?.[1] ?? 0, count: ranges.length, start: start!, end: end! },
        delayUs,
        repaired,
      );
    }
    for (const [sequence, text] of messages) {
      const data = new TextEncoder().encode(text);
      writer.message({
        channel: 0,
        sequence,
        sequenceBytes: 2,
        chained: false,
        withLength: true,
        data,
        dataStart: 0,
        dataEnd: data.length,
      });
    }
    if (repair !== undefined) writer.repair(repair, true, new Uint8Array(10));
    if (close !== undefined) writer.close(close, '');
    this.udp(from, writer.finish());
  }
}

function reportOf(talk: CaptureFrames): UdpReport {
  return talk.finish().udp(0);
}

function stepsOf({ ladder }: UdpReport, from: number): string[] {
  return ladder
    .filter(({ frame }) => frame >= from)
    .map(({ frame, flags, note }) => `${frame} ${flags.join(' ')}: ${note}`);
}

function linesOf(report: UdpReport, title: string): string {
  return explainUdp(report)
    .filter(part => part.title === title)
    .flatMap(({ lines }) => lines)
    .join(' ');
}

describe('a whole connection', () => {
  const talk = new Talk();
  talk.open();
  talk.say(0, {
    number: 1,
    messages: [
      [1, 'one'],
      [2, 'two'],
    ],
    repair: 1,
  });
  talk.say(1, { number: 0, ack: { ranges: [[0, 1]], delayUs: 1_280 }, messages: [[0, 'ONE']] });
  talk.say(0, { ack: { ranges: [[0, 0]], delayUs: 640 } });
  talk.say(0, { close: 0 });
  talk.say(1, { close: 0 });
  const report = reportOf(talk);

  test('the ladder says what each packet is for', () => {
    expect(stepsOf(report, 1)).toEqual([
      '1 INIT: may we talk? I am 0x0c110001',
      '2 RETRY: come again with this cookie: it proves that you hear there; until then I keep nothing',
      '3 INIT MESSAGE: I do hear you: here is the cookie, and data at once; message 0',
      '4 ACCEPT ACK: yes; I am 0x05e40002; has packet 0 (frame 3) after 10 ms',
      '5 #1 MESSAGE REPAIR: messages 1 to 2; a repair symbol: if packet 0 is lost, it is computed from this',
      '6 #0 ACK MESSAGE: message 0; has packet 1 (frame 5) after 10 ms, 1.28 ms of it held back',
      '7 ACK: has packet 0 (frame 6) after 10 ms, 640 µs of it held back',
      '8 CLOSE: CLOSE, code 0: done',
      '9 CLOSE: CLOSE, code 0: done',
    ]);
    expect(report.ladder[5]?.preview).toBe('“ONE”');
  });

  test('the report has the same in numbers', () => {
    expect(report.clientIs).toBe('init');
    expect(report.rudp?.handshake).toEqual({
      state: 'complete',
      init: { frame: 1, timeNs: 0 },
      retry: { frame: 2, timeNs: 10_000_000 },
      cookie: { frame: 3, timeNs: 20_000_000 },
      accept: { frame: 4, timeNs: 30_000_000 },
      repeated: 0,
      totalNs: 30_000_000,
      clientId: CLIENT_ID,
      serverId: SERVER_ID,
      earlyMessages: 1,
    });
    expect(report.rudp?.close).toMatchObject({
      state: 'closed',
      by: 'client',
      clientClose: 8,
      serverClose: 9,
      code: 0,
    });
    const [client, server] = report.rudp?.sides ?? [];
    expect(client).toMatchObject({
      packets: 5,
      numbered: 2,
      messages: 3,
      messageBytes: 11,
      acks: 1,
      pureAcks: 1,
      repairs: 1,
      repairBytes: 11,
      lostAfter: 0,
      unacknowledged: 0,
    });
    expect(client?.rtt).toMatchObject({ count: 2, minNs: 8_720_000, maxNs: 10_000_000 });
    expect(server?.parameters?.ackDelayMs).toBe(25);
    expect(linesOf(report, 'opened')).toContain('in 30 ms');
    expect(linesOf(report, 'events')).toContain('none');
  });
});

describe('why a message goes again', () => {
  test('an ACK names later packets: the lost one is joined to its repair', () => {
    const talk = new Talk();
    talk.open();
    talk.say(0, { number: 1, messages: [[1, 'one']] });
    talk.say(0, { number: 2, messages: [[2, 'two']] });
    talk.say(1, {
      ack: {
        ranges: [
          [2, 2],
          [0, 0],
        ],
      },
    });
    talk.say(0, { number: 3, messages: [[1, 'one']] });
    talk.say(1, {
      ack: {
        ranges: [
          [2, 3],
          [0, 0],
        ],
      },
    });
    const report = reportOf(talk);
    expect(stepsOf(report, 5)).toEqual([
      '5 #1 MESSAGE: message 1; lost: frame 8 brings it again',
      '6 #2 MESSAGE: message 2',
      '7 ACK: has packet 2, but not 1 (frame 6) after 10 ms',
      '8 #3 MESSAGE: message 1 again: packet 1 (frame 5) is missing in the ACK of frame 7, which names later ones',
      '9 ACK: has packet 3 (frame 8) after 10 ms',
    ]);
    expect(report.ladder.map(({ isLost, repeats }) => [isLost, repeats]).slice(4, 8)).toEqual([
      [true, null],
      [false, null],
      [false, null],
      [false, 5],
    ]);
    expect(report.rudp?.sides[0]).toMatchObject({ sentAgain: 1, lostAfter: 1, messages: 3 });
    expect(report.rudp?.eventCounts.map(({ kind, count }) => [kind, count])).toEqual([
      ['retransmission', 1],
      ['gap', 1],
    ]);
    expect(linesOf(report, 'events')).toContain('1 packet that the capture has never arrived');
  });

  test('in the middle of many packets, too, the lost one is shown', () => {
    const talk = new Talk();
    talk.open();
    const say = (number: number, sequence: number): void =>
      talk.say(0, { number, messages: [[sequence, 'word']] });
    for (let number = 1; number <= 30; number++) say(number, number);
    talk.say(1, {
      ack: {
        ranges: [
          [21, 30],
          [0, 19],
        ],
      },
    });
    say(31, 20);
    for (let number = 32; number <= 60; number++) say(number, number - 1);
    const { ladder } = reportOf(talk);
    const middle = ladder.filter(({ isTrouble }) => isTrouble);
    expect(middle.map(({ frame, flags, isLost, repeats }) => [frame, flags[0], isLost, repeats])).toEqual([
      [24, '#20', true, null],
      [35, 'ACK', false, null],
      [36, '#31', false, 24],
    ]);
    expect(middle[0]?.note).toBe('message 20; lost: frame 36 brings it again');
    expect(ladder).toHaveLength(10 + 3 + 5);
  });

  test('nothing is heard', () => {
    const talk = new Talk();
    talk.open();
    talk.say(0, { number: 1, messages: [[1, 'one']] });
    talk.wait(100_000);
    talk.say(0, { number: 2, asksNow: true, messages: [[1, 'one']] });
    const report = reportOf(talk);
    expect(stepsOf(report, 6)).toEqual([
      '6 #2 A MESSAGE: message 1 again: no ACK has come for packet 1 (frame 5) nor any later one; A: acknowledge at once',
    ]);
    expect(report.rudp?.sides[0]).toMatchObject({ sentAgain: 1, lostAfter: 0, unacknowledged: 1 });
  });

  test('it had arrived', () => {
    const talk = new Talk();
    talk.open();
    talk.say(0, { number: 1, messages: [[1, 'one']] });
    talk.say(1, { ack: { ranges: [[0, 1]] } });
    talk.say(0, { number: 2, messages: [[1, 'one']] });
    const report = reportOf(talk);
    expect(report.rudp?.eventCounts.map(({ kind }) => kind)).toEqual(['spuriousRetransmission']);
    expect(report.ladder.at(-1)?.note).toContain('had arrived');
  });

  test('the handshake is not answered', () => {
    const talk = new Talk();
    talk.init(false);
    talk.retry();
    talk.init(true, { number: 0, messages: [[0, 'hello']] });
    talk.init(true, { number: 1, messages: [[0, 'hello']] });
    talk.accept({ ack: { ranges: [[1, 1]] } });
    const report = reportOf(talk);
    expect(report.rudp?.handshake.repeated).toBe(1);
    expect(report.rudp?.eventCounts.map(({ kind }) => kind)).toContain('repeatedHandshake');
    expect(report.rudp?.sides[0].messages).toBe(1);
  });
});

test('a lost packet that was recomputed: seen before the loss, and behind it', () => {
  const talk = new Talk();
  talk.open();
  // The capture has not seen packet 1, which the server has recomputed from what packet 2 brings.
  talk.say(0, { number: 2, messages: [[2, 'two']], repair: 2 });
  talk.say(1, { ack: { ranges: [[0, 2]], repaired: 1 } });
  const report = reportOf(talk);
  expect(report.rudp?.sides[0]).toMatchObject({ unseen: 1, lostBefore: 0, lostAfter: 0 });
  expect(report.rudp?.sides[1].recomputed).toBe(1);
  expect(report.ladder.at(-1)?.note).toContain('1 lost packet recomputed');
  expect(linesOf(report, 'repair')).toContain('1 lost packet recomputed from them by the server');
  expect(linesOf(report, 'missing')).toContain('1 packet of the client');
});

test('a packet that comes twice counts once', () => {
  const talk = new Talk();
  talk.open();
  for (let time = 0; time < 2; time++) talk.say(0, { number: 1, messages: [[1, 'one']] });
  const report = reportOf(talk);
  expect(report.rudp?.sides[0]).toMatchObject({ copies: 1, messages: 2, sentAgain: 0 });
  expect(report.ladder.at(-1)).toMatchObject({
    isTrouble: true,
    note: expect.stringContaining('came twice'),
  });
});

test('messages of another program can be read, and each packet is told in a line', () => {
  const talk = new Talk();
  talk.open();
  talk.say(0, { number: 1, messages: [[1, 'hello']] });
  talk.say(0, { close: 2 });
  talk.say(0, { close: 2 });
  const { analysis } = talk;
  const report = reportOf(talk);
  expect(report.safety?.level).toBe('readable');
  // Ethernet 14, IP 20, UDP 8, INIT's header, and the head of the message.
  expect(report.safety?.evidence[0]).toMatchObject({
    text: 'hello',
    places: [{ frame: 3, start: 83, end: 88 }],
  });
  const own = analysis.ownOfUdp(0);
  expect(packetLine(own, 5)).toEqual({ labels: '#1 MESSAGE', note: 'message 1  “hello”' });
  expect(packetLine(own, 6)?.note).toBe('CLOSE, code 2: ended by the application');
  expect(packetLine(own, 7)?.note).toContain('CLOSE once more');
  expect(packetLine(own, 99)).toBeUndefined();
});

test('RESET, and a datagram that is none of the protocol', () => {
  const talk = new Talk();
  talk.open();
  talk.udp(0, Uint8Array.of(0x07, 5, 0xe4, 0, 2));
  talk.udp(1, writeReset({ receiverId: CLIENT_ID, resetToken: new Uint8Array(16) }));
  const report = reportOf(talk);
  expect(report.rudp).toMatchObject({ damaged: 1, close: { state: 'reset', reset: 6 } });
  expect(linesOf(report, 'closed')).toContain('RESET (6)');
});

test('ports that are used again: both connections are counted, the handshake is the first one’s', () => {
  const talk = new Talk();
  talk.open();
  talk.say(0, { close: 0 });
  const other = writeInit({
    clientId: 0x0c11_0009,
    nonce: new Uint8Array(8),
    cookie: undefined,
    parameters: DEFAULT_PARAMETERS,
    packetNumber: undefined,
  });
  talk.udp(0, other);
  const report = reportOf(talk);
  expect(report.rudp).toMatchObject({ connections: 2, handshake: { state: 'complete', init: { frame: 1 } } });
});
