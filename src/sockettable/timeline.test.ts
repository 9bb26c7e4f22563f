import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { readSocketTables } from './read-tables.ts';
import { type InetSocket, keyOf, type SocketEntry, uniqueSockets } from './socket-entry.ts';
import { parseStates, type SocketState } from './states.ts';
import { Timeline, type Transition } from './timeline.ts';

const SERVER = 80;
const CLIENT = 40_000;

function tcp(state: SocketState, from: number, to: number, inode = 100 + from): InetSocket {
  const none = { receiveQueueBytes: 0, sendQueueBytes: 0, waiting: undefined, drops: undefined };
  return {
    protocol: 'tcp',
    family: 'IPv4',
    state,
    local: { address: '127.0.0.1', port: from },
    remote: { address: to === 0 ? '0.0.0.0' : '127.0.0.1', port: to },
    timer: state === 'TIME_WAIT' ? { kind: 'time-wait', leftMs: 59_990, count: 0 } : undefined,
    uid: 0,
    inode: state === 'TIME_WAIT' ? 0 : inode,
    ...none,
  };
}
const listener = tcp('LISTEN', SERVER, 0);
const server = (state: SocketState, inode?: number): InetSocket => tcp(state, SERVER, CLIENT, inode);
const client = (state: SocketState, inode?: number): InetSocket => tcp(state, CLIENT, SERVER, inode);

/** Looks at each list in turn; what changed, as `SERVER ← ESTABLISHED → CLOSE_WAIT (missed)`. */
function tell(...looks: readonly (readonly SocketEntry[])[]): string[][] {
  const timeline = new Timeline();
  return looks.map(sockets => timeline.look(sockets).map(textOf));
}

function textOf({ kind, socket, from, to, missed, direction }: Transition): string {
  const who = socket.protocol === 'unix' ? socket.path : socket.local.port === SERVER ? 'server' : 'client';
  const states = [kind, from, to].filter(one => one !== undefined).join(' ');
  return `${who} ${direction ?? '-'}: ${states}${missed.length > 0 ? ` past ${missed.join(' ')}` : ''}`;
}

