import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConversationFrames, FLAGS } from '../testing/conversation-frames.ts';
import { bytesOf, ethernetFrame, ipv4Packet, udpDatagram } from '../testing/frames.ts';
import { COST_LAYERS, type CostCause, type CostSheet, overheadRatio, wireBytes } from './cost.ts';
import { CostLedger } from './cost-ledger.ts';
import { OwnProtocols } from './telemetry-decode-watch.ts';

/** Ethernet, IPv4, TCP with timestamps. */
const HEADERS = 14 + 20 + 32;

function ledgerOf(play: (frames: ConversationFrames) => void): CostLedger {
  const ledger = new CostLedger(new OwnProtocols());
  play(new ConversationFrames(ledger));
  return ledger;
}

function frames(sheet: CostSheet): Partial<Record<CostCause, number>> {
  return Object.fromEntries(sheet.causes.map(({ cause, frames: count }) => [cause, count]));
}

describe('a TCP conversation', () => {
  const ledger = ledgerOf(talk => {
    talk.open();
    talk.tcp(0, 'Hello, world');
    talk.tcp(1, '');
    talk.tcp(1, 'hi');
    talk.tcp(0, '');
    talk.close();
  });
  const sheet = ledger.ofTcp(0);

  test('bytes by layer', () => {
    expect(sheet.layers).toEqual({
      link: 10 * 14,
      padding: 0,
      network: 10 * 20,
      networkOptions: 0,
      transport: 10 * 20,
      transportOptions: 10 * 12,
      application: 0,
      payload: 14,
      other: 0,
    });
    expect(sheet.bytes).toBe(10 * HEADERS + 14);
  });

  test('frames by cause: the ACK of the SYN is handshake, that of the last FIN is close', () => {
    expect(frames(sheet)).toEqual({ data: 2, acknowledgement: 2, handshake: 3, close: 3 });
    expect(sheet.causes.find(({ cause }) => cause === 'data')?.bytes).toBe(2 * HEADERS + 14);
  });

  test('two messages, against the least', () => {
    expect(sheet.messages).toEqual({
      count: 2,
      bytesEach: sheet.bytes / 2,
      payloadEach: 7,
      boundEach: 54 + 7,
    });
    expect(sheet.bound).toEqual({ bytes: 2 * 54 + 14, headersEach: 54, payloadBytes: 14 });
    expect(overheadRatio(sheet)).toBeCloseTo(674 / 14, 9);
  });

  test('what is never in a capture: preamble, check sequence, gap', () => {
    expect(sheet.uncaptured).toEqual({
      isHypothetical: false,
      preambleBytes: 80,
      checkBytes: 40,
      gapBytes: 120,
      paddingBytes: 0,
      headerBytes: 0,
      oversizedFrames: 0,
    });
    expect(wireBytes(sheet)).toBe(sheet.bytes + 240);
  });

  test('the capture is the sum of its conversations', () => {
    expect(ledger.capture()).toEqual(sheet);
  });
});

test('payload that went before is paid again, and is not new', () => {
  const sheet = ledgerOf(talk => {
    talk.open();
    talk.tcp(0, 'abcd');
    talk.nanoseconds += 300_000_000;
    talk.tcp(0, 'abcd', { sequence: 1_001 });
    talk.tcp(1, '');
  }).ofTcp(0);
  expect(frames(sheet)).toMatchObject({ data: 1, retransmission: 1, acknowledgement: 1 });
  expect([sheet.layers.payload, sheet.newPayloadBytes, sheet.messages?.count]).toEqual([8, 4, 1]);
});

test('duplicate ACKs, keep-alives and their answers are told apart from acknowledgements', () => {
  const sheet = ledgerOf(talk => {
    talk.open();
    talk.tcp(0, 'abcd');
    talk.tcp(1, '');
    talk.tcp(0, 'lost', { sequence: 1_009 });
    talk.tcp(1, '', { acknowledgment: 1_005 });
    talk.tcp(0, 'abcd', { sequence: 1_005 });
    talk.tcp(1, '');
    talk.tcp(0, '', { sequence: 1_012 });
    talk.tcp(1, '');
  }).ofTcp(0);
  expect(frames(sheet)).toMatchObject({ duplicateAcknowledgement: 1, probe: 2 });
});

test('a reset is close, also where it says why', () => {
  const sheet = ledgerOf(talk => {
    talk.open();
    talk.tcp(1, 'no such service', { flags: FLAGS.rst | FLAGS.ack });
  }).ofTcp(0);
  expect(frames(sheet)).toEqual({ handshake: 3, close: 1 });
});

test('padding and short frames', () => {
  const sheet = ledgerOf(talk => {
    talk.udp(0, 'x');
    talk.udp(1, 'y', { padding: 17 });
  }).ofUdp(0);
  expect(sheet.layers).toMatchObject({ padding: 17, payload: 2, transport: 16 });
  // The first frame of 43 bytes was captured before it was filled up.
  expect(sheet.uncaptured.paddingBytes).toBe(17);
  expect(frames(sheet)).toEqual({ data: 2 });
});

