/**
 * `sensewire analyze` as its users call it: screens, JSON lines, assertions, several captures side by side.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PcapngEncoder } from '../src/pcap/pcapng-encoder.ts';
import { CaptureFrames } from '../src/testing/packets-capture.ts';
import { problemsOf } from './analysis-schema.ts';
import { endAll, Run } from './cli-process.ts';

const ETHERNET = 1;
const folder = mkdtempSync(join(tmpdir(), 'analyze-'));
const whole = join(folder, 'whole.pcapng');
const many = join(folder, 'many.pcapng');
const damaged = join(folder, 'damaged.pcapng');

/** What a program had written while these frames went by; the clock goes on by a millisecond from one to the next. */
function captureOf(talk: CaptureFrames): Uint8Array {
  const encoder = new PcapngEncoder({ application: 'a test' });
  encoder.interface({ linkType: ETHERNET, name: 'lab0' });
  talk.frames.forEach((frame, index) => {
    encoder.packet(0, 1_800_000_000, 1_000_000 * index, frame);
  });
  return encoder.take().slice();
}

function conversation(talk: CaptureFrames, clientPort: number): void {
  talk.clientPort = clientPort;
  talk.next.splice(0, 2, 1_000, 5_000);
  talk.open();
  talk.tcp(0, 'GET reading');
  talk.tcp(1, 'temperature 21.4');
  talk.close();
}