describe('a timeline', () => {
  it('tells the life of a connection from both ends', () => {
    expect(
      tell(
        [listener],
        [listener, client('SYN_SENT'), server('SYN_RECV', 0)],
        [listener, client('ESTABLISHED'), server('ESTABLISHED', 0)],
        [listener, client('ESTABLISHED'), server('ESTABLISHED')],
        [listener, client('FIN_WAIT1'), server('CLOSE_WAIT')],
        [listener, client('FIN_WAIT2'), server('CLOSE_WAIT')],
        [listener, client('TIME_WAIT'), server('LAST_ACK')],
        [listener, client('TIME_WAIT')],
        [],
      ),
    ).toEqual([
      ['server -: found LISTEN'],
      ['client out: new SYN_SENT', 'server in: new SYN_RECV'],
      ['client out: changed SYN_SENT ESTABLISHED', 'server in: changed SYN_RECV ESTABLISHED'],
      ['server in: accepted ESTABLISHED ESTABLISHED'],
      ['client out: changed ESTABLISHED FIN_WAIT1', 'server in: changed ESTABLISHED CLOSE_WAIT'],
      ['client out: changed FIN_WAIT1 FIN_WAIT2'],
      ['server in: changed CLOSE_WAIT LAST_ACK', 'client out: changed FIN_WAIT2 TIME_WAIT'],
      ['server in: gone LAST_ACK'],
      ['server -: gone LISTEN', 'client out: gone TIME_WAIT'],
    ]);
  });

  it('says what must have passed between two looks', () => {
    expect(
      tell(
        [listener],
        [listener, client('ESTABLISHED'), server('CLOSE_WAIT', 0)],
        [listener, client('TIME_WAIT')],
      ),
    ).toEqual([
      ['server -: found LISTEN'],
      ['client out: new ESTABLISHED past SYN_SENT', 'server in: new CLOSE_WAIT past SYN_RECV ESTABLISHED'],
      ['client out: changed ESTABLISHED TIME_WAIT past FIN_WAIT1 FIN_WAIT2', 'server in: gone CLOSE_WAIT'],
    ]);
  });

  it('knows who asked for a connection although the listener has gone, and says nothing where it cannot know', () => {
    expect(tell([listener], [server('ESTABLISHED')])[1]?.[0]).toBe(
      'server in: new ESTABLISHED past SYN_RECV',
    );
    expect(tell([server('ESTABLISHED')])[0]).toEqual(['server -: found ESTABLISHED']);
    expect(tell([server('ESTABLISHED'), client('ESTABLISHED'), listener])[0]).toContain(
      'client out: found ESTABLISHED',
    );
    expect(tell([], [client('ESTABLISHED')])[1]).toEqual(['client out: new ESTABLISHED past SYN_SENT']);
  });

  it('takes a listener at every address for one of this address, too', () => {
    for (const address of ['0.0.0.0', '::']) {
      const any = { ...listener, local: { address, port: SERVER } };
      expect(tell([any, server('ESTABLISHED')])[0]).toContain('server in: found ESTABLISHED');
    }
    const other = { ...listener, local: { address: '127.0.0.2', port: SERVER } };
    expect(tell([other, server('ESTABLISHED')])[0]).toContain('server -: found ESTABLISHED');
  });

  it('tells a new connection with the addresses of an old one', () => {
    expect(tell([client('TIME_WAIT')], [client('SYN_SENT')])[1]).toEqual([
      'client -: gone TIME_WAIT',
      'client out: new SYN_SENT',
    ]);
    expect(tell([client('ESTABLISHED', 1)], [client('ESTABLISHED', 2)])[1]).toEqual([
      'client -: gone ESTABLISHED',
      'client out: new ESTABLISHED past SYN_SENT',
    ]);
  });

  it('follows UDP and Unix sockets', () => {
    const udp: InetSocket = { ...listener, protocol: 'udp', state: 'UNCONN' };
    const unix: SocketEntry = {
      protocol: 'unix',
      type: 'stream',
      state: 'UNCONN',
      path: '/x',
      waiting: undefined,
      inode: 9,
    };
    expect(
      tell(
        [udp, unix],
        [
          { ...udp, state: 'ESTABLISHED', remote: { address: '127.0.0.1', port: 9 } },
          { ...unix, state: 'LISTEN' },
        ],
        [],
      ),
    ).toEqual([
      ['server -: found UNCONN', '/x -: found UNCONN'],
      ['/x -: changed UNCONN LISTEN', 'server -: changed UNCONN ESTABLISHED'],
      ['server -: gone ESTABLISHED', '/x -: gone LISTEN'],
    ]);
  });

  it('says nothing where nothing has changed, and knows when a socket is missing', () => {
    const timeline = new Timeline();
    expect(timeline.misses([])).toBe(false);
    timeline.look([listener, client('ESTABLISHED')]);
    expect(timeline.look([listener, { ...client('ESTABLISHED'), receiveQueueBytes: 5 }])).toEqual([]);
    expect([timeline.misses([listener]), timeline.misses([client('TIME_WAIT'), listener])]).toEqual([
      true,
      false,
    ]);
    expect(timeline.sockets).toHaveLength(2);
  });

  it('has a meaning for each state, and for each end', () => {
    for (const state of parseStates('all')) {
      const timeline = new Timeline();
      const [found] = timeline.look([client(state)]);
      const [gone] = timeline.look([]);
      expect([found?.meaning.length, gone?.meaning.length]).toEqual([expect.any(Number), expect.any(Number)]);
      expect(found?.meaning).not.toBe(gone?.meaning);
    }
    const [timeWait] = new Timeline().look([client('TIME_WAIT')]);
    expect(timeWait?.meaning).toBe('both ends have closed; kept 60 s in case segments come late');
  });

  it('adds up, whatever is seen', () => {
    const states = fc.constantFrom(...parseStates('all'));
    const port = fc.integer({ min: 1, max: 4 });
    const socket = fc
      .tuple(states, port, fc.oneof(port, fc.constant(0)), fc.nat(3))
      .map(([state, from, to, inode]) => tcp(state, from, to, inode));
    fc.assert(
      fc.property(fc.array(fc.array(socket, { maxLength: 8 }), { maxLength: 8 }), looks => {
        const timeline = new Timeline();
        const told = new Map<string, SocketState>();
        for (const sockets of looks.map(uniqueSockets)) {
          for (const { kind, socket: one, from, to } of timeline.look(sockets)) {
            const key = keyOf(one);
            expect(told.get(key)).toBe(kind === 'found' || kind === 'new' ? undefined : from);
            if (to === undefined) told.delete(key);
            else told.set(key, to);
          }
          expect(told).toEqual(new Map(sockets.map(one => [keyOf(one), one.state])));
        }
      }),
    );
  });
});

describe('the timeline of a real connection', () => {
  let listening: Server | undefined;
  const open: Socket[] = [];
  afterEach(() => {
    for (const socket of open.splice(0)) socket.destroy();
    listening?.close();
  });

  it('goes through LISTEN, ESTABLISHED, CLOSE_WAIT, FIN_WAIT2 and TIME_WAIT', async () => {
    listening = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    const timeline = new Timeline();
    const seen: string[] = [];
    const look = (): void => {
      for (const { socket, to } of timeline.look(readSocketTables({ port }).sockets)) {
        const isServer = socket.protocol !== 'unix' && socket.local.port === port;
        seen.push(`${isServer ? 'server' : 'client'} ${to ?? 'gone'}`);
      }
    };
    /** The kernel says nothing when a state changes: looking again is the only way. */
    const until = async (what: string): Promise<void> => {
      while (!seen.includes(what)) {
        await new Promise(resolve => setImmediate(resolve));
        look();
      }
    };
    look();
    expect(seen).toEqual(['server LISTEN']);

    const accepted = once(listening, 'connection');
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const [peer] = (await accepted) as [Socket];
    open.push(socket, peer);
    await until('server ESTABLISHED');
    await until('client ESTABLISHED');

    peer.resume();
    socket.resume();
    socket.end();
    await until('server CLOSE_WAIT');
    await until('client FIN_WAIT2');

    peer.end();
    await until('client TIME_WAIT');
    await until('server gone');
    expect(timeline.sockets.map(({ state }) => state).sort()).toEqual(['LISTEN', 'TIME_WAIT']);
  });
});
