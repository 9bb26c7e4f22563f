/**
 * `sensewire capture`, and `--capture` of other commands, as people call them; needs root.
 */
import { createSocket, type Socket } from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CaptureDecoder } from '../src/pcap/capture-decoder.ts';
import { endAll, Run, type RunOptions } from './cli-process.ts';

/** Somebody without rights. */
const NOBODY = 65_534;

let folder: string;
let receiver: Socket;
let port: number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-capture-'));
  receiver = createSocket('udp4');
  await new Promise<void>(done => receiver.bind(0, '127.0.0.1', done));
  ({ port } = receiver.address());
});
afterEach(async () => {
  await endAll();
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = (args: readonly string[], options?: RunOptions): Run =>
  new Run(args, { cwd: folder, input: '', ...options });

async function send(...texts: string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const text of texts) await new Promise(done => socket.send(text, port, '127.0.0.1', done));
  socket.close();
}

function lengthsIn(file: string): number[] {
  const lengths: number[] = [];
  const decoder = new CaptureDecoder({ onPacket: ({ length }) => lengths.push(length) });
  decoder.push(readFileSync(join(folder, file)));
  decoder.end();
  expect(decoder.damage).toBeUndefined();
  return lengths;
}

describe('capture', () => {
  test('writes a file, and says how complete it is', async () => {
    const run = start(['capture', '-i', 'lo', '-f', `udp port ${port}`, '-o', 'x.pcapng', '--json']);
    expect(await run.event('capturing')).toMatchObject({
      interface: 'lo',
      link_type: 1,
      method: 'ring',
      file: 'x.pcapng',
    });
    await send('one', 'three');
    run.kill('SIGINT');
    expect(await run.exit).toBe(0);
    expect(run.json.at(-1)).toMatchObject({
      event: 'summary',
      packets: 2,
      bytes: 45 + 47,
      kernel_packets: 2,
      kernel_drops: 0,
      complete: true,
      start_proof: 'sentinel',
      end_proof: 'sentinel',
      file_bytes: readFileSync(join(folder, 'x.pcapng')).length,
    });
    expect(lengthsIn('x.pcapng')).toEqual([45, 47]);
    expect(run.err.join('\n')).toMatch(
      /^capturing udp port [0-9]+ on lo \(Ethernet\) into x\.pcapng; Ctrl-C ends\n2 packets, 92 B in .*\ncomplete: sentinels passed at both ends, none lost\n/,
    );
  });

  test('explains frames as they come, where no file is asked for', async () => {
    const run = start(['capture', '-i', 'lo', '-f', `udp port ${port}`, '--count', '2']);
    await run.until(() => run.err.length > 0);
    await send('one', 'three', 'more');
    expect(await run.exit).toBe(0);
    expect(run.out).toEqual([
      expect.stringMatching(
        new RegExp(`^ {3}1 +0\\.000000  127\\.0\\.0\\.1:[0-9]+ → 127\\.0\\.0\\.1:${port}  UDP  3 bytes$`),
      ),
      expect.stringMatching(/^ {3}2 .* {2}UDP {2}5 bytes$/),
    ]);
  });

  test('explains TCP: what each segment means', async () => {
    const server = start(['serve', 'echo', '--listen', 'tcp://127.0.0.1:0', '--json']);
    const [url] = (await server.urls()) as [string];
    const run = start([
      'capture',
      '-i',
      'lo',
      '-f',
      `tcp port ${url.split(':').at(-1)}`,
      '--json',
      '--explain',
      '--for',
      '1m',
    ]);
    await run.event('capturing');
    expect(await start(['talk', url, '--text', 'hello']).exit).toBe(0);
    const fins = (): number =>
      run.json.filter(line => 'meaning' in line && line.meaning === 'sends no more').length;
    await run.until(() => fins() === 2);
    run.kill('SIGTERM');
    expect(await run.exit).toBe(0);
    const packets = run.json.filter(({ event }) => event === 'packet') as unknown as {
      details: string;
      meaning: string;
    }[];
    expect(packets.slice(0, 4).map(({ meaning }) => meaning)).toEqual([
      'asks for a connection',
      'agrees to the connection',
      'has everything before 1',
      'data, to be read now',
    ]);
    expect(packets[3]?.details).toMatch(/^PSH ACK seq 1 ack 1 win [0-9]+ 5 bytes$/);
  });

  test('goes into a pipe', async () => {
    const run = start(['capture', '-i', 'lo', '-f', `udp port ${port}`, '-o', '-', '--count', '1']);
    const pieces: Uint8Array[] = [];
    run.child.stdout?.on('data', (piece: Uint8Array) => pieces.push(piece));
    await run.until(() => run.err.length > 0);
    await send('one');
    expect(await run.exit).toBe(0);
    expect(Buffer.concat(pieces).subarray(0, 4).toString('hex')).toBe('0a0d0d0a');
  });

  test('lists the interfaces', async () => {
    const run = start(['capture', '--list']);
    expect(await run.exit).toBe(0);
    expect(run.out.join('\n')).toMatch(/^any +every interface at once$/m);
    expect(run.out.join('\n')).toMatch(/^lo +up, loopback +65536 +127\.0\.0\.1\/8/m);
  });

  test.each([
    [
      ['-f', 'tcp prot 80', '-o', 'x.pcapng'],
      2,
      /expected "and", "or" or the end, but there is "prot"\n {2}tcp prot 80\n {6}\^{4}$/,
    ],
    [['-i', 'nowhere', '-o', 'x.pcapng'], 2, /no interface "nowhere": sensewire capture --list/],
    [['-o', '-', '--json'], 2, /-o - takes standard output/],
    [['--snaplen', '5', '-o', 'x.pcapng'], 2, /14 to 262144/],
    [['-i', 'lo', '-o', 'nofolder/x.pcapng'], 1, /no such folder/],
  ])('%j ends with %i', async (args, code, message) => {
    const run = start(['capture', ...args]);
    expect(await run.exit).toBe(code);
    expect(run.err.join('\n')).toMatch(message);
    expect(existsSync(join(folder, 'x.pcapng'))).toBe(false);
  });

  test('without the right to capture it says how to get it', async () => {
    const run = start(['capture', '-i', 'lo', '-o', '/tmp/never.pcapng'], { uid: NOBODY, cwd: '/tmp' });
    expect(await run.exit).toBe(1);
    expect(run.err.join('\n')).toMatch(
      /nothing here may capture: .*CAP_NET_RAW.*\n.*setcap cap_net_raw=ep(.*\n)*.*unshare -Urn/,
    );
    expect(existsSync('/tmp/never.pcapng')).toBe(false);
  });
});

describe('--capture', () => {
  test('of serve and talk: both have the same conversation', async () => {
    const server = start([
      'serve',
      'echo',
      '--listen',
      'tcp://127.0.0.1:0',
      '--json',
      '--capture',
      'server.pcapng',
      '--count',
      '1',
    ]);
    const [url] = (await server.urls()) as [string];
    const client = start(['talk', url, '--text', 'hello', '--json', '--capture', 'client.pcapng']);
    expect(await client.exit).toBe(0);
    expect(await server.exit).toBe(0);
    const captured = client.json.find(({ event }) => event === 'captured');
    expect(captured).toMatchObject({ file: 'client.pcapng', complete: true, kernel_drops: 0 });
    expect(client.json.at(-1)).toMatchObject({ event: 'summary' });
    expect(lengthsIn('client.pcapng')).toEqual(lengthsIn('server.pcapng'));
    expect(lengthsIn('client.pcapng').filter(length => length === 71)).toHaveLength(2);
  });

  test('of collect and send: both have the same session', async () => {
    const listen = ['--listen', 'rudp://127.0.0.1:0', '--store', 'none', '--count', '50'];
    const collect = start(['collect', ...listen, '--json', '--capture', 'collect.pcapng']);
    const [url] = (await collect.urls()) as [string];
    const send = start(['send', url, '--rate', 'max', '--count', '50', '--json', '--capture', 'send.pcapng']);
    expect(await send.exit).toBe(0);
    expect(await collect.exit).toBe(0);
    expect(send.json.find(({ event }) => event === 'captured')).toMatchObject({ complete: true });
    const [sent, collected] = [lengthsIn('send.pcapng'), lengthsIn('collect.pcapng')];
    expect(sent.length).toBeGreaterThan(5);
    // What one of them sends when the other has gone already, only that one has.
    expect(collected.slice(0, sent.length)).toEqual(sent.slice(0, collected.length));
    expect(Math.abs(collected.length - sent.length)).toBeLessThan(5);
  });

  test('of what passes no interface is refused before anything is sent', async () => {
    const run = start(['talk', 'unix:/tmp/nobody.sock', '--text', 'x', '--capture', 'x.pcapng']);
    expect(await run.exit).toBe(2);
    expect(run.err.join('\n')).toMatch(/passes no interface/);
  });
});
