import { describe, expect, test } from 'vitest';
import { FLAGS } from '../testing/conversation-frames.ts';
import { bytesOf } from '../testing/frames.ts';
import { CaptureFrames } from '../testing/packets-capture.ts';
import { explainTcp } from './explain-tcp.ts';
import type { TcpReport } from './model.ts';

/** MSS 1,460, SACK permitted, timestamps, window scale 7. */
const SYN_OPTIONS = bytesOf('020405b4 0402 080a 00000001 00000000 01 030307');
/** MSS 1,000 alone. */
const SHORT_OPTIONS = bytesOf('020403e8');

function linesOf(report: TcpReport, title: string): string {
  return explainTcp(report)
    .filter(part => part.title === title)
    .flatMap(({ lines }) => lines)
    .join(' ');
}

/** A whole conversation: handshake with options, a request, an answer, both FINs. */
function conversation(): CaptureFrames {
  const talk = new CaptureFrames();
  talk.stepUs = 100;
  talk.tcp(0, '', { flags: FLAGS.syn, options: SYN_OPTIONS });
  talk.tcp(1, '', { flags: FLAGS.syn | FLAGS.ack, options: SYN_OPTIONS });
  talk.tcp(0, '');
  talk.tcp(0, 'hello');
  talk.tcp(1, '');
  talk.wait(5_000);
  talk.tcp(1, 'HELLO!');
  talk.tcp(0, '');
  talk.close();
  return talk;
}

describe('a whole conversation', () => {
  const report = conversation().finish().tcp(0);

  test('handshake with its three frames and times', () => {
    expect(report.handshake).toEqual({
      state: 'complete',
      syn: { frame: 1, timeNs: 0 },
      synAck: { frame: 2, timeNs: 100_000 },
      ack: { frame: 3, timeNs: 200_000 },
      repeated: 0,
      totalNs: 200_000,
      serverNs: 100_000,
      clientNs: 100_000,
      clientSequence: 1_000,
      serverSequence: 5_000,
      isEcn: false,
    });
    expect(report).toMatchObject({
      client: { address: '10.0.0.1', port: 40_000 },
      server: { address: '10.0.0.2', port: 50_007 },
      clientIs: 'syn',
      packets: 10,
      firstFrame: 1,
      lastFrame: 10,
      durationNs: 5_900_000,
    });
  });

  test('options that were offered and taken', () => {
    expect(
      report.options.map(({ name, outcome, client, server }) => [name, outcome, client, server]),
    ).toEqual([
      ['mss', 'each', 1_460, 1_460],
      ['window-scale', 'taken', 7, 7],
      ['sack', 'taken', null, null],
      ['timestamps', 'taken', null, null],
    ]);
  });

  test('counters of both sides', () => {
    const [client, server] = report.sides;
    expect(client).toMatchObject({
      packets: 6,
      dataPackets: 1,
      payloadBytes: 5,
      newBytes: 5,
      repeatedBytes: 0,
      pureAcks: 3,
      pushes: 1,
      largestPayload: 5,
    });
    expect(server).toMatchObject({ packets: 4, dataPackets: 1, newBytes: 6, pureAcks: 1, pushes: 1 });
    expect(client.rtt).toMatchObject({ count: 3, minNs: 100_000, maxNs: 100_000 });
    expect(client.window).toMatchObject({ largest: 4_096 * 128, isScaleKnown: true, peakInFlight: 5 });
  });

  test('a request and its answer', () => {
    expect(report.phases).toHaveLength(1);
    expect(report.phases[0]).toMatchObject({
      kind: 'exchange',
      from: 'client',
      count: 1,
      answers: 1,
      size: { min: 5, p50: 5, max: 5 },
      answerSize: { min: 6, p50: 6, max: 6 },
      answerNs: { p50Ns: 5_200_000 },
      firstFrame: 4,
      lastFrame: 6,
    });
  });

  test('who closed, and that nothing is missing', () => {
    expect(report.close).toEqual({
      state: 'closed',
      by: 'client',
      clientFin: 8,
      serverFin: 9,
      reset: null,
      resetBy: null,
      lastAck: 10,
      timeNs: 5_700_000,
      durationNs: 200_000,
      bytesAfterFin: 0,
    });
    expect(report.missing).toEqual({
      handshake: false,
      end: false,
      gaps: [0, 0],
      gapBytes: [0, 0],
      ackedUnseen: 0,
      cutFrames: 0,
      cutBytes: 0,
      oneWay: false,
    });
    expect(report.events).toEqual([]);
    expect(linesOf(report, 'missing')).toContain('nothing');
    expect(linesOf(report, 'events')).toContain('none');
  });

  test('the ladder says what each frame is for', () => {
    expect(report.ladder.map(({ frame, flags, note }) => `${frame} ${flags.join(' ')}: ${note}`)).toEqual([
      '1 SYN: may we talk? My bytes count from 1000',
      '2 SYN ACK: yes; mine count from 5000',
      '3 ACK: good: now both know that both hear',
      '4 PSH ACK: bytes 1 to 5; PSH: that is all for now, hand it over',
      '5 ACK: has everything up to byte 5 (frame 4), 100 µs later',
      '6 PSH ACK: bytes 1 to 6; PSH: that is all for now, hand it over',
      '7 ACK: has everything up to byte 6 (frame 6), 100 µs later',
      '8 FIN ACK: FIN: I have sent everything',
      '9 FIN ACK: FIN: I have sent everything, too',
      '10 ACK: has the FIN (frame 9), 100 µs later: closed',
    ]);
    expect(report.ladder[3]?.preview).toBe('“hello”');
  });
});

