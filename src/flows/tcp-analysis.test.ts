/**
 * The rules one by one, as dialogues. A line is a segment: milliseconds, direction, flags, sequence and acknowledgment number
 * relative to the initial ones, payload length; then, where it matters, `win`, `scale` and `sack`.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TCP_FLAG, TcpHeader } from '../wire/tcp-header.ts';
import { Conversations } from './conversations.ts';
import { explainVerdict } from './explain-verdict.ts';
import { TcpAnalysis, WIRESHARK_VERSIONS, type WiresharkVersion } from './tcp-analysis.ts';
import { TCP_EVENT, type TcpEvent } from './tcp-events.ts';
import type { TcpVerdict } from './tcp-verdict.ts';

const FLAGS: Readonly<Record<string, number>> = {
  F: TCP_FLAG.fin,
  S: TCP_FLAG.syn,
  R: TCP_FLAG.rst,
  P: TCP_FLAG.psh,
  A: TCP_FLAG.ack,
};

interface Isn {
  readonly client: number;
  readonly server: number;
}

const HANDSHAKE = `
  0   > S   0 0 0  scale 0
  20  < SA  0 1 0  scale 0
  40  > A   1 1 0`;

function headerOf(line: string, isn: Isn): { header: TcpHeader; ms: number; isClient: boolean } {
  const [ms, direction, flags = '', sequence, ack, length, ...rest] = line.trim().split(/ +/);
  const options = new Map<string, string>();
  for (let index = 0; index < rest.length; index += 2)
    options.set(rest[index] as string, rest[index + 1] as string);
  const isClient = direction === '>';
  const header = new TcpHeader();
  header.flags = [...flags].reduce((bits, flag) => bits | (FLAGS[flag] as number), 0);
  const [own, peer] = isClient ? [isn.client, isn.server] : [isn.server, isn.client];
  header.sequence = (own + Number(sequence)) >>> 0;
  // A header without ACK has 0 there, if not something else.
  const isAck = (header.flags & TCP_FLAG.ack) !== 0;
  header.acknowledgment = isAck || ack !== '0' ? (peer + Number(ack)) >>> 0 : 0;
  header.payloadLength = Number(length);
  header.window = Number(options.get('win') ?? 1_000);
  header.windowScale = Number(options.get('scale') ?? -1);
  const sack = options.get('sack')?.split('-').map(Number) ?? [];
  header.sackCount = sack.length / 2;
  for (const [index, edge] of sack.entries()) header.sackEdges[index] = peer + edge;
  header.headerLength = 20;
  return { header, ms: Number(ms), isClient };
}

/** What `pick` takes of each segment's verdict. */
function analyse<T>(
  text: string,
  pick: (verdict: TcpVerdict) => T,
  wireshark: WiresharkVersion = '4.0',
  isn: Isn = { client: 1_000_000, server: 5_000_000 },
): T[] {
  const conversations = new Conversations();
  const analysis = new TcpAnalysis(conversations, { wireshark });
  return text
    .trim()
    .split('\n')
    .map((line, index) => {
      const { header, ms, isClient } = headerOf(line, isn);
      const place = isClient
        ? conversations.placeOfIpv4(1, 2, 40_000, 80)
        : conversations.placeOfIpv4(2, 1, 80, 40_000);
      const ns = Math.round(ms * 1e6);
      return pick(analysis.analyse(header, index + 1, 1_000 + Math.floor(ns / 1e9), ns % 1e9, place));
    });
}

function eventsOf(verdict: TcpVerdict): string {
  const names = Object.keys(TCP_EVENT) as TcpEvent[];
  return names.filter(name => (verdict.events & TCP_EVENT[name]) !== 0).join(' ');
}

/** The events of the segments after the handshake. */
function events(text: string, wireshark: WiresharkVersion = '4.0'): string[] {
  return analyse(HANDSHAKE + text, eventsOf, wireshark).slice(3);
}

function reasons(text: string, wireshark: WiresharkVersion = '4.0'): string[] {
  return analyse(
    HANDSHAKE + text,
    verdict => explainVerdict(verdict).map(({ text }) => text),
    wireshark,
  ).flat();
}

/** Three segments, the second of them lost on its way and asked for twice. */
const LOSS = `
  50  > A   1   1 100
  51  > A   101 1 100
  52  > A   201 1 100
  70  < A   1 101 0
  71  < A   1 101 0
  72  < A   1 101 0`;

