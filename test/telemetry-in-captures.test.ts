/**
 * Conversations of our own machines in virtual time, seen as a capture of them would be: what is worked out equals what was sent,
 * and every byte is accounted for.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CostLedger } from '../src/analysis/cost-ledger.ts';
import { type DetailField, FieldTree } from '../src/analysis/frame-detail-fields.ts';
import { walkPacket } from '../src/analysis/telemetry-decode-rudp-walk.ts';
import { OwnProtocols } from '../src/analysis/telemetry-decode-watch.ts';
import { ConversationFrames } from '../src/testing/conversation-frames.ts';
import { VirtualTime } from '../src/testing/virtual-time.ts';
import type { RudpRecord } from './interop/dissector-compare.ts';
import { CONVERSATIONS, carry, converse, runMachines } from './interop/dissector-conversations.ts';
import { senderMessages, someBatches } from './interop/dissector-messages.ts';

/** A conversation of reliable UDP as frames. */
function captured(...records: readonly RudpRecord[]): {
  own: OwnProtocols;
  ledger: CostLedger;
  udpBytes: number;
} {
  const own = new OwnProtocols();
  const ledger = new CostLedger(own);
  const talk = new ConversationFrames(ledger);
  let udpBytes = 0;
  for (const bytes of records.flatMap(({ datagrams }) => datagrams)) {
    // Who speaks is known by the connection ids, not by the addresses.
    talk.udp(0, bytes);
    udpBytes += bytes.length;
  }
  return { own, ledger, udpBytes };
}

function labels(fields: readonly DetailField[]): string[] {
  return fields.flatMap(({ label, fields: inner }) => [label, ...labels(inner)]);
}

describe('reliable UDP', () => {
  test.each(Object.keys(CONVERSATIONS))('%s: all bytes are headers of ours or messages', name => {
    const conversation = CONVERSATIONS[name];
    if (conversation === undefined) throw new Error('no such conversation');
    const { own, ledger, udpBytes } = captured(converse(3, conversation));
    expect(own.ofUdp(0)?.protocol).toBe('reliable UDP');
    const sheet = ledger.ofUdp(0);
    expect(sheet.layers.application + sheet.layers.payload).toBe(udpBytes);
    expect(sheet.layers.application).toBeGreaterThan(0);
    const sent = 2 * conversation.messages;
    const count = sheet.messages?.count ?? 0;
    // What was aborted, or overtaken in a channel that wants only the latest, was never sent.
    const isAll = conversation.ending === 'end' && conversation.channels.every(channel => channel < 128);
    expect(count).toBeGreaterThan(0.9 * sent);
    if (isAll) expect(count).toBe(sent);
    else expect(count).toBeLessThan(sent);
  });

  test('ports that are used again: the second connection counts its messages anew', () => {
    const conversation = CONVERSATIONS['large messages'];
    if (conversation === undefined) throw new Error('no such conversation');
    const { ledger } = captured(converse(3, conversation), converse(4, conversation));
    expect(ledger.ofUdp(0).messages?.count).toBe(4 * conversation.messages);
  });

  test('from a new address it is known by its id, and each conversation has its own bytes', () => {
    const { datagrams } = carry(senderMessages(someBatches(40, 12)));
    const own = new OwnProtocols();
    const ledger = new CostLedger(own);
    const talk = new ConversationFrames(ledger);
    const bytes = [0, 0];
    datagrams.forEach((datagram, index) => {
      const conversation = index < datagrams.length / 2 ? 0 : 1;
      talk.clientPort = 40_000 + conversation;
      talk.udp(0, datagram);
      bytes[conversation] = (bytes[conversation] ?? 0) + datagram.length;
    });
    for (const conversation of [0, 1]) {
      const { layers, readings } = ledger.ofUdp(conversation);
      expect(layers.application + layers.payload).toBe(bytes[conversation]);
      expect(Math.min(layers.application, layers.payload)).toBeGreaterThan(0);
      expect(readings?.count).toBeGreaterThan(0);
    }
    const all = own.ofUdp(1)?.telemetry?.readings ?? 0;
    expect(ledger.capture().readings?.count).toBe(all);
  });

  test('telemetry in it: all readings, though packets were lost', () => {
    const batches = someBatches(40, 12);
    const messages = senderMessages(batches);
    const { own } = captured(carry(messages));
    const telemetry = own.ofUdp(0)?.telemetry;
    expect(telemetry?.source).toBe('bench °');
    expect(telemetry?.sensorNames.length).toBe(7);
    expect(telemetry?.readings).toBeGreaterThanOrEqual(batches.length);
    expect(telemetry?.examples.length).toBeGreaterThan(0);
  });

  test('every packet is walked without a mistake', () => {
    for (const conversation of Object.values(CONVERSATIONS)) {
      for (const bytes of converse(3, conversation).datagrams) {
        const tree = new FieldTree();
        walkPacket(bytes, 0, bytes.length, tree, {
          nextNumber: 0,
          nextOwnNumber: 2 ** 40,
          nextSequence: () => 0,
        });
        expect(labels(tree.fields)).not.toContain('Malformed');
        expect(tree.fields.at(-1)?.end).toBe(bytes.length);
      }
    }
  });

  test('any bytes end in fields', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), bytes => {
        const tree = new FieldTree();
        walkPacket(bytes, 0, bytes.length, tree, { nextNumber: 5, nextOwnNumber: 5, nextSequence: () => 5 });
        for (const { start, end } of tree.fields) expect(start <= end && end <= bytes.length).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

test('telemetry in datagrams that are lost and doubled: nothing is left over', () => {
  const own = new OwnProtocols();
  const ledger = new CostLedger(own);
  const talk = new ConversationFrames(ledger);
  const time = new VirtualTime();
  let udpBytes = 0;
  runMachines('datagram', time, (bytes, isUp) => {
    talk.udp(isUp ? 0 : 1, bytes);
    udpBytes += bytes.length;
  });
  const sheet = ledger.ofUdp(0);
  expect(sheet.layers.application + sheet.layers.payload).toBe(udpBytes);
  expect(sheet.readings?.count).toBeGreaterThan(500);
});
