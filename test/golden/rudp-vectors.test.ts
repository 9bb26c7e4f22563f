/**
 * The test vectors of docs/RELIABLE-UDP.md section 15, byte by byte: what it shows is what we send, and what we understand.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { Cursor } from '../../src/rudp/cursor.ts';
import { Endpoint } from '../../src/rudp/endpoint.ts';
import { FrameReader } from '../../src/rudp/frame-reader.ts';
import { FrameWriter, type ReceivedRanges } from '../../src/rudp/frame-writer.ts';
import { coefficient, multiply } from '../../src/rudp/gf256.ts';
import { writeReset, writeVersionList } from '../../src/rudp/long-packets.ts';
import type { MessageFrame } from '../../src/rudp/message-frame.ts';
import { expand } from '../../src/rudp/numbers.ts';
import { DEFAULT_PARAMETERS } from '../../src/rudp/parameters.ts';
import { putVarint, varintLength } from '../../src/rudp/put.ts';
import { RepairDecoder } from '../../src/rudp/repair-decoder.ts';
import { RepairEncoder } from '../../src/rudp/repair-encoder.ts';
import { toldPacket } from '../../src/testing/rudp-told.ts';

const UTF8 = new TextEncoder();
const CLIENT_ID = 0x01020304;
const LIMIT_BYTES = 1_200;

/** A packet in words, and its bytes. */
type Vector = readonly [told: string, hex: string];

const document = readFileSync(new URL('../../docs/RELIABLE-UDP.md', import.meta.url), 'utf8');

/** A part of the section, by its heading. */
function part(heading: string): string {
  const text = document.slice(document.indexOf('## 15. Test vectors'));
  const start = text.indexOf(`### ${heading}\n`);
  if (start < 0) throw new Error(`no "### ${heading}"`);
  const end = text.indexOf('\n##', start + 1);
  return text.slice(start, end < 0 ? undefined : end);
}