describe('connections that do not come about', () => {
  test('nobody listens', () => {
    const talk = new CaptureFrames();
    talk.tcp(0, '', { flags: FLAGS.syn, options: SYN_OPTIONS });
    talk.tcp(1, '', { flags: FLAGS.rst | FLAGS.ack, options: new Uint8Array(0) });
    const report = talk.finish().tcp(0);
    expect(report.handshake.state).toBe('refused');
    expect(report.close).toMatchObject({ state: 'refused', reset: 2, resetBy: 'server' });
    expect(report.ladder[1]?.note).toBe('no: nobody listens on that port');
    expect(linesOf(report, 'opened')).toContain('nobody listens on port 50007');
  });

  test('nobody answers, though the SYN is sent again', () => {
    const talk = new CaptureFrames();
    talk.tcp(0, '', { flags: FLAGS.syn, options: SYN_OPTIONS });
    talk.wait(1_000_000);
    talk.tcp(0, '', { flags: FLAGS.syn, options: SYN_OPTIONS, sequence: 1_000 });
    const report = talk.finish().tcp(0);
    expect(report.handshake).toMatchObject({ state: 'unanswered', repeated: 1 });
    expect(report.missing).toMatchObject({ end: false, oneWay: false });
    expect(linesOf(report, 'opened')).toContain('nobody answers the SYN');
  });
});

test('an option that only the client offers is refused', () => {
  const talk = new CaptureFrames();
  talk.tcp(0, '', { flags: FLAGS.syn, options: SYN_OPTIONS });
  talk.tcp(1, '', { flags: FLAGS.syn | FLAGS.ack, options: SHORT_OPTIONS });
  talk.tcp(0, '');
  const { options } = talk.finish().tcp(0);
  expect(options.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['mss', 'each'],
    ['window-scale', 'refused'],
    ['sack', 'refused'],
    ['timestamps', 'refused'],
  ]);
});

test('a lost segment, its duplicate ACKs, and the retransmission that closes the gap', () => {
  const talk = new CaptureFrames();
  talk.stepUs = 1_000;
  talk.open();
  talk.tcp(0, 'a'.repeat(100));
  talk.tcp(1, '');
  // Bytes 101 to 200 are lost before the capture.
  talk.tcp(0, 'c'.repeat(100), { sequence: 1_201 });
  for (let count = 0; count < 3; count++) talk.tcp(1, '', { acknowledgment: 1_101 });
  talk.tcp(0, 'b'.repeat(100), { sequence: 1_101 });
  talk.tcp(1, '', { acknowledgment: 1_301 });
  const report = talk.finish().tcp(0);
  expect(report.eventCounts.map(({ kind, client, server }) => [kind, client, server])).toEqual([
    ['retransmission', 1, 0],
    ['fastRetransmission', 1, 0],
    ['duplicateAck', 0, 3],
    ['lostSegment', 1, 0],
  ]);
  // What closes a gap is new here, however often it was sent.
  expect(report.sides[0]).toMatchObject({ newBytes: 300, repeatedBytes: 0, retransmissions: 1 });
  expect(report.missing.gaps).toEqual([0, 0]);
  const fast = report.events.find(({ kinds }) => kinds.includes('fastRetransmission'));
  expect(fast).toMatchObject({ frame: 10, from: 'client', kinds: ['fastRetransmission'] });
  expect(fast?.reason).toContain('3 duplicate ACKs');
});

test('a gap that is never closed is missing', () => {
  const talk = new CaptureFrames();
  talk.open();
  talk.tcp(0, 'a'.repeat(100));
  talk.tcp(0, 'c'.repeat(100), { sequence: 1_301 });
  talk.tcp(1, '', { acknowledgment: 1_401 });
  const { missing, sides } = talk.finish().tcp(0);
  expect(missing).toMatchObject({ gaps: [1, 0], gapBytes: [200, 0], ackedUnseen: 1, end: true });
  expect(sides[0].newBytes).toBe(200);
});

