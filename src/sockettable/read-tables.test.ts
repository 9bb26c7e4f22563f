import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ReadOptions, readSocketTables } from './read-tables.ts';

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'sensewire-proc-'));
  mkdirSync(join(proc, 'net'));
});
afterEach(() => rmSync(proc, { recursive: true, force: true }));

const LOOPBACK = endianness() === 'LE' ? '0100007F' : '7F000001';

function line(state: string, remotePort: string, inode: number): string {
  return `   0: ${LOOPBACK}:0050 ${LOOPBACK}:${remotePort} ${state} 00000000:00000000 00:00000000 00000000 0 0 ${inode} 1 0\n`;
}
const write = (name: string, ...lines: string[]): void =>
  writeFileSync(join(proc, 'net', name), `heading\n${lines.join('')}`);

describe('the tables', () => {
  it('are read together; what moved while they were read is there once, as it was last', () => {
    write('tcp', line('02', '9C40', 5), line('01', '9C41', 0), line('01', '9C40', 5), 'cut sho');
    write('udp', line('07', '0000', 6));
    write('unix', '0000000000000000: 00000002 00000000 00010000 0001 01    8 /x\n');
    const { sockets, unreadableLines } = readSocketTables({ proc });
    expect(unreadableLines).toBe(1);
    expect(sockets.map(({ protocol, state, inode }) => [protocol, state, inode])).toEqual([
      ['tcp', 'ESTABLISHED', 5],
      ['tcp', 'ESTABLISHED', 0],
      ['udp', 'UNCONN', 6],
      ['unix', 'LISTEN', 8],
    ]);
    expect(sockets[0]).toMatchObject({ local: { address: '127.0.0.1', port: 80 } });
    const count = (options: ReadOptions): number => readSocketTables({ ...options, proc }).sockets.length;
    expect(count({ protocols: new Set(['udp', 'unix']) })).toBe(2);
    expect(count({ port: 40_001 })).toBe(1);
    expect(count({ family: 'IPv4' })).toBe(3);
  });

  const WITHOUT: readonly ReadOptions[] = [{}, { family: 'IPv6' }, { protocols: new Set(['unix']) }];

  it('that are not there at all are an error that says what to use', () => {
    for (const options of WITHOUT) {
      expect(() => readSocketTables({ ...options, proc })).toThrow(
        expect.objectContaining({
          code: 'SW_NO_SOCKET_TABLES',
          message: expect.stringMatching(
            /no table of sockets in .*net, where Linux keeps them \(this is \w+\): \w/,
          ),
        }),
      );
    }
  });

  it('that cannot be read are an error, too', () => {
    mkdirSync(join(proc, 'net/tcp'));
    expect(() => readSocketTables({ proc })).toThrow(expect.objectContaining({ code: 'SW_NETWORK' }));
  });
});