test('a captured part of a frame costs what the whole one did', () => {
  const [whole, cut] = [undefined, 60].map(captured =>
    ledgerOf(talk => talk.udp(0, 'x'.repeat(500), captured === undefined ? {} : { captured })).ofUdp(0),
  );
  expect(cut).toEqual(whole);
});

test('frames that were on no cable: loopback, and link types without Ethernet', () => {
  const loopback = ledgerOf(talk => {
    talk.link = bytesOf('000000000000 000000000000 0800');
    talk.udp(0, 'x'.repeat(100));
  }).ofUdp(0);
  expect(loopback.uncaptured).toMatchObject({ isHypothetical: true, headerBytes: 0 });
  const cooked = ledgerOf(talk => {
    talk.linkType = 113;
    talk.link = bytesOf('0000 0001 0006 020000000001 0000 0800');
    talk.udp(0, 'x'.repeat(100));
  }).ofUdp(0);
  expect(cooked.layers.link).toBe(16);
  expect(cooked.uncaptured).toMatchObject({ isHypothetical: true, headerBytes: -2 });
  expect(wireBytes(cooked)).toBe(wireBytes(loopback));
});

test('fragments belong to the conversation that their last one tells', () => {
  const datagram = udpDatagram(new Uint8Array(3_000));
  const parts = [0, 1_480, 2_960].map((offset, index) =>
    ipv4Packet(17, datagram.subarray(offset, offset + 1_480), {
      identification: 7,
      fragment: (index < 2 ? 0x2000 : 0) | (offset / 8),
    }),
  );
  const ledger = ledgerOf(talk => {
    for (const part of parts) talk.raw(ethernetFrame(0x0800, part));
  });
  const sheet = ledger.ofUdp(0);
  expect(sheet.frames).toBe(3);
  expect(sheet.layers).toMatchObject({ link: 42, network: 60, transport: 8, payload: 3_000, other: 0 });
  expect(frames(sheet)).toEqual({ data: 3 });
  expect(ledger.capture()).toEqual(sheet);
});

test('what is neither TCP nor UDP is in the capture alone', () => {
  const ledger = ledgerOf(talk => {
    talk.udp(0, 'abc');
    talk.raw(ethernetFrame(0x0806, new Uint8Array(28)));
  });
  expect(frames(ledger.capture())).toEqual({ data: 1, other: 1 });
  expect(ledger.capture().layers.network).toBe(20 + 28);
});

test('sums beyond 32 bits', () => {
  const frame = bytesOf('020000000002 020000000001 88b5');
  const ledger = ledgerOf(talk => {
    for (let index = 0; index < 5; index++) talk.raw(frame, 2_000_000_000);
  });
  expect(ledger.capture().bytes).toBe(10_000_000_000);
  expect(ledger.capture().layers.other).toBe(10_000_000_000 - 70);
});

test('a sheet of nothing', () => {
  const sheet = ledgerOf(() => undefined).ofTcp(7);
  expect([sheet.frames, sheet.bytes, sheet.causes, sheet.messages]).toEqual([0, 0, [], undefined]);
  expect(overheadRatio(sheet)).toBe(Infinity);
});

test('every byte of any frame belongs to exactly one layer', () => {
  const frame = fc.record({
    bytes: fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated()),
    extra: fc.integer({ min: 0, max: 100 }),
    linkType: fc.constantFrom(0, 1, 12, 101, 113, 276),
  });
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 8 }), list => {
      let total = 0;
      const ledger = ledgerOf(talk => {
        for (const { bytes, extra, linkType } of list) {
          talk.linkType = linkType;
          talk.raw(bytes, bytes.length + extra);
          total += bytes.length + extra;
        }
      });
      const { layers, bytes, causes } = ledger.capture();
      const values = COST_LAYERS.map(layer => layers[layer]);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(values.reduce((sum, value) => sum + value, 0)).toBe(total);
      expect(bytes).toBe(total);
      expect(causes.reduce((sum, cause) => sum + cause.frames, 0)).toBe(list.length);
    }),
    { numRuns: 300 },
  );
});

/** A sound frame with some bytes changed. */
function mutated(): fc.Arbitrary<Uint8Array> {
  const sound = ethernetFrame(
    0x0800,
    ipv4Packet(17, udpDatagram(bytesOf('d1 000000 07 03 00 00 ecad02 00'))),
  );
  const change = fc.tuple(fc.nat(sound.length - 1), fc.nat(255));
  return fc.array(change, { maxLength: 4 }).map(changes => {
    const bytes = sound.slice();
    for (const [at, value] of changes) bytes[at] = value;
    return bytes;
  });
}
