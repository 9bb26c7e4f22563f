/**
 * The tables of docs/RELIABLE-UDP.md section 14: each row, with input that it speaks of, and what our receiver does.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import { coefficient, multiply } from '../../src/rudp/gf256.ts';
import { RudpDialogue } from '../../src/testing/rudp-dialogue.ts';

type Outcome = 'drop' | 'close' | 'ignore' | 'take';

/** The rows of the table with this head: what comes, and the first word of what is done. */
function rows(head: string): Map<string, string> {
  const document = readFileSync(new URL('../../docs/RELIABLE-UDP.md', import.meta.url), 'utf8');
  const section = document.slice(document.indexOf('## 14. '), document.indexOf('## 15. '));
  const table = section.slice(section.indexOf(`| ${head} | |\n`)).split('\n\n')[0] ?? '';
  const cells = table.split('\n').map(line => line.split('|').map(cell => cell.trim()));
  return new Map(cells.slice(2).map(([, what = '', done = '']) => [what, done.split(/\W/)[0] ?? '']));
}

/** A server with an open connection, whose client is played by hand: its packet 0 has come, with message 0. */
class Victim {
  readonly #server = (() => {
    const dialogue = new RudpDialogue();
    dialogue.open(40_000);
    // It has said something, which can be acknowledged: packet 0.
    dialogue.server.send('hello');
    dialogue.server.says();
    return dialogue.server;
  })();

  /** What becomes of packets: frames of numbered ones, from 1 on; after `-` of an unnumbered one; after `=` a whole datagram. */
  after(...packets: readonly string[]): Outcome {
    const server = this.#server;
    const id = server.own.localId.toString(16).padStart(8, '0');
    let number = 1;
    const before = this.#counted;
    for (const packet of packets) {
      if (packet.startsWith('=')) server.takes(fromHex(packet.slice(1).replaceAll('ID', id)));
      else if (packet.startsWith('-')) server.takes(fromHex(`00${id}${packet.slice(1)}`));
      else server.takes(fromHex(`28${id}${(number++).toString(16).padStart(4, '0')}${packet}`));
      if (packet === LOST) number++;
    }
    server.says();
    const messages = server.hears();
    const events = server.learns();
    if (events.some(told => told.startsWith('closed 1 here'))) return 'close';
    expect(events).toEqual([]);
    expect(server.own.state).toBe('open');
    if (this.#counted > before) return 'drop';
    return messages.length > 0 ? 'take' : 'ignore';
  }

  get #counted(): number {
    const { malformed, unknown } = this.#server.endpoint.counters;
    return malformed + unknown;
  }
}

/** In the place of a numbered packet that does not come: PADDING, in none. */
const LOST = '-00';

/** Packet 2 with a symbol that gives packet 1, which did not come, this protected part. */
function recomputing(part: string): string[] {
  const factor = coefficient(2, 1);
  return [LOST, `c0${toHex(fromHex(part).map(byte => multiply(factor, byte)))}`];
}