describe('data that come again', () => {
  it('are a fast retransmission within 20 ms after two duplicate ACKs', () => {
    const text = `${LOSS}\n  80 > A 101 1 100`;
    expect(events(text)).toEqual([
      '',
      '',
      '',
      '',
      'duplicateAck',
      'duplicateAck',
      'retransmission fastRetransmission',
    ]);
    expect(reasons(text).at(-1)).toBe(
      'The receiver asked for 101 in 2 duplicate ACKs after frame 7, the last time 8 ms before.',
    );
  });

  it('are an ordinary retransmission after that, with the time since the oldest that waits', () => {
    const text = `${LOSS}\n  92 > A 101 1 100`;
    expect(events(text).at(-1)).toBe('retransmission');
    expect(reasons(text).at(-1)).toBe(
      'It starts at 101, but frame 6 had already brought the stream to 301; it comes 41 ms after frame 5, the oldest ' +
        'segment that waits for its ACK.',
    );
    expect(analyse(HANDSHAKE + text, ({ rtoFrame, rtoNs }) => [rtoFrame, rtoNs]).at(-1)).toEqual([
      5, 41_000_000,
    ]);
  });

  it('were overtaken when they come within the first round trip', () => {
    const text = `
      50  > A   1   1 100
      51  > A   201 1 100
      52  > A   101 1 100`;
    expect(events(text)).toEqual(['', 'lostSegment', 'outOfOrder']);
    expect(reasons(text)).toEqual([
      'The capture lacks 100 bytes before it: 101 was expected after frame 4, 201 came.',
      'It starts at 101, though frame 5 had brought the stream to 301; as it comes within 40 ms, it was overtaken on its ' +
        'way rather than sent again.',
    ]);
  });

  it('were overtaken within 3 ms where no handshake was seen', () => {
    const lines = (ms: number): string => `
      0   > A   1   1 100
      1   > A   201 1 100
      ${ms} > A 101 1 100`;
    expect(analyse(lines(3.9), eventsOf).at(-1)).toBe('outOfOrder');
    expect(analyse(lines(4), eventsOf).at(-1)).toBe('retransmission');
  });

  it('are not out of order when they end where the stream ends', () => {
    expect(events('\n 50 > A 1 1 100\n 51 > A 1 1 100')).toEqual(['', 'retransmission']);
  });

  it('are measured from the peer’s last segment by Wireshark 4.6', () => {
    const text = `
      50   > A   1   1 100
      51   > A   201 1 100
      500  < A   1 101 0
      501  > A   101 1 100`;
    expect(events(text, '4.0').at(-1)).toBe('retransmission');
    expect(events(text, '4.4').at(-1)).toBe('retransmission');
    expect(events(text, '4.6').at(-1)).toBe('outOfOrder');
  });

  it('are no news of reordering to Wireshark 4.4 when it remembers the very bytes', () => {
    const text = '\n 50 > A 1 1 100\n 51 > A 101 1 100\n 52 > A 1 1 100';
    expect(events(text, '4.0').at(-1)).toBe('outOfOrder');
    expect(events(text, '4.4').at(-1)).toBe('retransmission');
  });

  it('were sent for nothing when they had been acknowledged', () => {
    const text = `
      50  > A   1   1 100
      70  < A   1 101 0
      90  > A   1   1 100`;
    expect(events(text)).toEqual(['', '', 'retransmission spuriousRetransmission']);
    expect(reasons(text)).toEqual([
      'The receiver had acknowledged everything up to 101 in frame 5; these bytes, 1 to 100, were sent for nothing.',
    ]);
  });

  it('count from the oldest that starts there or later in Wireshark 4.4', () => {
    const text = `
      50   > A   1   1 100
      60   > A   101 1 100
      400  > A   101 1 100`;
    const rto = (wireshark: WiresharkVersion): number =>
      analyse(HANDSHAKE + text, ({ rtoFrame }) => rtoFrame, wireshark).at(-1) as number;
    expect([rto('4.0'), rto('4.4'), rto('4.6')]).toEqual([4, 5, 5]);
  });

  it('are a SYN, too', () => {
    expect(analyse('0 > S 0 0 0\n1000 > S 0 0 0', eventsOf)).toEqual(['', 'retransmission']);
  });
});

