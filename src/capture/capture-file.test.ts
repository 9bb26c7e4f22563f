import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { PcapEncoder } from '../pcap/pcap-encoder.ts';
import type { RecordSink } from '../pcap/record-sink.ts';
import { type CaptureReading, readCapture } from './capture-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'sensewire-capture-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = (name: string): string => join(folder, name);

function file(name: string, bytes: Uint8Array | string): string {
  writeFileSync(path(name), bytes);
  return path(name);
}

/** A capture of so many packets, whose first four bytes count them; noise, so that compression does not make it tiny. */
function capture(packets: number): Buffer {
  const encoder = new PcapEncoder();
  const packet = new Uint8Array(100);
  let noise = 1;
  for (let number = 0; number < packets; number++) {
    for (let at = 4; at < packet.length; at++) {
      noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
      packet[at] = noise >>> 24;
    }
    new DataView(packet.buffer).setUint32(0, number);
    encoder.packet(number, 0, packet);
  }
  return Buffer.from(encoder.take());
}

interface Outcome extends CaptureReading {
  readonly packets: number;
}

/** Reads it, and expects its packets in their order. */
async function read(name: string, signal?: AbortSignal, onCount?: (count: number) => void): Promise<Outcome> {
  let packets = 0;
  const sink: RecordSink = {
    onPacket: ({ bytes, start, seconds }) => {
      expect(new DataView(bytes.buffer, bytes.byteOffset + start).getUint32(0)).toBe(packets);
      expect(seconds).toBe(packets++);
      onCount?.(packets);
    },
  };
  return { ...(await readCapture(name, sink, { signal })), packets };
}

const PACKETS = 10_000;
const whole = capture(PACKETS);
const half = whole.length >>> 1;

describe('a capture file', () => {
  it.each([
    ['plain', 'none', whole],
    ['gzip', 'gzip', gzipSync(whole)],
    [
      'gzip in two members',
      'gzip',
      Buffer.concat([gzipSync(whole.subarray(0, half)), gzipSync(whole.subarray(half))]),
    ],
    ['zstd', 'zstd', zstdCompressSync(whole)],
    [
      'zstd in two frames',
      'zstd',
      Buffer.concat([zstdCompressSync(whole.subarray(0, half)), zstdCompressSync(whole.subarray(half))]),
    ],
  ])('is read, %s', async (name, compression, bytes) => {
    expect(await read(file(name, bytes))).toEqual({
      format: 'pcap',
      compression,
      damage: undefined,
      sizeBytes: bytes.length,
      skippedBlocks: 0,
      wasStopped: false,
      packets: PACKETS,
    });
  });

  it('is read from a pipe that has a name', async () => {
    execFileSync('mkfifo', [path('pipe')]);
    const reading = read(path('pipe'));
    const writer = createWriteStream(path('pipe'));
    writer.write(whole.subarray(0, 3));
    writer.write(whole.subarray(3, half));
    writer.end(whole.subarray(half));
    expect(await reading).toMatchObject({ packets: PACKETS, damage: undefined, sizeBytes: whole.length });
  });

  it('is read from standard input, also compressed', async () => {
    const script = `
      import { readCapture } from ${JSON.stringify(join(import.meta.dirname, 'capture-file.ts'))};
      let packets = 0;
      const { damage, compression } = await readCapture('-', { onPacket: () => packets++ });
      console.log(packets, compression, damage);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(gzipSync(whole));
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe(`${PACKETS} gzip undefined\n`);
  });

  it('that ends within a packet gives those before', async () => {
    const { packets, damage } = await read(file('short', whole.subarray(0, -1)));
    expect(packets).toBe(PACKETS - 1);
    expect(damage).toMatchObject({ reason: 'cut-short', offset: whole.length - 116 });
  });

  it('whose gzip ends too early gives what was in it until then', async () => {
    const bytes = gzipSync(whole);
    const { packets, damage } = await read(file('short gzip', bytes.subarray(0, bytes.length >>> 1)));
    expect(packets).toBeGreaterThan(PACKETS * 0.4);
    expect(damage?.reason).toBe('compression');
  });

  it('whose gzip is damaged gives what was in it, up to a little before', async () => {
    const bytes = gzipSync(whole);
    const place = bytes.length >>> 1;
    bytes.fill(0xff, place, place + 1_000);
    const { damage } = await readCapture(file('bad gzip', bytes), { onPacket: () => {} });
    expect(damage?.offset).toBeGreaterThan(whole.length * 0.4);
  });

  it('whose compression holds nothing whole is damaged, not empty', async () => {
    const { packets, damage } = await read(file('short zstd', zstdCompressSync(whole).subarray(0, 20)));
    expect([packets, damage?.reason]).toEqual([0, 'compression']);
  });

  it.each([
    ['plain', whole],
    ['gzip', gzipSync(whole)],
  ])('is read no further than damage, nor once it is stopped: %s', async (name, bytes) => {
    const stop = new AbortController();
    const outcome = await read(file(`stopped ${name}`, bytes), stop.signal, () => stop.abort());
    expect(outcome.wasStopped).toBe(true);
    expect(outcome.packets).toBeLessThan(PACKETS);
    const already = await read(path(`stopped ${name}`), AbortSignal.abort());
    expect(already).toMatchObject({ wasStopped: true, packets: 0 });
  });

  it.each(['plain', 'gzip'])('does not swallow what its reader throws: %s', async name => {
    const sink = {
      onPacket(): void {
        throw new RangeError('enough');
      },
    };
    const bytes = name === 'gzip' ? gzipSync(whole) : whole;
    await expect(readCapture(file(`thrown ${name}`, bytes), sink)).rejects.toThrow('enough');
  });
});

describe('what is no capture file', () => {
  it.each([
    ['nothing', '', 'is empty'],
    ['a page', '<!DOCTYPE html>\n<html>', 'HTML'],
    ['a description', '<?xml version="1.0"?><pdml>', 'XML'],
    ['notes', 'Grüße\n', 'text'],
    ['values', '{"a": 1}', 'JSON'],
    ['a dump', '0000  00 11 22 33 44 55\n', 'a hex dump'],
    ['xz', Buffer.from('fd377a585a000004', 'hex'), 'an xz file'],
    ['an archive', 'PK\x03\x04abc', 'a ZIP archive'],
    ['snoop', 'snoop\0\0\0\0\0\0\x02', "Solaris's snoop"],
    ['noise', Buffer.from([1, 2, 3, 4, 5]), 'binary data'],
    ['a compressed page', gzipSync('<html></html>'), 'HTML'],
    ['two bytes', Buffer.from('ab'), 'text'],
  ])('is named: %s', async (name, bytes, what) => {
    await expect(read(file(`no ${name}`, bytes))).rejects.toMatchObject({
      code: 'SW_FORMAT',
      message: expect.stringContaining(what),
    });
  });

  it('may not be there, or be a folder', async () => {
    await expect(read(path('missing'))).rejects.toMatchObject({ code: 'SW_USAGE', errno: 'ENOENT' });
    await expect(read(folder)).rejects.toMatchObject({
      code: 'SW_USAGE',
      message: expect.stringContaining('folder'),
    });
  });
});
