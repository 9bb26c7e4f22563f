/**
 * The Wireshark dissector in tshark: what it shows of our protocols is what our own decoders read, field by field.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeReset, writeVersionList } from '../../src/rudp/long-packets.ts';
import { datagram, type Message, stream } from '../../src/testing/messages.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { VirtualTime } from '../../src/testing/virtual-time.ts';
import { CaptureFile, COLLECTOR, DissectorBench, SENDER, type Shown } from './dissector-capture.ts';
import { compare, merged, RudpRecord, TELEMETRY_NAMES } from './dissector-compare.ts';
import { CONVERSATIONS, type Conversation, carry, converse, runMachines } from './dissector-conversations.ts';
import { expectDatagram, expectFrames, KnownSession, TaggedSessions } from './dissector-expect-telemetry.ts';
import { COLLECTOR_MESSAGES, EPOCH, hello, SEED, senderMessages, someBatches } from './dissector-messages.ts';
import { endPrograms } from './programs.ts';

let bench: DissectorBench;
beforeAll(() => {
  bench = new DissectorBench();
});
afterEach(endPrograms);
afterAll(() => bench.remove());

describe('telemetry over TCP', () => {
  /** Both directions in pieces of any size, and what each of them holds. */
  function conversation(seed: number, up: Uint8Array, down: Uint8Array): CaptureFile {
    const random = new SeededRandom(seed);
    const file = new CaptureFile();
    let [upAt, downAt] = [0, 0];
    for (let atUs = EPOCH; upAt < up.length || downAt < down.length; atUs += 100) {
      const goesUp = downAt === down.length || (upAt < up.length && random.chance(0.7));
      // The first piece shows that it is telemetry.
      const size = upAt === 0 ? 60 : random.pick([1, 3, 40, 700, 1_448]);
      if (goesUp || upAt === 0) {
        file.tcp(atUs, SENDER, COLLECTOR, up.subarray(upAt, upAt + size));
        upAt = Math.min(up.length, upAt + size);
      } else {
        file.tcp(atUs, COLLECTOR, SENDER, down.subarray(downAt, downAt + size));
        downAt = Math.min(down.length, downAt + size);
      }
    }
    return file;
  }

  it('shows every message of a stream that is cut anywhere', async () => {
    const up = stream(...senderMessages(someBatches(80, 120)));
    const down = stream(...COLLECTOR_MESSAGES);
    const file = conversation(SEED, up, down);
    for (const [bytes, port] of [
      [up, SENDER.port],
      [down, COLLECTOR.port],
    ] as const) {
      const expected: Shown = new Map();
      const session = new KnownSession();
      expect(expectFrames(bytes, 0, session, expected)).toBe(bytes.length);
      const got = await bench.fields(file, TELEMETRY_NAMES, '-Y', `tcp.srcport == ${port}`);
      compare(merged(got), expected, `from port ${port}`);
    }
  });

  it('shows what two machines say over streams that break', async () => {
    const file = new CaptureFile();
    const expected: Shown = new Map();
    const sessions: Map<number, KnownSession> = new Map();
    const time = new VirtualTime();
    runMachines('stream', time, (bytes, isUp, connection) => {
      const own = { ...SENDER, port: SENDER.port + connection };
      const session = sessions.get(connection) ?? new KnownSession();
      sessions.set(connection, session);
      const [from, to] = isUp ? [own, COLLECTOR] : [COLLECTOR, own];
      file.tcp(EPOCH + time.nowUs, from, to, bytes);
      if (isUp) expectFrames(bytes, 0, session, expected);
    });
    expect(sessions.size).toBeGreaterThan(2);
    const got = await bench.fields(file, TELEMETRY_NAMES, '-Y', `tcp.dstport == ${COLLECTOR.port}`);
    compare(merged(got), expected, 'up');
  });
});

describe('telemetry over UDP', () => {
  it('shows every message of every datagram', async () => {
    const file = new CaptureFile();
    const datagrams = [
      datagram(0, hello),
      ...senderMessages(someBatches(20, 120))
        .slice(1)
        .map(message => datagram(0x5c1d2e, message)),
      datagram(0x5c1d2e, ...COLLECTOR_MESSAGES),
    ];
    for (const [index, bytes] of datagrams.entries()) file.udp(EPOCH + index, SENDER, COLLECTOR, bytes);
    const sessions = new TaggedSessions();
    const got = await bench.fields(file, TELEMETRY_NAMES);
    expect(got).toHaveLength(datagrams.length);
    for (const [index, bytes] of datagrams.entries()) {
      const expected: Shown = new Map();
      expectDatagram(bytes, tag => sessions.of(tag), expected);
      compare(got[index] as Shown, expected, `datagram ${index}`);
    }
  });

  it('shows what two machines say over a path that loses', async () => {
    const file = new CaptureFile();
    const sessions = new TaggedSessions();
    const all: Shown[] = [];
    const time = new VirtualTime();
    runMachines('datagram', time, (bytes, isUp) => {
      const [from, to] = isUp ? [SENDER, COLLECTOR] : [COLLECTOR, SENDER];
      file.udp(EPOCH + time.nowUs, from, to, bytes);
      const expected: Shown = new Map();
      expectDatagram(bytes, tag => sessions.of(tag), expected);
      all.push(expected);
    });
    const got = await bench.fields(file, TELEMETRY_NAMES);
    expect(got).toHaveLength(all.length);
    for (const [index, expected] of all.entries())
      compare(got[index] as Shown, expected, `datagram ${index}`);
  });
});