describe('acknowledgments', () => {
  it('are duplicates where nothing in them is new, and say of which frame', () => {
    const numbers = analyse(HANDSHAKE + LOSS, verdict =>
      eventsOf(verdict) === 'duplicateAck' ? [verdict.duplicateNumber, verdict.duplicateFrame] : [],
    );
    expect(numbers.slice(6)).toEqual([[], [1, 7], [2, 7]]);
    expect(reasons(LOSS)).toEqual([
      'It asks for 101 as frame 7 did, with nothing new: duplicate 1.',
      'It asks for 101 as frame 7 did, with nothing new: duplicate 2.',
    ]);
  });

  it('with another window are a window update', () => {
    const text = '\n 50 > A 1 1 100\n 70 < A 1 101 0\n 71 < A 1 101 0 win 2000';
    expect(events(text).at(-1)).toBe('windowUpdate');
    expect(reasons(text)).toEqual(['Only the receive window is new: 2000 bytes, 1000 before.']);
  });

  it('with SACK are a duplicate even with another window, to Wireshark 4.4', () => {
    const text = `
      50  > A   1   1 100
      51  > A   101 1 100
      70  < A   1 1 0
      71  < A   1 1 0  win 2000 sack 101-201`;
    expect(events(text, '4.0').at(-1)).toBe('windowUpdate');
    expect(events(text, '4.4').at(-1)).toBe('duplicateAck');
    expect(reasons(text, '4.4').at(-1)).toBe('It asks for 1 as frame 2 did, with nothing new: duplicate 2.');
  });

  it('measure the round trip to the segment that ends there, the oldest of several', () => {
    const text = `
      50   > A   1   1 100
      300  > A   1   1 100
      320  < A   1 101 0`;
    const last = analyse(HANDSHAKE + text, ({ acksFrame, ackRttNs }) => [acksFrame, ackRttNs]).at(-1);
    expect(last).toEqual([4, 270_000_000]);
  });

  it('of a part are a round trip only to Wireshark 4.4', () => {
    const text = '\n 50 > A 1 1 100\n 70 < A 1 51 0';
    const acks = (wireshark: WiresharkVersion): number =>
      analyse(HANDSHAKE + text, ({ acksFrame }) => acksFrame, wireshark).at(-1) as number;
    expect([acks('4.0'), acks('4.4')]).toEqual([0, 4]);
  });

  it('of what the capture lacks are said once, until there is more', () => {
    const text = `
      50  > A   1   1 100
      70  < A   1 201 0
      71  < A   1 301 0`;
    expect(events(text, '4.0')).toEqual(['', 'ackedUnseen', '']);
    expect(events(text, '4.4')).toEqual(['', 'ackedUnseen', 'ackedUnseen']);
    expect(reasons(text, '4.0')).toEqual([
      "It acknowledges up to 201, but the capture has the other side's data without a gap only up to 101.",
    ]);
  });

  it('reach to the end of the data behind a gap, to Wireshark 4.4', () => {
    const text = `
      50  > A   201 1 100
      51  > A   301 1 100
      70  < A   1 201 0
      71  < A   1 401 0`;
    expect(events(text, '4.4')).toEqual(['lostSegment', '', 'ackedUnseen', '']);
  });
});

describe('the window', () => {
  const FULL = `
    50  < A   1 1 0  win 100
    60  > A   1 1 100`;

  it('is full when the data reach its end', () => {
    expect(events(FULL)).toEqual(['windowUpdate', 'windowFull']);
    expect(reasons(FULL).at(-1)).toBe(
      "It fills the other side's receive window of 100 bytes up to 101: no more may be sent.",
    );
  });

  it('is scaled when both sides say so, and never in a SYN', () => {
    const sizes = (server: string): number[] =>
      analyse(
        `0 > S 0 0 0 win 500 scale 7\n20 < SA 0 1 0 win 600 ${server}\n40 > A 1 1 0 win 10\n50 < A 1 1 0 win 20`,
        ({ windowSize }) => windowSize,
      );
    expect(sizes('scale 3')).toEqual([500, 600, 1_280, 160]);
    expect(sizes('')).toEqual([500, 600, 10, 20]);
  });

  it('of 0 stops the other side, which may probe it; the probe is no retransmission, and its answer no duplicate', () => {
    const text = `${FULL}
      70  < A   1 101 0 win 0
      300 > A 101   1 1
      320 < A   1 101 0 win 0`;
    expect(events(text).slice(2)).toEqual(['zeroWindow', 'zeroWindowProbe', 'zeroWindow zeroWindowProbeAck']);
  });

  it('may open with the ACK of the probe’s byte', () => {
    const text = `${FULL}
      70  < A   1 101 0 win 0
      300 > A 101   1 1
      320 < A   1 102 0 win 500`;
    expect(events(text, '4.0').at(-1)).toBe('ackedUnseen');
    expect(events(text, '4.4').at(-1)).toBe('windowUpdate');
  });

  it('lets data after a probe be no retransmission', () => {
    const text = `${FULL}
      70  < A   1 101 0 win 0
      300 > A 101   1 1
      320 < A   1 101 0 win 500
      330 > A 101   1 100`;
    expect(events(text).at(-1)).toBe('');
  });
});