beforeAll(() => {
  const one = new CaptureFrames();
  conversation(one, 40_000);
  writeFileSync(whole, captureOf(one));
  const several = new CaptureFrames();
  for (let port = 40_000; port < 40_030; port++) conversation(several, port);
  several.udp(0, 'ping');
  several.udp(1, 'pong');
  writeFileSync(many, captureOf(several));
  writeFileSync(damaged, captureOf(one).subarray(0, -5));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(endAll);

async function analyze(
  ...args: string[]
): Promise<{ code: unknown; out: string; err: string; json: Record<string, unknown>[] }> {
  const run = new Run(['analyze', ...args], { input: '' });
  const code = await run.exit;
  const out = run.out.join('\n');
  const json = (): Record<string, unknown>[] =>
    run.out.map(line => JSON.parse(line) as Record<string, unknown>);
  return { code, out, err: run.err.join('\n'), json: args.includes('--json') ? json() : [] };
}

describe('screens', () => {
  test('one conversation is told from its handshake to its end', async () => {
    const { code, out, err } = await analyze(whole);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^capture {4}\S*whole\.pcapng · pcapng, [0-9,]+ B · written by a test$/m);
    expect(out).toMatch(/^interface {2}lab0 \(Ethernet\)/m);
    expect(out).toMatch(/^TCP 0 {2}10\.0\.0\.1:40000 → 10\.0\.0\.2:50007 ─+ 8 packets, .* in 7 ms$/m);
    expect(out).toMatch(/^ +1 +0 s +──▶ SYN +may we talk\?/m);
    expect(out).toMatch(/^ +4 +3 ms +──▶ PSH ACK 11 B “GET reading” +bytes 1 to 11/m);
    for (const part of [
      'opened',
      'data',
      'amount',
      'PSH',
      'ACK',
      'events',
      'RTT',
      'window',
      'closed',
      'missing',
      'safety',
      'cost',
    ]) {
      expect(out).toMatch(new RegExp(`^${part} +\\S`, 'm'));
    }
    // Nothing is coloured where nobody looks.
    expect(out).not.toContain('\u001b');
    expect(out.split('\n').filter(line => line.length > 110)).toEqual([]);
  });

  test('of many conversations there is a table, and the most interesting ones', async () => {
    const { out } = await analyze(many);
    expect(out).toContain('30 TCP, 1 UDP');
    expect(out).toContain('… and 15 more with less in them');
    expect(out.match(/^(TCP|UDP) [0-9]+ /gm)).toHaveLength(3);
    expect(out).toContain(
      '28 conversations more: --conversation tcp:N or udp:N explains one, --all every one',
    );
    const all = await analyze(many, '--all');
    expect(all.out.match(/^(TCP|UDP) [0-9]+ /gm)).toHaveLength(31);
  });

  test('a conversation that was asked for', async () => {
    const { out } = await analyze(many, '--conversation', 'tcp:17', '--conversation', 'udp:0');
    expect(out.match(/^(TCP|UDP) [0-9]+ /gm)).toEqual(['TCP 17 ', 'UDP 0 ']);
    expect(out).toMatch(/^answers {4}1 pair of request and answer/m);
  });

  test('standard input is read like a file', async () => {
    const run = new Run(['analyze', '-']);
    run.child.stdin?.end(readFileSync(whole));
    expect(await run.exit).toBe(0);
    expect(run.out[0]).toContain('standard input');
  });

  test('damage is told, after everything before it', async () => {
    const { code, out, err } = await analyze(damaged);
    expect(code).toBe(1);
    expect(out).toMatch(/^damage +at byte [0-9]+: /m);
    expect(out).toContain('7 packets');
    expect(err).toMatch(
      /damaged\.pcapng is damaged at byte [0-9]+: .*\. The 7 packets before it are analysed\./,
    );
  });
});

describe('JSON lines', () => {
  test('are as the schema says', async () => {
    const { code, json } = await analyze(many, '--json');
    expect(code).toBe(0);
    expect(json.map(({ event }) => event)).toEqual([
      'capture',
      ...new Array<string>(30).fill('tcp'),
      'udp',
      'summary',
    ]);
    expect(json.flatMap(line => problemsOf(String(line['event']), line))).toEqual([]);
    expect(json[1]).toMatchObject({
      stream: 0,
      client: { address: '10.0.0.1', port: 40_000 },
      handshake: { state: 'complete', total_ns: 2_000_000 },
      close: { state: 'closed', by: 'client', last_ack: 8 },
    });
    expect(json.at(-1)).toMatchObject({ packets: 242, tcp_conversations: 30, events: { retransmission: 0 } });
  });

  test('of the comparison, too', async () => {
    const { code, json } = await analyze(whole, many, '--json');
    expect(code).toBe(0);
    expect(json.flatMap(line => problemsOf('comparison', line))).toEqual([]);
    expect(json[0]).toMatchObject({ event: 'comparison', names: [whole, many], basis: 'message' });
  });
});

describe('assertions', () => {
  test('one that holds, one that does not', async () => {
    const { code, out } = await analyze(
      whole,
      '--assert',
      'retransmissions == 0 and tcp_conversations == 1',
      '--assert',
      'tcp[0].client.rtt.max < 1us',
      '--assert',
      'tcp[0].server.new_bytes == 16 and tcp[0].handshake.state == "complete"',
    );
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      'holds  retransmissions == 0 and tcp_conversations == 1  (retransmissions is 0, tcp_conversations is 1)',
      'FAILS  tcp[0].client.rtt.max < 1us  (tcp[0].client.rtt.max is 1 ms)',
      'holds  tcp[0].server.new_bytes == 16 and tcp[0].handshake.state == "complete"  (tcp[0].server.new_bytes is 16 B, tcp[0].handshake.state is complete)',
    ]);
  });

  test('all hold', async () => {
    const { code, json } = await analyze(
      whole,
      '--assert',
      'packets == 8',
      '--assert',
      'tcp[0].pushes == 2',
      '--json',
    );
    expect(code).toBe(0);
    expect(json).toEqual([
      { event: 'assertion', expression: 'packets == 8', holds: true, values: { packets: 8 } },
      { event: 'assertion', expression: 'tcp[0].pushes == 2', holds: true, values: { 'tcp[0].pushes': 2 } },
    ]);
    expect(json.flatMap(line => problemsOf('assertion', line))).toEqual([]);
  });

  test.each([
    ['tcp[9].packets == 0', 'the capture has 1 TCP conversation'],
    ['tcp[0].speed > 1', 'there is no "speed"; there are: protocol, stream'],
    ['colour == 1', 'there is no "colour"'],
    ['packets ==', 'expected a name, a number or a bracket at character 11'],
    ['tcp[0].handshake == 1', 'is not a value; go on with one of: state, syn'],
  ])('a mistake is wrong usage: %s', async (expression, message) => {
    const { code, err } = await analyze(whole, '--assert', expression);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

test('captures side by side', async () => {
  const { code, out } = await analyze(whole, many);
  expect(code).toBe(0);
  expect(out).toMatch(/^messages +2 +62$/m);
  expect(out).toMatch(/^bytes a message +[0-9.]+ +[0-9.]+ ◂$/m);
});

describe('wrong usage', () => {
  test.each([
    [['--conversation', 'tcp:9'], 'the capture has only tcp:0'],
    [['--conversation', 'x'], 'write it like tcp:0 or udp:3'],
    [['--frame', '1', '--stream', '0'], '--frame and --stream: one of them at a time'],
    [['--hex'], '--hex and --raw belong to --stream'],
    [['--wireshark', '3'], 'Allowed choices are 4.0, 4.4, 4.6'],
  ])('%j', async (args, message) => {
    const { code, err } = await analyze(whole, ...args);
    expect([code, err.includes(message) ? message : err]).toEqual([2, message]);
  });

  test('no such file', async () => {
    const { code, err } = await analyze(join(folder, 'nothing.pcap'));
    expect(code).toBe(2);
    expect(err).toContain('nothing.pcap');
  });
});
