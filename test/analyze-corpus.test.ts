/**
 * The analysis of conversations over captures that nobody here made: every one is explained without an exception, and its
 * counters are those that tshark's rows add up to.
 *
 * The captures are not part of the project; they lie beside it where it is developed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CaptureAnalysis } from '../src/analysis/capture-analysis.ts';
import { explainTcp } from '../src/analysis/explain-tcp.ts';
import { explainUdp } from '../src/analysis/explain-udp.ts';
import { readCapture } from '../src/capture/capture-file.ts';
import { toJson } from '../src/cli/commands/analyze-json.ts';
import type { TcpEvent } from '../src/flows/tcp-events.ts';
import { problemsOf } from './analysis-schema.ts';

const CORPUS = resolve(import.meta.dirname, '../../shared/corpus');
/** Most conversations of one capture that are looked at in detail: the rest is of the same kinds. */
const MOST_REPORTS = 300;

/** Columns of tshark, and what counts the same here. */
const COUNTED: readonly (readonly [string, TcpEvent])[] = [
  ['tcp.analysis.retransmission', 'retransmission'],
  ['tcp.analysis.fast_retransmission', 'fastRetransmission'],
  ['tcp.analysis.duplicate_ack_num', 'duplicateAck'],
  ['tcp.analysis.out_of_order', 'outOfOrder'],
  ['tcp.analysis.lost_segment', 'lostSegment'],
  ['tcp.analysis.ack_lost_segment', 'ackedUnseen'],
  ['tcp.analysis.zero_window', 'zeroWindow'],
  ['tcp.analysis.window_full', 'windowFull'],
];

/** One frame as tshark prints it: name → value. */
type Row = ReadonlyMap<string, string>;

function rowsOf(file: string): Row[] {
  const text = gunzipSync(readFileSync(resolve(CORPUS, 'expected', `${file}.tsv.gz`))).toString();
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const names = head.split('\t');
  return lines.map(line => {
    const cells = line.split('\t');
    return new Map(names.map((name, index) => [name, cells[index] ?? '']));
  });
}

/** Frames and their bytes of each conversation; those that ICMP errors quote are not its own. */
function conversationsOf(rows: readonly Row[], column: string): Map<number, [frames: number, bytes: number]> {
  const found = new Map<number, [number, number]>();
  for (const row of rows) {
    const stream = row.get(column) as string;
    if (stream === '' || stream.includes(',') || /icmp/.test(row.get('frame.protocols') as string)) continue;
    const [frames, bytes] = found.get(Number(stream)) ?? [0, 0];
    found.set(Number(stream), [frames + 1, bytes + Number(row.get('frame.len'))]);
  }
  return found;
}

async function analyse(file: string): Promise<CaptureAnalysis> {
  const analysis = new CaptureAnalysis({ name: file, wireshark: '4.0' });
  analysis.finish(await readCapture(resolve(CORPUS, 'files', file), analysis.sink));
  return analysis;
}

describe.skipIf(!existsSync(CORPUS))('captures of others', () => {
  const files = existsSync(CORPUS) ? readdirSync(resolve(CORPUS, 'files')) : [];

  test.each(files)('%s', async file => {
    // Some have nothing that is a capture; how they are refused is tested where they are read.
    const analysis = await analyse(file).catch((error: { code?: string }) => {
      expect(error.code).toBe('SW_FORMAT');
      return undefined;
    });
    if (analysis === undefined) return;
    const rows = rowsOf(file);
    const { tcp, udp } = analysis.columns;
    const { totals, facts } = analysis;
    expect(facts.packets).toBe(rows.length);
    expect(facts.bytes).toBe(rows.reduce((sum, row) => sum + Number(row.get('frame.len')), 0));
    expect(problemsOf('capture', toJson(facts))).toEqual([]);
    for (const [stream, [frames, bytes]] of conversationsOf(rows, 'tcp.stream')) {
      expect([stream, totals.tcp.packetsOf(stream), totals.tcp.bytesOf(stream)]).toEqual([
        stream,
        frames,
        bytes,
      ]);
    }
    for (const [stream, [frames, bytes]] of conversationsOf(rows, 'udp.stream')) {
      expect([stream, totals.udp.packetsOf(stream), totals.udp.bytesOf(stream)]).toEqual([
        stream,
        frames,
        bytes,
      ]);
    }
    const counts = COUNTED.map(([column, event]) => [
      event,
      rows.filter(row => row.get(column) !== '').length,
    ]);
    expect(COUNTED.map(([, event]) => [event, totals.count(event)])).toEqual(counts);
    for (let stream = 0; stream < Math.min(tcp.count, MOST_REPORTS); stream++) {
      const report = analysis.tcp(stream, { series: true });
      expect(report.packets).toBe(totals.tcp.packetsOf(stream));
      expect(report.series?.count).toBe(report.packets);
      expect(explainTcp(report).length).toBeGreaterThan(0);
      expect(problemsOf('tcp', toJson({ ...report, series: undefined, throughput: undefined }))).toEqual([]);
    }
    for (let stream = 0; stream < Math.min(udp.count, MOST_REPORTS); stream++) {
      const report = analysis.udp(stream, { series: true });
      expect(report.packets).toBe(totals.udp.packetsOf(stream));
      expect(explainUdp(report).length).toBeGreaterThan(0);
      expect(problemsOf('udp', toJson({ ...report, series: undefined, throughput: undefined }))).toEqual([]);
    }
  });
});