describe('a keep-alive', () => {
  it('repeats the number before the next, and its answer is no duplicate ACK', () => {
    const text =
      '\n 50 > A 1 1 100\n 70 < A 1 101 0\n 9000 > A 100 1 0\n 9020 < A 1 101 0\n 9021 < A 1 101 0';
    expect(events(text)).toEqual(['', '', 'keepAlive', 'keepAliveAck', 'keepAliveAck']);
    expect(reasons(text).slice(0, 2)).toEqual([
      'It starts at 100, one before 101, which is expected: it asks whether the other side is still there.',
      'It answers the keep-alive of the other side: still 101 is expected.',
    ]);
  });

  it('may carry one old byte', () => {
    expect(events('\n 50 > A 1 1 100\n 70 < A 1 101 0\n 9000 > A 100 1 1').at(-1)).toBe('keepAlive');
  });
});

describe('ports that are used again', () => {
  const AGAIN = `${HANDSHAKE}
    100 > FA 1 1 0
    120 < FA 1 2 0
    140 > A  2 2 0`;
  const conversations = (text: string, wireshark: WiresharkVersion): number[] =>
    analyse(text, ({ conversation }) => conversation, wireshark);

  it('open a conversation with a SYN of another number', () => {
    const text = `${AGAIN}\n 500 > S 7000 0 0\n 520 < SA 9000 7001 0`;
    expect(conversations(text, '4.0').slice(5)).toEqual([0, 1, 1]);
    expect(analyse(text, eventsOf).slice(6)).toEqual(['reusedPorts', '']);
    expect(analyse(text, ({ completeness }) => completeness)).toEqual([0, 1, 3, 7, 23, 23, 1, 1]);
  });

  it('do so after an end with the same number, too, in Wireshark 4.4', () => {
    const text = `${AGAIN}\n 500 > S 0 0 0`;
    expect(conversations(text, '4.0').at(-1)).toBe(0);
    expect(conversations(text, '4.4').at(-1)).toBe(1);
  });

  it('are told by a SYN+ACK of another number, which opens no conversation before 4.4', () => {
    const text = '0 > S 0 0 0\n 20 < SA 0 1 0\n 21 < SA 100 1 0';
    expect(conversations(text, '4.0')).toEqual([0, 0, 0]);
    expect(conversations(text, '4.4')).toEqual([0, 0, 1]);
    expect(analyse(text, eventsOf, '4.4').at(-1)).toBe('reusedPorts');
  });
});

describe('what is measured', () => {
  it('is the handshake, from the segment on that completes it', () => {
    const text = `${HANDSHAKE}\n 50 > A 1 1 100`;
    expect(analyse(text, ({ initialRttNs }) => initialRttNs)).toEqual([0, 0, 40_000_000, 40_000_000]);
  });

  it('are the bytes in flight, less what the receiver has told to have', () => {
    const text = `
      50  > A   1   1 100
      51  > A   101 1 100
      52  > A   201 1 100
      70  < A   1 1 0  sack 201-301
      71  > A   301 1 100
      80  < A   1 401 0
      81  > A   401 1 10`;
    const flying = analyse(HANDSHAKE + text, ({ bytesInFlight }) => bytesInFlight);
    expect(flying.slice(3)).toEqual([100, 200, 300, 0, 300, 0, 10]);
  });

  it('are no bytes in flight before the first ACK in Wireshark 4.6, nor after a gap', () => {
    const flying = (text: string, wireshark: WiresharkVersion): number[] =>
      analyse(text, ({ bytesInFlight }) => bytesInFlight, wireshark);
    expect(flying('0 > A 1 1 100', '4.0')).toEqual([100]);
    expect(flying('0 > A 1 1 100', '4.6')).toEqual([0]);
    expect(flying(`${HANDSHAKE}\n50 > A 1 1 100\n51 > A 301 1 100`, '4.0').slice(3)).toEqual([100, 0]);
  });

  it('is nothing of a header that is not analysed', () => {
    const conversations = new Conversations();
    const analysis = new TcpAnalysis(conversations, { wireshark: '4.0' });
    const { header } = headerOf('0 > A 1 1 100', { client: 0, server: 0 });
    header.isAnalysed = false;
    const verdict = analysis.analyse(header, 1, 0, 0, conversations.placeOfIpv4(1, 2, 3, 4));
    expect(verdict).toMatchObject({ conversation: 0, events: 0, bytesInFlight: 0, completeness: 0 });
    expect(explainVerdict(verdict)).toEqual([]);
  });
});

