/**
 * The Wireshark dissector and packets that are damaged, cut, or of somebody else.
 */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes/hex.ts';
import { ByteWriter } from '../../src/bytes/writer.ts';
import { FormatError, RemoteProtocolError } from '../../src/errors/errors.ts';
import { FrameReader } from '../../src/rudp/frame-reader.ts';
import { isLong, readLongPacket } from '../../src/rudp/long-packets.ts';
import { datagram, raw, stream } from '../../src/testing/messages.ts';
import { CaptureFile, COLLECTOR, DissectorBench, SENDER } from './dissector-capture.ts';
import { CONVERSATIONS, type Conversation, converse } from './dissector-conversations.ts';
import { expectFrames, KnownSession } from './dissector-expect-telemetry.ts';
import {
  COLLECTOR_MESSAGES,
  EPOCH,
  hello,
  SEED,
  SENSORS,
  senderMessages,
  someBatches,
} from './dissector-messages.ts';
import { endPrograms } from './programs.ts';

let bench: DissectorBench;
beforeAll(() => {
  bench = new DissectorBench();
});
afterEach(endPrograms);
afterAll(() => bench.remove());

describe('damage', () => {
  /** Of some bytes: bits turned, cut, made longer, made of others. */
  const damaged = (from: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
    fc
      .record({
        bytes: fc.constantFrom(...from),
        places: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        keep: fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
        more: fc.oneof(
          { weight: 3, arbitrary: fc.constant(new Uint8Array()) },
          fc.uint8Array({ maxLength: 20 }),
        ),
      })
      .map(({ bytes, places, keep, more }) => {
        const changed = bytes.slice(0, Math.max(1, Math.round(bytes.length * keep)));
        for (const [place, value] of places) changed[place % changed.length] = value;
        return Uint8Array.of(...changed, ...more);
      });
  const port = (protocol: string): string[] => ['-d', `udp.port==${COLLECTOR.port},${protocol}`];

  it('of reliable UDP is named where our decoder finds it, and nowhere else', async () => {
    const valid = Object.values(CONVERSATIONS).flatMap(each => converse(SEED, each).datagrams.slice(0, 120));
    const small = valid.filter(bytes => bytes.length < 300);
    const noise = fc.uint8Array({ minLength: 1, maxLength: 60 });
    const cases = [
      ...fc.sample(damaged(small), { seed: SEED, numRuns: 4_000 }),
      ...fc.sample(damaged(valid), { seed: SEED, numRuns: 300 }),
      ...fc.sample(noise, { seed: SEED, numRuns: 1_000 }),
    ];
    const file = new CaptureFile();
    for (const [index, bytes] of cases.entries()) file.udp(EPOCH + index, SENDER, COLLECTOR, bytes);
    const got = await bench.fields(file, ['swrudp.malformed'], ...port('swrudp'));
    const told = cases.filter((_, index) => got[index]?.has('swrudp.malformed')).map(bytes => toHex(bytes));
    expect(told).toEqual(cases.filter(isNoPacket).map(bytes => toHex(bytes)));
    expect(told.length).toBeGreaterThan(1_000);
    expect(told.length).toBeLessThan(cases.length - 1_000);
    await bench.tshark(file, '-V', '-2', ...port('swrudp'));
    await bench.tshark(file, '-V');
  });

  it('of telemetry is named where our decoder finds it, and nowhere else', async () => {
    const messages = [...senderMessages(someBatches(8, 80)), ...COLLECTOR_MESSAGES];
    const bodies = messages.map(message => {
      const writer = new ByteWriter();
      message(writer);
      return writer.toBytes();
    });
    const cases = fc.sample(damaged(bodies), { seed: SEED, numRuns: 5_000 });
    const before = messages.slice(0, 1 + SENSORS.length).map(message => datagram(0x5c1d2e, message));
    const file = new CaptureFile();
    const session = new KnownSession();
    for (const bytes of before) {
      file.udp(EPOCH, SENDER, COLLECTOR, bytes);
      expectFrames(bytes, 4, session, new Map());
    }
    const wrong: string[] = [];
    for (const [index, bytes] of cases.entries()) {
      const frame = datagram(0x5c1d2e, raw(...bytes));
      file.udp(EPOCH + index, SENDER, COLLECTOR, frame);
      if (isMalformed(() => expectFrames(frame, 4, session, new Map()))) wrong.push(toHex(bytes));
    }
    const got = (await bench.fields(file, ['sensewire.malformed'], ...port('sensewire'))).slice(
      before.length,
    );
    expect(
      cases.filter((_, index) => got[index]?.has('sensewire.malformed')).map(bytes => toHex(bytes)),
    ).toEqual(wrong);
    expect(wrong.length).toBeGreaterThan(1_000);
    expect(wrong.length).toBeLessThan(cases.length - 1_000);
    await bench.tshark(file, '-V', '-2', ...port('sensewire'));
  });

  it('of frames and datagrams never fails in Lua', async () => {
    const valid = [
      stream(...senderMessages(someBatches(30, 10))),
      stream(...COLLECTOR_MESSAGES),
      datagram(0, hello),
      datagram(7, ...COLLECTOR_MESSAGES),
    ];
    const cases = fc.sample(damaged(valid), { seed: SEED, numRuns: 2_000 });
    const file = new CaptureFile();
    for (const [index, bytes] of cases.entries()) {
      const own = { ...SENDER, port: 1_024 + (index % 50) };
      if (index % 2 === 0) file.tcp(EPOCH + index, own, COLLECTOR, bytes);
      else file.udp(EPOCH + index, own, COLLECTOR, bytes);
    }
    await bench.tshark(file, '-V');
    await bench.tshark(file, '-V', '-2', ...port('sensewire'), '-d', `tcp.port==${COLLECTOR.port},sensewire`);
  });

  it('by the snapshot length is no damage', async () => {
    const file = new CaptureFile();
    const { datagrams } = converse(SEED, CONVERSATIONS['large messages'] as Conversation);
    const all = [datagram(0, hello), datagram(9, ...COLLECTOR_MESSAGES), ...datagrams.slice(0, 60)];
    for (const [index, bytes] of all.entries()) {
      const to = index < 2 ? COLLECTOR : { ...COLLECTOR, port: 50_011 };
      file.udp(EPOCH + index, SENDER, to, bytes, 28 + Math.max(5, Math.floor(bytes.length / 2)));
    }
    const names = ['sensewire.malformed', 'swrudp.malformed', 'sensewire.cut', 'swrudp.cut'];
    const got = await bench.fields(file, names, ...port('sensewire'), '-d', 'udp.port==50011,swrudp');
    expect(got.flatMap(shown => [...shown.keys()]).filter(name => name.endsWith('malformed'))).toEqual([]);
    expect(got.map(shown => shown.size)).toEqual(all.map(() => 1));
  });

  it('by the snapshot length hides nobody', async () => {
    const file = new CaptureFile();
    const { datagrams } = converse(SEED, CONVERSATIONS['large messages'] as Conversation);
    for (const [index, bytes] of datagrams.entries()) file.udp(EPOCH + index, SENDER, COLLECTOR, bytes, 68);
    const got = await bench.fields(file, ['swrudp.connection']);
    expect(got.filter(shown => shown.has('swrudp.connection'))).toHaveLength(datagrams.length);
  });
});

/** Whether our decoder refuses it. */
function isMalformed(read: () => void): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (error instanceof FormatError) return true;
    // A HELLO of other versions is well formed.
    if (error instanceof RemoteProtocolError) return false;
    throw error;
  }
}

function isNoPacket(bytes: Uint8Array): boolean {
  const reader = new FrameReader();
  if (!isLong(bytes) && !reader.openShort(bytes)) return true;
  return isMalformed(() => {
    if (isLong(bytes)) {
      const packet = readLongPacket(bytes);
      if (!('framesStart' in packet)) return;
      const source = packet.kind === 'init' ? 'numbered' : 'unnumbered';
      reader.openFrames(bytes, packet.framesStart, bytes.length, source);
    }
    while (reader.next());
  });
}
