import { describe, expect, test } from 'vitest';
import { noSocket, sharedNote } from './sockets-notes.ts';
import type { OwnedSocket } from './sockets-output.ts';

const ALL = { protocols: undefined, family: undefined, port: undefined };

describe('where no socket fits', () => {
  test('what was asked for is said, with the port of a service', () => {
    const options = { ...ALL, protocols: new Set(['tcp'] as const), family: 'IPv6' as const, port: 80 };
    expect(noSocket(options, { port: 'http', state: 'listening', tcp: true, ipv6: true })).toBe(
      'no socket fits port 80 (http), state listening, tcp, IPv6: leave one of these out, or follow what comes with --watch',
    );
  });

  test('of one wish, none can be left out; processes cannot be followed', () => {
    expect(noSocket({ ...ALL, port: 80 }, { port: '80' })).toBe(
      'no socket fits port 80: `sensewire sockets` shows all there are, or follow what comes with --watch',
    );
    expect(noSocket(ALL, { process: 'a\u001b' })).toMatch(
      /^no socket fits process [^\p{Cc}]*: `sensewire sockets` shows all there are$/u,
    );
    expect(noSocket(ALL, {})).toBe('there is no socket at all');
  });
});

describe('a socket of several processes', () => {
  const ownedBy = (...pids: number[]): OwnedSocket => ({
    socket: { protocol: 'unix', type: 'stream', state: 'LISTEN', path: '', waiting: 0, inode: 1 },
    owners: pids.map(pid => ({ pid, fd: 3, name: 'a', command: 'a' })),
    user: undefined,
  });

  test('has its number explained once', () => {
    expect(sharedNote([ownedBy(1), ownedBy(2, 2, 3, 4, 4), ownedBy(5, 6)])).toEqual([
      'PID 2+2: process 2 and 2 others share the socket',
    ]);
    expect(sharedNote([ownedBy(5, 6)])).toEqual(['PID 5+1: process 5 and 1 other share the socket']);
  });

  test('is not one that a process has twice', () => {
    expect(sharedNote([ownedBy(), ownedBy(2, 2)])).toEqual([]);
  });
});