/** Lines of a conversation that goes wrong in every way. */
const anyLine = fc
  .record({
    ms: fc.nat({ max: 100 }),
    direction: fc.constantFrom('>', '<'),
    flags: fc.constantFrom('A', 'A', 'A', 'PA', 'S', 'SA', 'FA', 'R', 'RA', 'F'),
    sequence: fc.nat({ max: 12 }).map(step => step * 50),
    ack: fc.nat({ max: 12 }).map(step => step * 50),
    length: fc.constantFrom(0, 0, 1, 50, 100, 150),
    rest: fc.constantFrom('', 'win 0', 'win 100', 'scale 2', 'sack 50-100', 'sack 50-100-150-250'),
  })
  .map(line => ({ ...line, sequence: line.sequence + 3, ack: line.ack + 3 }));

function textOf(lines: readonly Readonly<Record<string, string | number>>[]): string {
  let ms = 0;
  return lines
    .map(line => {
      ms += line['ms'] as number;
      return `${ms} ${line['direction']} ${line['flags']} ${line['sequence']} ${line['ack']} ${line['length']} ${line['rest']}`;
    })
    .join('\n');
}

describe('any segments', () => {
  const wholeVerdict = (verdict: TcpVerdict): string => {
    const { reason, base, peerBase, ...rest } = verdict;
    return JSON.stringify([rest, explainVerdict(verdict)]);
  };

  it('get the same verdicts wherever their numbers begin', () => {
    fc.assert(
      fc.property(
        fc.array(anyLine, { minLength: 1, maxLength: 60 }),
        fc.constantFrom(...WIRESHARK_VERSIONS),
        fc.record({ client: fc.nat({ max: 900 }), server: fc.nat({ max: 900 }) }),
        (lines, version, before) => {
          const text = textOf(lines);
          const far = analyse(text, wholeVerdict, version);
          // Around the wrap, and around the change of sign. Never 0 itself, which means "not known" to Wireshark.
          for (const start of [2 ** 32, 2 ** 31]) {
            const isn = { client: start - before.client, server: start - before.server };
            const numbers = lines.flatMap(({ sequence, ack, length }) => [sequence, sequence + length, ack]);
            const hitsZero = [before.client, before.server].some(gap =>
              numbers.some(n => n === gap || n + 1 === gap),
            );
            if (hitsZero && start === 2 ** 32) continue;
            expect(analyse(text, wholeVerdict, version, isn)).toEqual(far);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('end in a verdict whose numbers are in their ranges', () => {
    const u32 = fc.nat({ max: 0xffff_ffff });
    const anyHeader = fc.record({
      sequence: fc.oneof(u32, fc.nat({ max: 3_000 })),
      acknowledgment: fc.oneof(u32, fc.nat({ max: 3_000 })),
      flags: fc.nat({ max: 0xfff }),
      window: fc.nat({ max: 0xffff }),
      payloadLength: fc.oneof(fc.nat({ max: 1_500 }), fc.nat({ max: 0xffff_ffff })),
      headerLength: fc.nat({ max: 15 }).map(words => 4 * words),
      windowScale: fc.integer({ min: -1, max: 255 }),
      sackCount: fc.nat({ max: 4 }),
      isAnalysed: fc.boolean(),
      isWhole: fc.boolean(),
    });
    const anySegment = fc.tuple(anyHeader, fc.boolean(), fc.integer(), fc.nat({ max: 999_999_999 }));
    fc.assert(
      fc.property(
        fc.array(anySegment, { maxLength: 200 }),
        fc.constantFrom(...WIRESHARK_VERSIONS),
        (segments, wireshark) => {
          const conversations = new Conversations();
          const analysis = new TcpAnalysis(conversations, { wireshark });
          for (const [index, [fields, isForward, seconds, nanoseconds]] of segments.entries()) {
            const header = Object.assign(new TcpHeader(), fields);
            const place = isForward
              ? conversations.placeOfIpv4(1, 2, 3, 4)
              : conversations.placeOfIpv4(2, 1, 4, 3);
            const verdict = analysis.analyse(header, index + 1, seconds, nanoseconds, place);
            expect(verdict.conversation).toBeLessThan(conversations.count);
            expect(verdict.events).toBe(verdict.events & 0x7fff);
            expect(verdict.acksFrame).toBeLessThanOrEqual(index);
            expect(verdict.rtoFrame).toBeLessThanOrEqual(index);
            expect(verdict.bytesInFlight).toBeGreaterThanOrEqual(0);
            expect(verdict.bytesInFlight).toBeLessThan(2e9);
            expect(verdict.windowSize).toBeGreaterThanOrEqual(0);
            for (const { text } of explainVerdict(verdict))
              expect(text).not.toMatch(/NaN|undefined|Infinity/);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
