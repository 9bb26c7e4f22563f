/**
 * `analyze --frame` and `analyze --stream` through the real command, on captures made here.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PcapEncoder } from '../src/pcap/pcap-encoder.ts';
import { sensorInfo } from '../src/readings/sensor-info.ts';
import { writeHello } from '../src/telemetry/messages/handshake.ts';
import { writeReading } from '../src/telemetry/messages/readings.ts';
import { writeSensor } from '../src/telemetry/messages/sensor.ts';
import { ConversationFrames } from '../src/testing/conversation-frames.ts';
import { stream } from '../src/testing/messages.ts';
import { BIN } from './cli-process.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-frame-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Writes what `play` says as a pcap file, and gives its path. */
function capture(name: string, play: (talk: ConversationFrames) => void): string {
  const talk = new ConversationFrames({ onFrame: () => undefined });
  play(talk);
  const encoder = new PcapEncoder();
  talk.frames.forEach((bytes, index) => {
    encoder.packet(1_800_000_000, 1_000_000 * index, bytes);
  });
  const path = join(folder, name);
  writeFileSync(path, encoder.take());
  return path;
}

function analyze(
  args: readonly string[],
  input?: Uint8Array,
): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'analyze', ...args], { input });
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}

const talkOf = (talk: ConversationFrames): void => {
  talk.open();
  talk.tcp(0, 'GET temperature\n');
  talk.tcp(1, '');
  talk.tcp(1, '21.4 °C\n');
  talk.udp(0, Uint8Array.of(1, 2, 255));
  talk.tcp(0, '\u001b[2Jbye');
  talk.close();
};

const SESSION = stream(
  body =>
    writeHello(body, {
      lowestVersion: 1,
      highestVersion: 1,
      session: 'ab'.repeat(16),
      epochUs: 0,
      from: 0,
      source: 'bench',
    }),
  body =>
    writeSensor(body, {
      id: 0,
      info: sensorInfo({ name: 'temperature', unit: '°C', type: 'int', scale: 0.1, offset: -50 }),
    }),
  body =>
    writeReading(
      body,
      { sensor: 0, type: 'int', number: 0, epochUs: 0 },
      { times: Float64Array.of(10), values: Float64Array.of(714) },
      0,
    ),
);

describe('--frame', () => {
  test('one frame in full, in a pipe without colours', () => {
    const path = capture('frame.pcap', talkOf);
    const { code, out, err } = analyze([path, '--frame', '6']);
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n').filter(line => /^\S/.test(line))).toEqual([
      'frame 6  75 bytes, Ethernet',
      'time       2027-01-15 08:00:00.005000000 UTC',
      'since      1 ms after the frame before, 5 ms after the first',
      'in         tcp:0 (--conversation explains it, --stream shows its bytes)',
      'Ethernet  02:00:00:00:00:01 → 02:00:00:00:00:02',
      'IPv4  10.0.0.2 → 10.0.0.1',
      'TCP  50007 → 40000, ACK PSH',
      'Payload  9 bytes, text',
      'TCP analysis',
      'Bytes',
      '0000  02 00 00 00 00 02 02 00  00 00 00 01 08 00 45 00  ........ ......E.',
      expect.stringMatching(/^0010 /),
      expect.stringMatching(/^0020 /),
      expect.stringMatching(/^0030 /),
      '0040  00 02 32 31 2e 34 20 c2  b0 43 0a                 ..21.4 . .C.',
    ]);
    expect(out).toMatch(/^ +66–73 {2}Text +21\.4 °C$/m);
  });

  test('as JSON, from standard input', () => {
    const path = capture('frame.pcap', talkOf);
    const { code, out } = analyze([path, '--frame', '7', '--json']);
    expect(code).toBe(0);
    const frame = JSON.parse(out) as Record<string, unknown>;
    expect(frame).toMatchObject({
      event: 'frame',
      frame: 7,
      length: 45,
      captured_length: 45,
      conversation: { protocol: 'udp', stream: 0 },
      sources: [{ title: 'the frame', hex: expect.stringMatching(/0102ff$/) }],
    });
    expect((frame['layers'] as { title: string }[]).map(({ title }) => title)).toEqual([
      'Ethernet',
      'IPv4',
      'UDP',
      'Payload',
    ]);
    const input = analyze(['-', '--frame', '7', '--json'], spawnSync('cat', [path]).stdout);
    expect(input.out).toBe(out);
  });

  test('what others have sent cannot rewrite the screen', () => {
    const path = capture('frame.pcap', talkOf);
    for (const args of [
      ['--frame', '8'],
      ['--stream', '0'],
    ])
      expect(analyze([path, ...args]).out).not.toContain('\u001b');
  });

  test('a frame that is not there', () => {
    const { code, err } = analyze([capture('frame.pcap', talkOf), '--frame', '99']);
    expect(code).toBe(2);
    expect(err).toMatch(/--frame 99: .*frame\.pcap has 11 frames/);
  });

  test('of a damaged capture: a frame before the damage, and none after it', () => {
    const path = capture('damaged.pcap', talkOf);
    const bytes = spawnSync('head', ['-c', '300', path]).stdout;
    writeFileSync(path, bytes);
    expect(analyze([path, '--frame', '1']).code).toBe(0);
    const { code, err } = analyze([path, '--frame', '9']);
    expect([code, err.includes('is damaged at byte')]).toEqual([1, true]);
  });
});

