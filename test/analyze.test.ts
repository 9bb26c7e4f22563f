import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PcapngEncoder } from '../src/pcap/pcapng-encoder.ts';
import { FLAGS } from '../src/testing/conversation-frames.ts';
import { CaptureFrames } from '../src/testing/packets-capture.ts';
import { problemsOf } from './analysis-schema.ts';
import { stopAll, sensewire } from './cli-process.ts';

const ETHERNET = 1;
const folder = mkdtempSync(join(tmpdir(), 'analyze-'));
const [whole, many, damaged] = ['whole', 'many', 'damaged'].map(name => join(folder, `${name}.pcapng`)) as [
  string,
  string,
  string,
];

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
afterAll(stopAll);