test('bytes that go twice count once', () => {
  const talk = new CaptureFrames();
  talk.open();
  talk.tcp(0, 'a'.repeat(100));
  talk.wait(300_000);
  talk.tcp(0, 'a'.repeat(100), { sequence: 1_001 });
  const report = talk.finish().tcp(0);
  expect(report.sides[0]).toMatchObject({ payloadBytes: 200, newBytes: 100, repeatedBytes: 100 });
  expect(linesOf(report, 'events')).toContain('50 % of the payload went twice');
});

test('a closed window, and how long it was', () => {
  const talk = new CaptureFrames();
  talk.stepUs = 1_000;
  talk.open();
  talk.tcp(0, 'a'.repeat(1_000));
  talk.tcp(1, '', { window: 0 });
  talk.wait(500_000);
  talk.tcp(1, '', { window: 4_096 });
  const { sides } = talk.finish().tcp(0);
  expect(sides[1].window).toMatchObject({ zeroWindows: 1, zeroNs: 501_000_000, updates: 1, smallest: 0 });
  expect(sides[0].window.limitedBy).toBe('window');
});

test('a window that is closed after the FIN of the peer holds nobody back', () => {
  const talk = new CaptureFrames();
  talk.open();
  talk.tcp(0, 'a'.repeat(1_000));
  talk.tcp(1, '');
  talk.tcp(0, '', { flags: FLAGS.fin | FLAGS.ack });
  talk.tcp(1, '', { window: 0 });
  const report = talk.finish().tcp(0);
  expect(report.sides[1].window.zeroWindows).toBe(1);
  expect(report.sides[0].window.limitedBy).toBeNull();
  expect(report.ladder.at(-1)?.note).toBe('has the FIN; the window is 0, since nothing more is to come');
  expect(linesOf(report, 'events')).toContain('nobody is held back');
});

test('a duplicate ACK says that something is missing only where more was sent', () => {
  const talk = new CaptureFrames();
  talk.stepUs = 10_000;
  talk.open();
  talk.tcp(0, 'a'.repeat(100));
  talk.tcp(1, '');
  talk.tcp(0, 'a'.repeat(100), { sequence: 1_001 });
  talk.tcp(1, '');
  talk.tcp(0, 'c'.repeat(100), { sequence: 1_201 });
  talk.tcp(1, '', { acknowledgment: 1_101 });
  const { ladder } = talk.finish().tcp(0);
  expect(ladder.slice(5).map(({ note }) => note)).toEqual([
    'sent again, though it had arrived',
    'the same ACK again: what came was here already',
    expect.stringMatching(/^bytes 201 to 300, after a gap/),
    'the same ACK again: something before is missing here',
  ]);
});

test('a frame that the capture saw twice is told as that', () => {
  const talk = new CaptureFrames();
  talk.stepUs = 10;
  talk.open();
  talk.tcp(0, 'hello');
  talk.raw(talk.frames.at(-1) ?? new Uint8Array(0));
  expect(talk.finish().tcp(0).ladder.at(-1)?.note).toBe(
    'the frame before once more: the capture saw it twice',
  );
});

test('an ACK of bytes before the first one of the capture, and data in a SYN', () => {
  const late = new CaptureFrames();
  late.tcp(0, 'x'.repeat(100), { sequence: 60_000 });
  late.tcp(1, '', { acknowledgment: 50_000 });
  expect(late.finish().tcp(0).ladder[1]?.note).toBe('has everything but the last 10,000 B before byte 1');
  const fast = new CaptureFrames();
  fast.tcp(0, 'hello', { flags: FLAGS.syn });
  expect(fast.finish().tcp(0).ladder[0]?.note).toBe(
    'may we talk? My bytes count from 1000; with 5 B of data at once',
  );
});

test('bulk in pieces of different sizes: all its bytes', () => {
  const talk = new CaptureFrames();
  talk.stepUs = 1_000;
  talk.open();
  for (const size of [10, 10, 10, 40_000, 60_000]) {
    talk.tcp(0, 'x'.repeat(size));
    talk.tcp(1, '');
  }
  const report = talk.finish().tcp(0);
  expect(report.phases[0]).toMatchObject({ kind: 'bulk', ownBytes: 100_030 });
  expect(linesOf(report, 'data')).toContain('97.7 KiB in 5 pieces');
});