describe('--stream', () => {
  test('both directions, with who says what in which frame', () => {
    const { code, out, err } = analyze([capture('stream.pcap', talkOf), '--stream', 'tcp:0']);
    expect(code).toBe(0);
    expect(out).toBe(`client, frame 4, 16 bytes
> GET temperature

server, frame 6, 9 bytes
< 21.4 °C

client, frame 8, 7 bytes from 16 on
> \\x1b[2Jbye
`);
    expect(err).toBe(
      'tcp:0  client 10.0.0.1:40000: 23 bytes in 2 pieces; server 10.0.0.2:50007: 9 bytes in 1 piece\n',
    );
  });

  test('a number alone is TCP where there is one, otherwise UDP', () => {
    const path = capture('stream.pcap', talkOf);
    expect(analyze([path, '--stream', '0', '--quiet'])).toMatchObject({ code: 0, err: '' });
    const both = capture('two.pcap', talk => {
      talk.udp(0, 'first');
      talk.clientPort = 41_000;
      talk.udp(0, 'second');
      talk.tcp(0, 'stream');
    });
    expect(analyze([both, '--stream', '0']).out).toContain('> stream');
    expect(analyze([both, '--stream', '0']).out).not.toContain('first');
    expect(analyze([both, '--stream', '1']).out).toContain('> second');
    expect(analyze([both, '--stream', 'udp:0']).out).toContain('> first');
  });

  test('one side as it is, a dump, JSON lines', () => {
    const path = capture('stream.pcap', talkOf);
    expect(analyze([path, '--stream', '0', '--raw', 'client']).out).toBe('GET temperature\n\u001b[2Jbye');
    expect(analyze([path, '--stream', '0', '--raw', 'server']).out).toBe('21.4 °C\n');
    expect(analyze([path, '--stream', '0', '--hex']).out).toContain(
      '> 0000  47 45 54 20 74 65 6d 70  65 72 61 74 75 72 65 0a  GET temperature.',
    );
    const lines = analyze([path, '--stream', '0', '--json'])
      .out.trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ event }) => event)).toEqual(['bytes', 'bytes', 'bytes', 'summary']);
    expect(lines[1]).toEqual({
      event: 'bytes',
      from: 'server',
      frame: 6,
      offset: 0,
      length: 9,
      base64: btoa('21.4 \u00c2\u00b0C\n'),
    });
    expect(lines[3]).toMatchObject({ client: { bytes: 23, gaps: 0 }, server: { bytes: 9, pieces: 1 } });
  });

  test('what is missing is named', () => {
    const path = capture('gap.pcap', talk => {
      talk.open();
      talk.tcp(0, 'abc');
      talk.next[0] += 100;
      talk.tcp(0, 'def');
      talk.tcp(1, '');
    });
    const { out, err } = analyze([path, '--stream', '0']);
    expect(out).toContain('! 100 bytes of the client are missing in the capture (seen in frame 6)');
    expect(err).toContain('1 gap of 100 bytes');
  });

  test('a conversation that is not there, and one that cannot be', () => {
    const path = capture('stream.pcap', talkOf);
    expect(analyze([path, '--stream', '7'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('has only tcp:0 and only udp:0'),
    });
    expect(analyze([path, '--stream', 'first'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('write it like 3, tcp:3 or udp:0'),
    });
  });
});

test('our own telemetry is told message by message', () => {
  const path = capture('telemetry.pcap', talk => {
    talk.open();
    const [first, second] = [SESSION.subarray(0, 20), SESSION.subarray(20)];
    talk.tcp(0, first);
    talk.tcp(0, second);
  });
  expect(analyze([path, '--stream', '0', '--quiet']).out).toBe(`client, frame 4, 20 bytes
> (no message ends here)
client, frame 5, ${SESSION.length - 20} bytes from 20 on
> HELLO  Lowest version: 1 · Highest version: 1 · Session: ${'ab'.repeat(16)} · Epoch: 1970-01-01 00:00:00.000000 UTC · From: 0 · Source: "bench"
> SENSOR  Sensor: 0 · Type: 1 (int) · Scale: 0.1 · Offset: -50 · Rate, Hz: 0 · Name: "temperature" · Unit: "°C"
> READING  temperature = 21.4 °C
`);
  expect(analyze([path, '--stream', '0', '--quiet', '--hex']).out).toContain('> 0000  26 01 53 57 49 52');
});
