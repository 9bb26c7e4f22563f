import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findOwners } from './owners.ts';
import { readSocketTables } from './read-tables.ts';

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'sensewire-proc-'));
});
afterEach(() => rmSync(proc, { recursive: true, force: true }));

/** A process with these links behind its descriptors. */
function addProcess(pid: number, command: string, links: readonly string[]): void {
  const folder = join(proc, String(pid));
  mkdirSync(join(folder, 'fd'), { recursive: true });
  writeFileSync(join(folder, 'comm'), 'short\n');
  writeFileSync(join(folder, 'cmdline'), command);
  for (const [fd, link] of links.entries()) symlinkSync(link, join(folder, 'fd', String(fd)));
}

describe('owners', () => {
  it('are found in one pass, several for a socket that was inherited', () => {
    addProcess(10, '/usr/bin/python3\0/home/me/server.py\0--port=1\0', [
      '/dev/null',
      'socket:[7]',
      'pipe:[7]',
    ]);
    addProcess(11, '', ['socket:[7]', 'socket:[8]', 'socket:[9]']);
    addProcess(12, `x${'y'.repeat(200)}\0`, ['socket:[8]']);
    mkdirSync(join(proc, 'net'));
    const { owners, hiddenProcesses } = findOwners(new Set([0, 7, 8, 99]), { proc });
    expect(hiddenProcesses).toBe(0);
    const server = { pid: 10, name: 'short', command: 'python3 server.py --port=1', fd: 1 };
    const child = { pid: 11, name: 'short', command: 'short' };
    expect(
      new Map([...owners].map(([inode, list]) => [inode, [...list].sort((a, b) => a.pid - b.pid)])),
    ).toEqual(
      new Map([
        [7, [server, { ...child, fd: 0 }]],
        [
          8,
          [
            { ...child, fd: 1 },
            { pid: 12, name: 'short', command: `x${'y'.repeat(78)}…`, fd: 0 },
          ],
        ],
      ]),
    );
    expect([...findOwners(new Set([7, 8]), { proc, pids: [12, 4_711] }).owners.keys()]).toEqual([8]);
  });

  it('are not looked for where there is nothing to find', () => {
    expect(findOwners(new Set(), { proc: join(proc, 'missing') }).owners.size).toBe(0);
    expect(findOwners(new Set([1]), { proc: join(proc, 'missing') }).owners.size).toBe(0);
  });

  it('of a real socket are this process', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const { sockets } = readSocketTables({ port });
      expect(sockets).toHaveLength(1);
      const inode = sockets[0]?.inode as number;
      expect(findOwners(new Set([inode])).owners.get(inode)).toMatchObject([{ pid: process.pid }]);
    } finally {
      server.close();
    }
  });
});