test('what ICMP says of its packets is counted, with the first frames', () => {
  const talk = new CaptureFrames();
  talk.open();
  talk.tcp(0, 'x'.repeat(1_000));
  const sent = talk.frames.at(-1) ?? new Uint8Array(0);
  const quoted = sent.slice(14, 14 + 40);
  // A router says that the packet is too large, and may not be fragmented.
  talk.raw(
    bytesOf(
      '020000000001 020000000003 0800 4500 0044 0001 0000 40 01 0000 0a000009 0a000001 0304 0000 00000200',
      quoted,
    ),
  );
  const report = talk.finish().tcp(0);
  expect(report).toMatchObject({ icmpErrors: 1, icmpFrames: [5], packets: 4 });
  expect(linesOf(report, 'ICMP')).toContain('1 error about its packets (5)');
});

test('half-close: the other direction goes on', () => {
  const talk = new CaptureFrames();
  talk.open();
  talk.tcp(0, '', { flags: FLAGS.fin | FLAGS.ack });
  talk.tcp(1, 'still here');
  talk.tcp(1, '', { flags: FLAGS.fin | FLAGS.ack });
  talk.tcp(0, '');
  expect(talk.finish().tcp(0).close).toMatchObject({
    state: 'closed',
    by: 'client',
    bytesAfterFin: 10,
    lastAck: 7,
  });
});

test('a reset ends it at once', () => {
  const talk = new CaptureFrames();
  talk.open();
  talk.tcp(0, 'hello');
  talk.tcp(1, '', { flags: FLAGS.rst });
  const report = talk.finish().tcp(0);
  expect(report.close).toMatchObject({ state: 'reset', by: 'server', reset: 5, resetBy: 'server' });
  expect(linesOf(report, 'closed')).toContain('RST of the server');
});

describe('artefacts of the capture', () => {
  test('begun in the middle', () => {
    const talk = new CaptureFrames();
    talk.tcp(1, 'answer');
    talk.tcp(0, '');
    const analysis = talk.finish();
    const report = analysis.tcp(0);
    // Both ports are those of clients, so the first frame decides.
    expect(report).toMatchObject({ clientIs: 'first-frame', client: { port: 50_007 } });
    expect(report.artefacts.map(({ kind }) => kind)).toEqual(['mid-connection', 'checksum-offload']);
    expect(analysis.facts.artefacts.map(({ kind }) => kind)).toContain('mid-connection');
    expect(report.missing.handshake).toBe(true);
  });

  test('segments larger than the MSS', () => {
    const talk = new CaptureFrames();
    talk.tcp(0, '', { flags: FLAGS.syn, options: SYN_OPTIONS });
    talk.tcp(1, '', { flags: FLAGS.syn | FLAGS.ack, options: SHORT_OPTIONS });
    talk.tcp(0, '');
    talk.tcp(0, 'x'.repeat(1_001));
    const analysis = talk.finish();
    const [artefact] = analysis.tcp(0).artefacts;
    expect(artefact?.kind).toBe('segmentation-offload');
    expect(artefact?.text).toContain('1,001 B, though its peer takes 1,000 B');
    expect(analysis.facts.artefacts.map(({ kind }) => kind)).toContain('segmentation-offload');
  });

  test('frames cut by the snap length', () => {
    const talk = new CaptureFrames();
    talk.open();
    talk.tcp(0, 'x'.repeat(1_000), { captured: 96 });
    const analysis = talk.finish();
    expect(analysis.tcp(0).missing).toMatchObject({ cutFrames: 1, cutBytes: 1_000 - (96 - 14 - 20 - 32) });
    expect(analysis.facts.artefacts.find(({ kind }) => kind === 'snap-length')).toMatchObject({
      frames: 1,
      firstFrame: 4,
    });
  });

  test('each packet twice', () => {
    const talk = new CaptureFrames();
    talk.open();
    talk.tcp(0, 'hello');
    const once = talk.frames.slice();
    const twice = new CaptureFrames();
    twice.stepUs = 10;
    for (const frame of once) {
      twice.raw(frame);
      twice.raw(frame);
    }
    const found = twice.finish().facts.artefacts.find(({ kind }) => kind === 'duplicates');
    expect(found).toMatchObject({ frames: 4, firstFrame: 2 });
    expect(found?.text).toContain('50 %');
  });

  test('a clock that goes back, and frames without time', () => {
    const talk = new CaptureFrames();
    talk.open();
    talk.wait(-2_000_000);
    talk.tcp(0, 'hello');
    talk.isTimeless = true;
    talk.tcp(1, '');
    const { artefacts, durationNs } = talk.finish().facts;
    expect(artefacts.find(({ kind }) => kind === 'time-backwards')).toMatchObject({
      frames: 1,
      firstFrame: 4,
    });
    expect(artefacts.find(({ kind }) => kind === 'no-time')?.frames).toBe(1);
    expect(durationNs).toBe(1_999_000_000);
  });
});
