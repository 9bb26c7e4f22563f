import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InetTableOptions, parseInetTable } from './inet-table.ts';
import type { InetSocket } from './socket-entry.ts';

const TCP_HEADING =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const UDP_HEADING = `${TCP_HEADING} ref pointer drops`;
const TCP: InetTableOptions = { protocol: 'tcp', family: 'IPv4', byteOrder: 'LE' };
const UDP: InetTableOptions = { protocol: 'udp', family: 'IPv4', byteOrder: 'LE' };

const table = (heading: string, ...lines: string[]): string =>
  [heading, ...lines].map(line => `${line.padEnd(149)}\n`).join('');
const parseTcp = (line: string): InetSocket | undefined =>
  parseInetTable(table(TCP_HEADING, line), TCP).sockets[0];

describe('the table of TCP', () => {
  it('has listeners, with the connections that wait', () => {
    expect(
      parseTcp(
        '   0: 0100007F:C357 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 21341 1 0000000000000000 100 0 0 10 0',
      ),
    ).toEqual({
      protocol: 'tcp',
      family: 'IPv4',
      state: 'LISTEN',
      local: { address: '127.0.0.1', port: 50_007 },
      remote: { address: '0.0.0.0', port: 0 },
      receiveQueueBytes: undefined,
      sendQueueBytes: undefined,
      waiting: 3,
      timer: undefined,
      uid: 1_000,
      inode: 21_341,
      drops: undefined,
    });
  });

  it.each([
    ['01:00000014 00000002        0        0', { kind: 'retransmit', leftMs: 200, count: 2 }],
    ['02:000AFC80 00000000     1000        3', { kind: 'keepalive', leftMs: 7_200_000, count: 3 }],
    ['03:00001388 00000000        0        0', { kind: 'time-wait', leftMs: 50_000, count: 0 }],
    ['04:000000C8 00000000        0        9', { kind: 'probe', leftMs: 2_000, count: 9 }],
    ['01:FFFFFFFFFFFFFFFF 0000000A 0        0', { kind: 'retransmit', leftMs: 0, count: 10 }],
    ['07:00000001 00000000        0        0', undefined],
  ])('has timers: %s', (columns, timer) => {
    const line = `   7: 0100007F:C357 0100007F:A0B2 01 00000010:00000001 ${columns} 77 1 0`;
    expect(parseTcp(line)).toMatchObject({ state: 'ESTABLISHED', sendQueueBytes: 16, receiveQueueBytes: 1 });
    expect(parseTcp(line)?.timer).toEqual(timer);
  });

  it('has no user where no program has the socket', () => {
    const line =
      '12345: 0100007F:C357 0100007F:A0B2 06 00000000:00000000 03:00000F00 00000000     0        0 0 3 0';
    expect(parseTcp(line)).toMatchObject({ state: 'TIME_WAIT', uid: undefined, inode: 0 });
  });
});

describe('the table of UDP', () => {
  const line = (drops: string): string =>
    `  123: 00000000:14E9 00000000:0000 07 00000000:00000900 00:00000000 00000000   101        0 8123 2 0000000000000000 ${drops}`;

  it('has what was dropped', () => {
    const { sockets } = parseInetTable(table(UDP_HEADING, line('49')), UDP);
    expect(sockets[0]).toMatchObject({
      state: 'UNCONN',
      receiveQueueBytes: 2_304,
      drops: 49,
      waiting: undefined,
    });
  });

  it('of an old kernel has not', () => {
    expect(parseInetTable(table(UDP_HEADING, line('')), UDP).sockets[0]?.drops).toBeUndefined();
  });
});

const endpoint = fc.record({ address: fc.ipV4(), port: fc.nat(0xffff) });
const sockets = fc.array(
  fc.record({
    local: endpoint,
    remote: endpoint,
    sendQueueBytes: fc.nat(),
    receiveQueueBytes: fc.nat(),
    uid: fc.nat(),
    inode: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    drops: fc.nat(),
  }),
  { maxLength: 20 },
);
type Generated = typeof sockets extends fc.Arbitrary<(infer T)[]> ? T : never;

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

function lineOf(
  { local, remote, sendQueueBytes, receiveQueueBytes, uid, inode, drops }: Generated,
  slot: number,
): string {
  const ends = [local, remote].map(({ address, port }) => {
    const bytes = address.split('.').map(Number);
    return `${bytes.map(byte => hex(byte, 2)).join('')}:${hex(port, 4)}`;
  });
  const queues = `${hex(sendQueueBytes, 8)}:${hex(receiveQueueBytes, 8)}`;
  return `${String(slot).padStart(5)}: ${ends.join(' ')} 07 ${queues} 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 2 0000000000000000 ${drops}`;
}

const textOf = (generated: readonly Generated[]): string => table(UDP_HEADING, ...generated.map(lineOf));
const BIG: InetTableOptions = { ...UDP, byteOrder: 'BE' };

describe('any table', () => {
  it('comes out as it was', () => {
    fc.assert(
      fc.property(sockets, generated => {
        const { sockets: parsed, unreadableLines } = parseInetTable(textOf(generated), BIG);
        expect(unreadableLines).toBe(0);
        expect(parsed).toEqual(
          generated.map(socket => ({
            ...{ protocol: 'udp', family: 'IPv4', state: 'UNCONN', timer: undefined, waiting: undefined },
            ...socket,
          })),
        );
      }),
    );
  });

  it('cut short gives the sockets of its whole lines', () => {
    fc.assert(
      fc.property(sockets, fc.nat(), (generated, where) => {
        const text = textOf(generated);
        const cut = text.slice(0, where % (text.length + 1));
        const whole = Math.max(0, cut.split('\n').length - 2);
        const { sockets: parsed, unreadableLines } = parseInetTable(cut, BIG);
        expect(parsed.map(({ inode }) => inode)).toEqual(generated.slice(0, whole).map(({ inode }) => inode));
        expect(unreadableLines).toBe(cut === '' || cut.endsWith('\n') ? 0 : 1);
      }),
    );
  });

  it('asked for a port gives those that have it at either end', () => {
    fc.assert(
      fc.property(sockets, fc.nat(0xffff), (generated, any) => {
        const port = generated[0]?.remote.port ?? any;
        const all = parseInetTable(textOf(generated), BIG).sockets;
        const some = parseInetTable(textOf(generated), { ...BIG, port }).sockets;
        expect(some).toEqual(all.filter(({ local, remote }) => local.port === port || remote.port === port));
      }),
    );
  });

  it('never fails, whatever is in it', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '0: ',
        '0100007F:C357 ',
        '0A ',
        '00000000:00000000 ',
        '\n',
        '\0',
        '99999999999999999999 ',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece), pieces => {
        const { sockets: parsed, unreadableLines } = parseInetTable(pieces.join(''), TCP);
        expect(parsed.length + unreadableLines).toBeLessThanOrEqual(pieces.join('').split('\n').length);
      }),
    );
  });

  it('has lines of another kind counted', () => {
    const six =
      '   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 5 1 0';
    expect(parseInetTable(table(TCP_HEADING, six, 'what', ''), TCP)).toEqual({
      sockets: [],
      unreadableLines: 3,
    });
    const { sockets: parsed } = parseInetTable(table(TCP_HEADING, six), { ...TCP, family: 'IPv6' });
    expect(parsed[0]).toMatchObject({ family: 'IPv6', local: { address: '::1', port: 80 } });
  });
});