describe('reliable UDP', () => {
  it.each(Object.entries(CONVERSATIONS))('shows every packet of %s', async (name, conversation) => {
    await converse(SEED, conversation).check(bench, name);
  });

  it('shows the telemetry that messages carry, also in fragments', async () => {
    const record = carry(senderMessages([...someBatches(50, 30), ...someBatches(1_000, 12)]));
    expect(record.watch.seen).toContain('fragment');
    await record.check(bench, 'carried');
  });

  it('shows what conversations seldom have, and together with them every packet and frame', async () => {
    const record = new RudpRecord();
    const [client, server] = ['client', 'server'];
    const seen = new Set(Object.values(CONVERSATIONS).flatMap(each => [...converse(SEED, each).watch.seen]));
    const nonce = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);
    const clientId = 0x01020304;
    const init = Uint8Array.of(0x80, 1, 2, 3, 4, 1, ...nonce, 0, 0);
    record.add(init, EPOCH, client, server);
    record.add(writeVersionList({ clientId, nonce, versions: [1, 9] }), EPOCH + 1_000, server, client);
    const resetToken = new Uint8Array(16).fill(9);
    record.add(writeReset({ receiverId: clientId, resetToken }), EPOCH + 2_000, server, client);
    record.add(Uint8Array.of(0x80, 9, 9, 9, 9, 7, ...nonce, 1, 2, 3), EPOCH + 3_000, client, server);
    record.add(init, EPOCH + 4_000, client, server);
    await record.check(bench, 'seldom');
    for (const name of record.watch.seen) seen.add(name);
    expect([...seen].sort()).toEqual(
      // biome-ignore format: packets, frames
      ['accept', 'ack', 'close', 'end', 'fragment', 'init', 'maxData', 'message', 'otherVersion', 'padding', 'pathChallenge', 'pathResponse', 'ping', 'repair', 'reset', 'retry', 'short', 'version'],
    );
  });

  it('names the frame of a packet that came before', async () => {
    const { datagrams } = converse(SEED, CONVERSATIONS['large messages'] as Conversation);
    const record = new RudpRecord();
    // The handshake, and numbered packets that the network doubles.
    for (const [index, bytes] of datagrams.slice(0, 12).entries())
      for (const again of [0, 1]) record.add(bytes, EPOCH + index * 1_000 + again, 'client', 'server');
    await record.check(bench, 'doubled');
  });
});

describe('docs/DISSECTOR.md', () => {
  it('shows filters that Wireshark takes', async () => {
    const document = readFileSync(new URL('../../docs/DISSECTOR.md', import.meta.url), 'utf8');
    const section = document.slice(document.indexOf('| filter |'), document.indexOf('## What it works out'));
    const filters = Array.from(section.matchAll(/^\| `([^`]+)` \|/gm), ([, filter = '']) =>
      filter.replaceAll('\\|', '|'),
    );
    expect(filters.length).toBeGreaterThan(5);
    const file = new CaptureFile();
    file.udp(EPOCH, SENDER, COLLECTOR, datagram(0, hello));
    expect(await bench.tshark(file, '-Y', filters.map(filter => `(${filter})`).join(' || '))).toBe('');
  });
});

describe('recognition', () => {
  it('leaves what others say alone', async () => {
    const file = new CaptureFile();
    const noise = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 80 }), { seed: SEED, numRuns: 3_000 });
    // RTP begins as INIT does.
    const rtp = noise.map(bytes => Uint8Array.of(0x80, ...bytes));
    for (const [index, bytes] of [...noise, ...rtp].entries()) {
      const own = { ...SENDER, port: 30_000 + index };
      if (index % 2 === 0) file.udp(EPOCH + index, own, COLLECTOR, bytes);
      else file.tcp(EPOCH + index, own, COLLECTOR, bytes);
    }
    expect(await bench.tshark(file, '-Y', 'sensewire || swrudp')).toBe('');
  });

  it('goes by ports where that is asked for', async () => {
    const file = new CaptureFile();
    file.udp(EPOCH, SENDER, COLLECTOR, Uint8Array.of(0x20, 1, 2, 3, 4, 9, 1));
    file.tcp(EPOCH, SENDER, { ...COLLECTOR, port: 50_011 }, stream(COLLECTOR_MESSAGES[1] as Message));
    file.udp(EPOCH, SENDER, { ...COLLECTOR, port: 50_012 }, Uint8Array.of(0xd1, 0, 0, 9));
    const ask = ['frame.number', 'swrudp.number', 'sensewire.type', 'sensewire.malformed'];
    const pairs = async (...args: string[]) =>
      (await bench.fields(file, ask, ...args)).map(shown => [...shown.keys()].slice(1));
    expect(await pairs()).toEqual([[], [], []]);
    const ports = [
      'swrudp.udp_ports:50010',
      'sensewire.tcp_ports:50000-50011',
      'sensewire.udp_ports:50012,50013',
    ];
    expect(await pairs(...ports.flatMap(port => ['-o', port]))).toEqual([
      ['swrudp.number'],
      ['sensewire.type'],
      ['sensewire.malformed'],
    ]);
  });
});