const FRAMES: readonly (readonly [row: string, packets: readonly string[]])[] = [
  ['of an unknown type; cut; a varint above 2^53 − 1 or not in its shortest form', ['09']],
  ['of an unknown type; cut; a varint above 2^53 − 1 or not in its shortest form', ['0411']],
  ['of an unknown type; cut; a varint above 2^53 − 1 or not in its shortest form', ['07ffffffffffffff7f']],
  ['of an unknown type; cut; a varint above 2^53 − 1 or not in its shortest form', ['078000']],
  ...['01', '07808040', '0801', '41000161', '80000061'].map(
    frame =>
      [
        'PING, MAX_DATA, END, MESSAGE or REPAIR in an unnumbered packet, or in ACCEPT',
        [`-${frame}`],
      ] as const,
  ),
  ['ACK that is not the first frame; ACK or REPAIR in a recomputed packet', ['010200000000000000']],
  ['ACK that is not the first frame; ACK or REPAIR in a recomputed packet', recomputing('0200000000000000')],
  ['ACK that is not the first frame; ACK or REPAIR in a recomputed packet', recomputing('c061')],
  [
    'ACK of more than 32 ranges, of a number below 0, or of a packet that was never sent',
    [`0200001000002000${'0000'.repeat(32)}`],
  ],
  [
    'ACK of more than 32 ranges, of a number below 0, or of a packet that was never sent',
    ['0200000000000001'],
  ],
  [
    'ACK of more than 32 ranges, of a number below 0, or of a packet that was never sent',
    ['0200000001000000'],
  ],
  [
    'ACK of what is acknowledged already; a lower `repaired` than before',
    ['030000000000000001', '030000000000000000'],
  ],
  [
    'PATH_CHALLENGE, PATH_RESPONSE in a numbered or recomputed packet',
    ['040102030405060708', '050102030405060708'],
  ],
  ['PATH_CHALLENGE, PATH_RESPONSE in a numbered or recomputed packet', recomputing('040102030405060708')],
  ['PATH_RESPONSE that answers nothing, or from elsewhere', ['-050102030405060708']],
  ['CLOSE whose reason is not UTF-8', ['-060001ff']],
  ['MAX_DATA below the one before', ['0701']],
  ['END with another count than before, below what has come, or above 2^48', ['0805', '0806']],
  ['END with another count than before, below what has come, or above 2^48', ['0800']],
  ['END with another count than before, below what has come, or above 2^48', ['0881808080808040']],
  ['MESSAGE of channel 0 beyond END', ['0801', '41000161']],
  ['MESSAGE of kind 3; with D where no MESSAGE of its channel is right before, or with ss', ['61c0000061']],
  ['MESSAGE of kind 3; with D where no MESSAGE of its channel is right before, or with ss', ['4461']],
  [
    'MESSAGE of kind 3; with D where no MESSAGE of its channel is right before, or with ss',
    ['490001016164016161'],
  ],
  [
    'MESSAGE of kind 3; with D where no MESSAGE of its channel is right before, or with ss',
    ['49000101614561'],
  ],
  [
    'MESSAGE whose number is 2^48 or more, or (but for latest only) 65,536 or more ahead of the lowest missing',
    // 65,537, where 1 is missing.
    ['420100 0161'],
  ],
  [
    'MESSAGE beyond MAX_DATA',
    ['5900010080804001 61', '59000200808040 0161', '5900030080804001 61', '5900040080804001 61'],
  ],
  [
    'fragment without a byte, beyond its total, of more than 1 MiB, in a latest-only channel',
    ['590001000500'],
  ],
  [
    'fragment without a byte, beyond its total, of more than 1 MiB, in a latest-only channel',
    ['59000104050261 61'],
  ],
  [
    'fragment without a byte, beyond its total, of more than 1 MiB, in a latest-only channel',
    ['590001008180400161'],
  ],
  [
    'fragment without a byte, beyond its total, of more than 1 MiB, in a latest-only channel',
    ['7980000000050161'],
  ],
  ['fragment, or whole message, of another total than before', ['590001000501 61', '590001010601 61']],
  ['fragment, or whole message, of another total than before', ['590001000501 61', '41000161']],
  ['fragment that overlaps others', ['59000100030261 62', '59000101030263 64']],
  [
    'fragment that leaves more than 2,048 pieces',
    Array.from({ length: 2_049 }, (_, piece) => `590001${varint(2 * piece)}8080400161`),
  ],
  ['message that came before; a latest-only one that is older', ['41000061']],
  ['REPAIR without a byte, or without 2 where it has lengths', ['c0']],
  ['REPAIR without a byte, or without 2 where it has lengths', ['8000']],
  ['REPAIR that contradicts what came, is too old, or too long', ['41000561', 'c06161616161']],
  ['REPAIR that contradicts what came, is too old, or too long', ['01', `c0${'61'.repeat(1_480)}`]],
];

const DATAGRAMS: readonly (readonly [row: string, packet: string])[] = [
  ['fewer than 5 bytes; a short one without its whole number', '=00112233'],
  ['fewer than 5 bytes; a short one without its whole number', '=38ID0001'],
  ["short, with a reserved bit, or bits of the number's length without N", '=29ID000101'],
  ["short, with a reserved bit, or bits of the number's length without N", '=08ID0001'],
  [
    'long of an unknown type; cut; RETRY, RESET, VERSION, or INIT without a cookie, with bytes behind their end',
    '=850102030401',
  ],
  [
    'long of an unknown type; cut; RETRY, RESET, VERSION, or INIT without a cookie, with bytes behind their end',
    '=8001020304',
  ],
  [
    'long of an unknown type; cut; RETRY, RESET, VERSION, or INIT without a cookie, with bytes behind their end',
    '=80010203040111121314151617180000 01',
  ],
  ['RETRY or ACCEPT of another version', `=81010203040211121314151617 18${'00'.repeat(20)}`],
  [
    'parameters with a known one out of range, told twice, or not as long as it says; one beyond their end',
    '=800102030401111213141516171800 04 0402 8001',
  ],
  [
    'parameters with a known one out of range, told twice, or not as long as it says; one beyond their end',
    '=800102030401111213141516171800 06 010101 010101',
  ],
  [
    'parameters with a known one out of range, told twice, or not as long as it says; one beyond their end',
    '=800102030401111213141516171800 03 010501',
  ],
  ['INIT with a cookie and a number from 2^48 on', '=800102030401111213141516171801 00 00 80808080808040'],
  ['short, for an unknown id', '=00ffffffff06'],
  ['longer than was told, or without frames', `41000161${'62'.repeat(1_600)}`],
];

function varint(value: number): string {
  return value < 0x80
    ? value.toString(16).padStart(2, '0')
    : ((value & 0x7f) | 0x80).toString(16) + varint(value >> 7);
}

describe('the table of frames', () => {
  const table = rows('frame');

  it('has a case here for every row', () => {
    expect(table.size).toBeGreaterThan(20);
    expect([...new Set(FRAMES.map(([row]) => row))]).toEqual([...table.keys()]);
  });

  it.each(FRAMES)('%s: %s', (row, packets) => {
    expect(new Victim().after(...packets)).toBe(table.get(row));
  });
});

describe('the table of datagrams', () => {
  const table = rows('datagram');

  it.each(DATAGRAMS)('%s: %s', (row, packet) => {
    const done = table.get(row);
    const outcome = new Victim().after(packet);
    expect(outcome).toBe(done === 'answer' ? 'drop' : done);
  });
});
