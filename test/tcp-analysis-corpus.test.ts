/**
 * The conversations and the TCP analysis of `src/flows` against tshark 4.0.17, frame by frame, over captures that nobody here made.
 * Driven by tshark's own columns, so that only the analysis is tested, not the dissection.
 *
 * The captures are not part of the project; they lie beside it where it is developed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FLOW_FIELDS, MOST_FLOW_FIELD_BYTES } from '../src/analysis/flow-fields.ts';
import { Conversations } from '../src/flows/conversations.ts';
import { TcpAnalysis } from '../src/flows/tcp-analysis.ts';
import { TcpHeader } from '../src/wire/tcp-header.ts';

const EXPECTED = resolve(import.meta.dirname, '../../shared/corpus/expected');

const field = new Uint8Array(MOST_FLOW_FIELD_BYTES);

type Row = ReadonlyMap<string, string>;

function rowsOf(file: string): Row[] {
  const [head = '', ...lines] = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
  const names = head.split('\t');
  return lines.map(line => {
    const cells = line.split('\t');
    return new Map(names.map((name, index) => [name, cells[index] ?? '']));
  });
}

/** The last of several values: the innermost header's. */
function last(row: Row, name: string): string {
  return (row.get(name) as string).split(',').at(-1) as string;
}

function numbers(row: Row, name: string): number[] {
  const text = row.get(name) as string;
  return text === '' ? [] : text.split(',').map(Number);
}

function headerOf(row: Row): TcpHeader {
  const header = new TcpHeader();
  header.sourcePort = Number(last(row, 'tcp.srcport'));
  header.destinationPort = Number(last(row, 'tcp.dstport'));
  header.sequence = Number(row.get('tcp.seq_raw'));
  header.acknowledgment = Number(row.get('tcp.ack_raw'));
  header.flags = Number(row.get('tcp.flags'));
  header.headerLength = Number(row.get('tcp.hdr_len'));
  header.window = Number(row.get('tcp.window_size_value'));
  header.payloadLength = Number(row.get('tcp.len'));
  header.windowScale = numbers(row, 'tcp.options.wscale.shift').at(-1) ?? -1;
  const left = numbers(row, 'tcp.options.sack_le');
  const right = numbers(row, 'tcp.options.sack_re');
  header.sackCount = Math.min(left.length, 4);
  for (let index = 0; index < header.sackCount; index++) {
    header.sackEdges[2 * index] = left[index] as number;
    header.sackEdges[2 * index + 1] = right[index] as number;
  }
  header.isAnalysed = row.get('tcp.len') !== '';
  header.isWhole = header.isAnalysed || (row.get('frame.protocols') as string).includes('icmp');
  return header;
}

/** 16 bytes of an IPv6 address as tshark prints it. */
function ipv6Bytes(text: string): number[] {
  const [front = '', back] = text.split('::');
  const groups = (part: string): number[] =>
    part === ''
      ? []
      : part.split(':').flatMap(group => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
  const [start, end] = [groups(front), back === undefined ? [] : groups(back)];
  return [...start, ...new Array<number>(16 - start.length - end.length).fill(0), ...end];
}

/** More nanoseconds than a second has are printed as they are, and a sign may be theirs. */
function timeOf(text: string): [seconds: number, nanoseconds: number] {
  const [seconds = 0, nanoseconds = 0] = text.split('.').map(Number);
  return nanoseconds > 0x7fffffff ? [Math.abs(seconds), -nanoseconds] : [seconds, nanoseconds];
}

function ipv4Number(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function placeOf(conversations: Conversations, row: Row, protocol: 'tcp' | 'udp'): number {
  const ports = [Number(last(row, `${protocol}.srcport`)), Number(last(row, `${protocol}.dstport`))] as const;
  const layers = (row.get('frame.protocols') as string).split(':');
  if (layers.lastIndexOf('ipv6') > layers.lastIndexOf('ip')) {
    const bytes = Uint8Array.from([...ipv6Bytes(last(row, 'ipv6.src')), ...ipv6Bytes(last(row, 'ipv6.dst'))]);
    return conversations.placeOfIpv6(bytes, 0, 16, ...ports);
  }
  return conversations.placeOfIpv4(
    ipv4Number(last(row, 'ip.src')),
    ipv4Number(last(row, 'ip.dst')),
    ...ports,
  );
}

/** What we say of each frame of a file that differs from what tshark says. */
function differences(file: string): string[] {
  const tcp = new Conversations();
  const udp = new Conversations();
  const analysis = new TcpAnalysis(tcp, { wireshark: '4.0' });
  const found: string[] = [];
  for (const row of rowsOf(resolve(EXPECTED, file))) {
    const ours = new Map<string, string>();
    if (row.get('udp.stream') !== '') {
      ours.set('udp.stream', String(placeOf(udp, row, 'udp') >>> 1));
    }
    if (row.get('tcp.stream') !== '') {
      const header = headerOf(row);
      const [seconds, nanoseconds] = timeOf(row.get('frame.time_epoch') as string);
      const frame = Number(row.get('frame.number'));
      const verdict = analysis.analyse(header, frame, seconds, nanoseconds, placeOf(tcp, row, 'tcp'));
      for (const [name, write] of FLOW_FIELDS) {
        ours.set(name, Buffer.from(field.subarray(0, write(verdict, header, field, 0))).toString());
      }
    }
    for (const name of ['udp.stream', ...FLOW_FIELDS.keys()]) {
      const [want, have] = [row.get(name) as string, ours.get(name) ?? ''];
      if (want !== have)
        found.push(`${file} frame ${row.get('frame.number')}: ${name} is ${want}, not ${have}`);
    }
  }
  return found;
}

describe.skipIf(!existsSync(EXPECTED))('the corpus', () => {
  test('every frame has the conversation and the verdict that tshark gives it', () => {
    const files = readdirSync(EXPECTED);
    expect(files.length).toBeGreaterThan(200);
    expect(files.flatMap(differences)).toEqual([]);
  });
});
