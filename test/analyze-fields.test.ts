/** `sensewire analyze FILE --fields …` as a command: rows, damage, standard input, wrong names, a reader that has enough. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, ethernetFrame, ipv4Packet, tcpSegment } from '../src/testing/frames.ts';
import { BIN, endAll, Run } from './cli-process.ts';

const FRAMES = 20_000;
const FRAME = ethernetFrame(0x0800, ipv4Packet(6, tcpSegment(bytesOf('0102030405'))));

/** A pcap file, little-endian, with the frame so many times. */
function captureOf(count: number): Uint8Array {
  const file = new Uint8Array(24 + count * (16 + FRAME.length));
  const view = new DataView(file.buffer);
  const head = [0xa1b2c3d4, 0x00040002, 0, 0, 65_535, 1];
  head.forEach((value, index) => void view.setUint32(4 * index, value, true));
  for (let index = 0, at = 24; index < count; index++, at += 16 + FRAME.length) {
    [1_700_000_000, index, FRAME.length, FRAME.length].forEach(
      (value, field) => void view.setUint32(at + 4 * field, value, true),
    );
    file.set(FRAME, at + 16);
  }
  return file;
}

const folder = mkdtempSync(join(tmpdir(), 'sensewire-fields-'));
const whole = join(folder, 'whole.pcap');
const damaged = join(folder, 'damaged.pcap');

beforeAll(() => {
  writeFileSync(whole, captureOf(FRAMES));
  writeFileSync(damaged, captureOf(3).subarray(0, -1));
});
afterAll(async () => {
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

async function finish(args: readonly string[]): Promise<{ code: unknown; out: string[]; err: string[] }> {
  const run = new Run(args, { input: '' });
  return { code: await run.exit, out: run.out, err: run.err };
}

describe('analyze --fields', () => {
  test('prints a head and a row for each frame, and nothing else', async () => {
    const { code, out, err } = await finish([
      'analyze',
      whole,
      '--fields',
      'frame.number, tcp.len,frame.time_epoch',
    ]);
    expect([code, err]).toEqual([0, []]);
    expect(out).toHaveLength(1 + FRAMES);
    expect(out.slice(0, 2)).toEqual([
      'frame.number\ttcp.len\tframe.time_epoch',
      '1\t5\t1700000000.000000000',
    ]);
    expect(out.at(-1)).toBe('20000\t5\t1700000000.019999000');
  });

  test('prints what comes before the damage, and fails', async () => {
    const { code, out, err } = await finish(['analyze', damaged, '--fields', 'frame.number']);
    expect([code, out]).toEqual([1, ['frame.number', '1', '2']]);
    expect(err.join('\n')).toMatch(
      /damaged\.pcap is damaged at byte \d+: .* the 2 frames before that are printed/,
    );
  });

  test('reads standard input', async () => {
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      `"$0" "$1" analyze - --fields frame.number,ip.src < "$2"`,
      process.execPath,
      BIN,
      damaged,
    ]).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('frame.number\tip.src\n1\t10.0.0.1\n2\t10.0.0.1\n');
  });

  test('ends well where its reader has enough', async () => {
    const { stdout, stderr } = await promisify(execFile)('bash', [
      '-c',
      `"$0" "$1" analyze "$2" --fields frame.number | head -2; echo "\${PIPESTATUS[0]}"`,
      process.execPath,
      BIN,
      whole,
    ]);
    expect([stdout, stderr]).toEqual(['frame.number\n1\n0\n', '']);
  });

  test('lists the fields, and says which are like one that there is not', async () => {
    const { out } = await finish(['analyze', whole, '--fields', 'help']);
    expect(out).toHaveLength(58);
    expect(out).toContain('tcp.analysis.ack_rtt');
    const wrong = await finish(['analyze', whole, '--fields', 'tcp.analysis.rtt']);
    expect([wrong.code, wrong.out]).toEqual([2, []]);
    expect(wrong.err.join('\n')).toContain('tcp.analysis.ack_rtt');
    expect((await finish(['analyze', whole, '--fields', ','])).code).toBe(2);
  });
});