/** Each block of hex with the words in the line above it, without what stands beside the bytes. */
function vectors(heading: string): Vector[] {
  return Array.from(
    part(heading).matchAll(/`([^`\n]+)`[^\n]*\n\n```hex\n(.*?)```/gs),
    ([, told = '', block = '']) => [
      told,
      toHex(fromHex(block.replaceAll(/^((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: {2,}.*)?$/gm, '$1'))),
    ],
  );
}

/** The rows of the table whose first column has this name: their cells. */
function rows(column: string): string[][] {
  const lines = part('Numbers').split('\n');
  const first = lines.findIndex(line => line.startsWith(`| ${column} |`));
  const after = lines.slice(first + 2);
  const count = after.findIndex(line => !line.startsWith('|'));
  return after.slice(0, count < 0 ? undefined : count).map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim().replaceAll(',', '')),
  );
}

function vector(bytes: Uint8Array): Vector {
  return [toldPacket(bytes), toHex(bytes)];
}

/** A short packet to the client. */
function short(
  write: (writer: FrameWriter) => void,
  number: number | undefined,
  { asksNow = false } = {},
): Uint8Array {
  const writer = new FrameWriter();
  writer.beginShort(CLIENT_ID, asksNow, number, 2, LIMIT_BYTES);
  write(writer);
  return writer.finish();
}

function message(sequence: number, text: string, changes: Partial<MessageFrame> = {}): MessageFrame {
  const data = UTF8.encode(text);
  const whole = { channel: 0, sequence, sequenceBytes: 2, chained: false, withLength: false };
  return { ...whole, data, dataStart: 0, dataEnd: data.length, ...changes };
}

function ranges(...pairs: readonly (readonly [start: number, end: number])[]): ReceivedRanges {
  const at = (index: number): readonly [number, number] => pairs[index] as readonly [number, number];
  return { largest: at(0)[1], count: pairs.length, start: index => at(index)[0], end: index => at(index)[1] };
}

/** All that two real endpoints say to each other, from INIT to the end. */
function conversation(): Vector[] {
  const said: Vector[] = [];
  const endpoint = (accepts: boolean, idleMs: number, drawn: string[]): Endpoint =>
    new Endpoint({
      accepts,
      parameters: { ...DEFAULT_PARAMETERS, idleMs },
      mostConnections: 1,
      repair: 'off',
      keepAliveUs: 0,
      random: () => fromHex(drawn.shift() as string),
      mac: data => createHmac('sha256', 'secret').update(data).digest(),
    });
  const client = endpoint(false, 60_000, ['01020304', '1112131415161718']);
  const server = endpoint(true, DEFAULT_PARAMETERS.idleMs, ['0a0b0c0d']);
  let nowUs = 1_000_000;
  const says = (from: Endpoint, to: Endpoint): void => {
    from.onTimeout(nowUs);
    for (let sent = from.pollTransmit(nowUs); sent !== undefined; sent = from.pollTransmit(nowUs)) {
      said.push(vector(sent.bytes));
      to.receive(sent.bytes, 'the other one', nowUs);
    }
  };
  const connection = client.connect('the other one', nowUs);
  says(client, server);
  says(server, client);
  connection.send(UTF8.encode('hi'), nowUs);
  says(client, server);
  says(server, client);
  connection.send(UTF8.encode('one'), nowUs);
  connection.send(UTF8.encode('two'), nowUs);
  connection.send(UTF8.encode('x'), nowUs, 0x41);
  says(client, server);
  // What the server told of itself.
  nowUs += DEFAULT_PARAMETERS.ackDelayMs * 1_000;
  says(server, client);
  connection.end();
  says(client, server);
  says(server, client);
  connection.close();
  says(client, server);
  says(server, client);
  return said;
}

describe('the conversation', () => {
  it('is what two endpoints say', () => {
    expect(vectors('A conversation')).toEqual(conversation());
  });
});

describe('single packets', () => {
  const nonce = fromHex('2122232425262728');

  it('are what our writer makes, and our reader tells', () => {
    const made = [
      short(
        writer => {
          const fragment = { channel: 0x41, offset: 1_200, total: 3_000, withLength: true };
          writer.message(message(5, 'abcd', fragment));
          writer.message(message(9, ''));
        },
        258,
        { asksNow: true },
      ),
      short(writer => writer.ack(ranges([9, 10], [6, 7], [3, 3]), 640, 2), undefined),
      short(writer => {
        writer.ack(ranges([0, 70_000]), 80_000, undefined);
        writer.maxData(8 * 2 ** 20);
        writer.ping();
      }, 3),
      short(writer => writer.pathChallenge(nonce), undefined),
      short(writer => writer.pathResponse(nonce), undefined),
      short(writer => writer.close(2, 'größer'), undefined),
      writeReset({ receiverId: CLIENT_ID, resetToken: fromHex('000102030405060708090a0b0c0d0e0f') }),
      writeVersionList({ clientId: CLIENT_ID, nonce, versions: [1] }),
    ];
    expect(vectors('Single packets')).toEqual(made.map(vector));
  });
});

describe('repair', () => {
  const own = new Map([
    [4, 'one'],
    [5, 'three'],
    [6, 'six'],
    [10, 'abc'],
    [11, 'def'],
  ]);

  it('symbols are those of our encoder', () => {
    const encoder = new RepairEncoder();
    const made: Uint8Array[] = [];
    const add = (number: number, write: (writer: FrameWriter) => void, window = 0): void => {
      made.push(
        short(writer => {
          write(writer);
          encoder.sent(number, writer.protectedPart());
          if (window === 0) return;
          const { equalLengths, symbol } = encoder.symbol(number, window);
          writer.repair(window, equalLengths, symbol);
        }, number),
      );
    };
    for (const number of [4, 5, 6])
      add(number, writer => writer.message(message(number, own.get(number) as string)));
    add(7, writer => writer.message(message(7, 'ten', { withLength: true })), 3);
    for (const number of [10, 11])
      add(number, writer => writer.message(message(number, own.get(number) as string)));
    add(12, () => undefined, 2);
    expect(vectors('Repair')).toEqual(made.map(vector));
  });

  it('gives any one of the packets that it covers back', () => {
    for (const lost of own.keys()) {
      const decoder = new RepairDecoder();
      const back: string[] = [];
      for (const [, hex] of vectors('Repair')) {
        const bytes = fromHex(hex);
        const reader = new FrameReader();
        reader.openShort(bytes);
        while (reader.next());
        if (reader.number !== lost)
          decoder.received(reader.number, bytes.subarray(reader.protectedStart, reader.protectedEnd));
        if (reader.hasRepair)
          decoder.equation(
            reader.number,
            reader.repairWindow,
            reader.repairEqualLengths,
            reader.repairSymbol,
          );
        for (let found = decoder.next(); found !== undefined; found = decoder.next())
          back.push(`${found.number} ${new TextDecoder().decode(found.bytes.subarray(3))}`);
      }
      expect(back).toEqual([`${lost} ${own.get(lost)}`]);
    }
  });
});

describe('numbers', () => {
  it('coefficients are those of our field', () => {
    const table = rows('r').map(row => row.map(Number) as [number, number, number]);
    expect(table.length).toBeGreaterThanOrEqual(6);
    for (const [r, s, value] of table) expect(coefficient(r, s), `${r}, ${s}`).toBe(value);
  });

  it('products are those of our field', () => {
    const table = rows('a').map(row => row.map(Number) as [number, number, number]);
    expect(table.length).toBeGreaterThanOrEqual(3);
    for (const [a, b, value] of table) expect(multiply(a, b), `${a} · ${b}`).toBe(value);
  });

  it('shortened ones are read as ours are', () => {
    const table = rows('sent');
    expect(table.length).toBeGreaterThanOrEqual(6);
    for (const [sent = '', expected, number] of table) {
      const bytes = fromHex(sent);
      const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
      expect(expand(value, bytes.length, Number(expected)), `${sent}, ${expected}`).toBe(Number(number));
    }
  });

  it('varints are those of our codec', () => {
    const table = rows('value');
    expect(table.length).toBeGreaterThanOrEqual(5);
    for (const [value, hex = ''] of table) {
      const bytes = new Uint8Array(varintLength(Number(value)));
      putVarint(bytes, 0, Number(value));
      expect(toHex(bytes), value).toBe(toHex(fromHex(hex)));
      const cursor = new Cursor();
      cursor.open(bytes, 0, bytes.length);
      expect(cursor.varint()).toBe(Number(value));
    }
  });
});
