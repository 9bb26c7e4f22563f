import { expect, test } from 'vitest';
import { ConversationFrames } from '../testing/conversation-frames.ts';
import type { Behaviour } from './behaviour.ts';
import type { CostSheet } from './cost.ts';
import { compareCosts, comparisonCells } from './cost-comparison.ts';
import { CostLedger } from './cost-ledger.ts';
import { explainCost } from './cost-text.ts';
import { OwnProtocols } from './telemetry-decode-watch.ts';

function sheetOf(play: (talk: ConversationFrames) => void): CostSheet {
  const ledger = new CostLedger(new OwnProtocols());
  play(new ConversationFrames(ledger));
  return ledger.capture();
}

const tcp = sheetOf(talk => {
  talk.open();
  for (let index = 0; index < 10; index++) {
    talk.tcp(0, 'x'.repeat(12));
    talk.tcp(1, '');
  }
  talk.close();
});
const udp = sheetOf(talk => {
  for (let index = 0; index < 10; index++) talk.udp(0, 'x'.repeat(12));
});

test('a sheet in sentences', () => {
  expect(explainCost(tcp)).toEqual([
    {
      title: 'cost',
      tone: 'plain',
      lines: [
        '1,836 B in 26 frames for 120 B of payload: 15.3 bytes on the wire for one of payload.',
        '10 messages: 184 B each, everything counted; 12 B of that is payload, and the least would be 66 B.',
        'The least would be each message in one frame with the smallest headers (54 B) and nothing else: no handshake, no ACK, no option, nothing twice.',
      ],
    },
    {
      title: 'layers',
      tone: 'plain',
      lines: [
        'link header 364 B (20 %) · IP header 520 B (28 %) · TCP/UDP header 520 B (28 %) · TCP options 312 B (17 %) · payload 120 B (6.5 %)',
      ],
    },
    {
      title: 'causes',
      tone: 'plain',
      lines: [
        'data, first time 780 B (42 %) in 10 · acknowledgements 660 B (36 %) in 10 · handshake 198 B (11 %) in 3 · close 198 B (11 %) in 3',
      ],
    },
    {
      title: 'unseen',
      tone: 'plain',
      lines: [
        'On the cable there was more, which no capture shows: preamble 208 B, check sequence 104 B, gap 312 B; 2,460 B in all.',
      ],
    },
  ]);
});

test('nothing is told of nothing', () => {
  expect(explainCost(sheetOf(() => undefined))).toEqual([]);
});

const quiet: Behaviour = {
  durationNs: 2_500_000_000,
  conversations: 1,
  sentAgain: 0,
  recomputed: 0,
  roundTripNs: null,
};

test('side by side: what one message costs', () => {
  const comparison = compareCosts([
    { name: 'tcp.pcap', cost: tcp, behaviour: { ...quiet, roundTripNs: 1_200_000 } },
    {
      name: 'udp.pcap',
      cost: udp,
      behaviour: { ...quiet, sentAgain: 2, recomputed: 3 },
    },
  ]);
  expect(comparison.basis).toBe('message');
  expect(comparisonCells(comparison)).toEqual([
    ['', 'tcp.pcap', 'udp.pcap'],
    ['time', '2.5 s', '2.5 s'],
    ['conversations', '1', '1'],
    ['round trip of the client, median', '1.2 ms', '–'],
    ['segments or messages sent again', '0', '2'],
    ['  lost packets recomputed', '0', '3'],
    ['messages', '10', '10'],
    ['frames', '26', '10'],
    ['bytes in the capture', '1,836 B', '540 B'],
    ['payload, sent once', '120 B', '120 B'],
    ['bytes a message', '184', '54'],
    ['  link header', '36.4', '14'],
    ['  IP header', '52', '20'],
    ['  TCP/UDP header', '52', '8'],
    ['  TCP options', '31.2', '0'],
    ['  payload', '12', '12'],
    ['the same by cause', '184', '54'],
    ['  data, first time', '78', '54'],
    ['  acknowledgements', '66', '0'],
    ['  handshake and close', '39.6', '0'],
    ['the least possible', '66', '54'],
    ['on an Ethernet cable', '246', '84'],
    ['bytes for one of payload', '15.3', '4.5'],
  ]);
  expect(comparison.rows.find(({ label }) => label === 'bytes a message')?.best).toBe(1);
});

test('captures without messages are compared as a whole', () => {
  const silent = sheetOf(talk => talk.open());
  const { basis, rows } = compareCosts([
    { name: 'a', cost: tcp, behaviour: quiet },
    { name: 'b', cost: silent, behaviour: quiet },
  ]);
  expect(basis).toBe('capture');
  expect(rows.at(-1)).toMatchObject({ label: 'bytes for one of payload', values: [15.3, null], best: null });
});
