import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TCP_EVENT } from '../flows/tcp-events.ts';
import { TcpVerdict } from '../flows/tcp-verdict.ts';
import { TcpHeader } from '../wire/tcp-header.ts';
import { FLOW_FIELDS, MOST_FLOW_FIELD_BYTES, writeElapsed, writeNumber } from './flow-fields.ts';

function written(write: (out: Uint8Array, at: number) => number): string {
  const out = new Uint8Array(MOST_FLOW_FIELD_BYTES + 3);
  const end = write(out, 3);
  expect([...out.subarray(0, 3)]).toEqual([0, 0, 0]);
  return new TextDecoder().decode(out.subarray(3, end));
}

function field(name: string, verdict: Partial<TcpVerdict>, header: Partial<TcpHeader> = {}): string {
  const write = FLOW_FIELDS.get(name);
  expect(write).toBeDefined();
  const whole = Object.assign(new TcpHeader(), { headerLength: 20 }, header);
  return written((out, at) => write?.(Object.assign(new TcpVerdict(), verdict), whole, out, at) ?? at);
}

describe('fields of the TCP analysis', () => {
  it('are written as tshark writes them', () => {
    expect(field('tcp.stream', { conversation: 0 })).toBe('0');
    expect(field('tcp.completeness', { completeness: 31 })).toBe('31');
    expect(field('tcp.analysis.retransmission', { events: TCP_EVENT.retransmission })).toBe('1');
    expect(field('tcp.analysis.retransmission', { events: TCP_EVENT.fastRetransmission })).toBe('');
    expect(field('tcp.analysis.duplicate_ack', { events: TCP_EVENT.duplicateAck })).toBe('1,1');
    expect(field('tcp.analysis.duplicate_ack_frame', { events: TCP_EVENT.duplicateAck })).toBe('0');
    expect(field('tcp.analysis.duplicate_ack_frame', { duplicateFrame: 5 })).toBe('');
    expect(field('tcp.analysis.ack_rtt', { acksFrame: 1, ackRttNanoseconds: 1_000 })).toBe('0.000001000');
    expect(field('tcp.analysis.ack_rtt', { acksFrame: 1 })).toBe('');
    expect(field('tcp.analysis.rto_frame', { rtoFrame: 1 })).toBe('');
  });

  it('show the initial round trip only with something else', () => {
    const name = 'tcp.analysis.initial_rtt';
    expect(field(name, { initialRttNanoseconds: 5 })).toBe('');
    expect(field(name, { initialRttNanoseconds: 5, bytesInFlight: 1 })).toBe('0.000000005');
    expect(field(name, { initialRttNanoseconds: 5, isNoted: true })).toBe('0.000000005');
  });

  it('are not shown of a header that is not whole, nor of one that is too short', () => {
    const verdict = { acksFrame: 7 };
    expect(field('tcp.analysis.acks_frame', verdict)).toBe('7');
    expect(field('tcp.analysis.acks_frame', verdict, { isWhole: false })).toBe('');
    expect(field('tcp.analysis.acks_frame', verdict, { headerLength: 16 })).toBe('');
    expect(field('tcp.window_size', { windowSize: 9 }, { headerLength: 16 })).toBe('');
  });

  it('have whole numbers in decimal', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(), fc.maxSafeNat()), number => {
        expect(written((out, at) => writeNumber(number, out, at))).toBe(String(number));
      }),
    );
  });

  it('have times with nine decimals and one sign', () => {
    const elapsed = (seconds: number, ns: number): string =>
      written((out, at) => writeElapsed(seconds, ns, out, at));
    expect(elapsed(0, 0)).toBe('0.000000000');
    expect(elapsed(1, -1)).toBe('0.999999999');
    expect(elapsed(-1, 1)).toBe('-0.999999999');
    expect(elapsed(0, -1_500)).toBe('-0.000001500');
    expect(elapsed(-2, -5)).toBe('-2.000000005');
    // What tshark makes of more nanoseconds than a second has.
    expect(elapsed(83_886_080, 1_639_748_000)).toBe('83886080.1639748000');
    const difference = fc.tuple(fc.integer(), fc.integer({ min: -999_999_999, max: 999_999_999 }));
    fc.assert(
      fc.property(difference, ([seconds, ns]) => {
        const [whole = '', fraction = ''] = elapsed(seconds, ns).replace('-', '').split('.');
        const total = BigInt(seconds) * 1_000_000_000n + BigInt(ns);
        const size = total < 0n ? -total : total;
        expect([BigInt(whole) * 1_000_000_000n + BigInt(fraction), fraction.length]).toEqual([size, 9]);
        expect(elapsed(seconds, ns).startsWith('-')).toBe(total < 0n);
      }),
    );
  });
});
