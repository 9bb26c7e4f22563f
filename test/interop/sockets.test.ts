/**
 * `sensewire sockets` against the kernel: the same sockets and states as `ss` where sockets are in every state (a network
 * namespace of the test's own, so that nothing else on the machine disturbs it), and the life of one connection.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readSocketTables } from '../../src/sockettable/read-tables.ts';
import { BIN, endAll, Run } from '../cli-process.ts';

const SCRIPT = join(import.meta.dirname, 'sockets_states.py');
const NOBODY = '65534';

interface Owner {
  readonly pid: number;
  readonly name: string;
  readonly command: string;
  readonly fd: number;
}

/** A JSON line of a TCP or UDP socket, or of a Unix one. */
interface Line {
  readonly event: string;
  readonly protocol: 'tcp' | 'udp' | 'unix';
  readonly type?: string;
  readonly state: string;
  readonly local: string;
  readonly remote: string;
  readonly local_port: number;
  readonly path: string | null;
  readonly receive_queue_bytes: number | null;
  readonly send_queue_bytes: number | null;
  readonly waiting: number | null;
  readonly timer?: { readonly kind: string; readonly left_ms: number; readonly count: number } | null;
  readonly drops?: number | null;
  readonly uid: number | null;
  readonly user: string | null;
  readonly inode: number;
  readonly owners: readonly Owner[];
  readonly owners_hidden?: number;
  readonly owners_elsewhere?: number;
  readonly unreadable_lines?: number;
  readonly kind?: string;
  readonly from?: string | null;
  readonly to?: string | null;
  readonly missed?: readonly string[];
  readonly direction?: string | null;
  readonly meaning?: string;
  readonly seconds?: number;
  readonly time?: string;
}

let folder: string;
let states: ChildProcess;

beforeAll(async () => {
  if (process.getuid?.() !== 0) {
    throw new Error('this test makes a network namespace, which only root may: run it as root, as CI does');
  }
  folder = mkdtempSync(join(tmpdir(), 'sensewire-sockets-'));
  states = spawn('unshare', ['--net', 'python3', SCRIPT, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: states.stdout as NodeJS.ReadableStream });
  const [line] = await Promise.race([once(lines, 'line'), once(states, 'exit')]);
  expect(line, 'what sockets_states.py says').toBe('ready');
});

afterAll(async () => {
  if (states !== undefined && states.exitCode === null) {
    states.stdin?.end();
    await once(states, 'exit');
  }
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** Runs a command in the namespace with the sockets. */
function inside(command: readonly string[], options: readonly string[] = []): string {
  const { stdout, stderr, status } = spawnSync(
    'nsenter',
    [`--net=/proc/${states.pid}/ns/net`, ...options, ...command],
    { encoding: 'utf8', maxBuffer: 2 ** 24 },
  );
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

function sensewire(args: readonly string[], options?: readonly string[]): { sockets: Line[]; summary: Line } {
  const out = inside([process.execPath, BIN, 'sockets', '--json', ...args], options);
  const lines = out.split('\n').slice(0, -1);
  const parsed = lines.map(line => JSON.parse(line) as Line);
  return { sockets: parsed.slice(0, -1), summary: parsed.at(-1) as Line };
}

/** A line of `ss -H -O`. */
interface SsLine {
  readonly socket: string;
  readonly receive: number;
  readonly send: number;
  /** What options such as -e and -o add. */
  readonly rest: string;
}

function ss(args: readonly string[]): SsLine[] {
  const lines = inside(['ss', '-H', '-O', ...args])
    .split('\n')
    .slice(0, -1);
  // Where there is one kind of socket only, ss does not say which.
  const [first = ''] = args;
  const only = first.startsWith('-u') ? 'udp' : 'tcp';
  return lines.map(line => {
    const columns = /^(?:(tcp|udp|u_\w+)\s+)?(\S+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) as RegExpExecArray;
    const [, kind = only, shown = '', receive, send, ends = ''] = columns;
    const state = stateOf(shown);
    const queues = { receive: Number(receive), send: Number(send) };
    if (kind.startsWith('u_')) {
      const [, path, inode, rest = ''] = /^(.*\S)\s+(\d+)\s+\S+\s+\d+(.*)$/.exec(ends) as RegExpExecArray;
      const type = { u_str: 'stream', u_dgr: 'dgram', u_seq: 'seqpacket' }[kind];
      return { socket: `unix ${type} ${state} ${path} ${inode}`, ...queues, rest };
    }
    const [local = '', remote = '', ...rest] = ends.split(/\s+/);
    // The kernel's tables do not tell whether an IPv6 listener takes IPv4, too.
    const [from, to] = [local, remote].map(end => end.replace(/^\*:/, '[::]:'));
    return { socket: `${kind} ${state} ${from} ${to}`, ...queues, rest: rest.join(' ') };
  });
}

/** `FIN-WAIT-1` as the kernel has it, `FIN_WAIT1`. */
function stateOf(name: string): string {
  return name === 'ESTAB' ? 'ESTABLISHED' : name.replace(/-(\d)$/, '$1').replaceAll('-', '_');
}

function nameOf({ protocol, type, state, path, inode, local, remote }: Line): string {
  return protocol === 'unix'
    ? `unix ${type} ${state} ${path ?? '*'} ${inode}`
    : `${protocol} ${state} ${local} ${remote}`;
}

const names = (lines: readonly Line[]): string[] => lines.map(nameOf).sort();
const ssNames = (args: readonly string[]): string[] =>
  ss(args)
    .map(({ socket }) => socket)
    .sort();

describe('sockets in every state', () => {
  test('are those that ss shows, in the same states', () => {
    const { sockets, summary } = sensewire([]);
    expect(names(sockets)).toEqual(ssNames(['-tuanx']));
    expect(summary.unreadable_lines).toBe(0);
    const tcp = new Set(sockets.filter(({ protocol }) => protocol === 'tcp').map(({ state }) => state));
    expect([...tcp].sort()).toEqual([
      'CLOSE_WAIT',
      'CLOSING',
      'ESTABLISHED',
      'FIN_WAIT1',
      'FIN_WAIT2',
      'LAST_ACK',
      'LISTEN',
      'SYN_RECV',
      'SYN_SENT',
      'TIME_WAIT',
    ]);
    expect(sockets.length).toBeGreaterThan(70);
  });

  test('have the queues, timers, users, inodes and programs that ss shows', () => {
    const args = ['-tuanxeopm'];
    const before = ss(args);
    const { sockets } = sensewire([]);
    const after = ss(args);
    const sorted = (texts: readonly string[]): string[] => [...texts].sort();
    expect(sorted(sockets.map(detailsOf))).toEqual(sorted(before.map(ssDetailsOf)));
    expect(sorted(before.map(ssDetailsOf))).toEqual(sorted(after.map(ssDetailsOf)));
    // What goes on between two looks: probes and what was sent again.
    const [least, most] = [before, after].map(
      lines => new Map(lines.map(line => [line.socket, ssFigures(line)])),
    );
    for (const line of sockets) {
      const name = nameOf(line);
      for (const [index, figure] of figuresOf(line).entries()) {
        const limits = [least, most].map(lines => lines?.get(name)?.[index] as number);
        expect(figure, name).toBeGreaterThanOrEqual(Math.min(...limits));
        expect(figure, name).toBeLessThanOrEqual(Math.max(...limits));
      }
    }
    const timeWait = sockets.find(({ state }) => state === 'TIME_WAIT')?.timer?.left_ms as number;
    expect(timeWait).toBeGreaterThan(0);
    expect(timeWait).toBeLessThanOrEqual(60_000);
    expect(sockets.find(({ local_port }) => local_port === 7106)?.drops).toBeGreaterThan(0);
    expect(sockets.find(({ local_port }) => local_port === 7107)).toMatchObject({
      uid: 65_534,
      user: 'nobody',
    });
  });

  test.each<[string[], string[]]>([
    [
      ['--port', '7001'],
      ['-tuan', '( sport = :7001 or dport = :7001 )'],
    ],
    [['--tcp', '-6'], ['-tan6']],
    [['-4'], ['-tuan4']],
    [['--udp'], ['-uan']],
    [['--unix'], ['-xan']],
    [
      ['--tcp', '--state', 'time-wait,FIN_WAIT2'],
      ['-tn', 'state', 'time-wait', 'state', 'fin-wait-2'],
    ],
    [
      ['--tcp', '--state', 'connected'],
      ['-tn', 'state', 'connected'],
    ],
    [['--state', 'listening'], ['-tulxn']],
    [['--tcp', '--udp', '--state', 'All'], ['-tuan']],
  ])('%j are those of ss %j', (args, ssArgs) => {
    const expected = ssNames(ssArgs);
    expect(expected.length).toBeGreaterThan(1);
    expect(names(sensewire(args).sockets)).toEqual(expected);
  });

  test('of one process, by its number and by its name', () => {
    const all = sensewire([]).sockets.filter(({ owners }) => owners.length > 0);
    expect(all.length).toBeGreaterThan(60);
    for (const wanted of [String(states.pid), 'sockets_states', 'PYTHON']) {
      expect(names(sensewire(['--process', wanted]).sockets)).toEqual(names(all));
    }
    expect(sensewire(['--process', '1']).sockets).toEqual([]);
  });

  test('hide their programs from other users, which is said', () => {
    const asNobody = ['--setuid', NOBODY, '--setgid', NOBODY];
    const { sockets, summary } = sensewire([], asNobody);
    expect(names(sockets)).toEqual(ssNames(['-tuanx']));
    const hidden = sockets.filter(({ inode, owners }) => inode !== 0 && owners.length === 0).length;
    expect(summary).toMatchObject({ owners_hidden: hidden, owners_elsewhere: 0 });
    expect(hidden).toBeGreaterThan(60);
    const node = [process.execPath, BIN, 'sockets'];
    const { stdout, stderr } = spawnSync(
      'nsenter',
      [`--net=/proc/${states.pid}/ns/net`, ...asNobody, ...node],
      {
        encoding: 'utf8',
      },
    );
    expect(stderr).toMatch(new RegExp(`programs of ${hidden} sockets are hidden: only root may see them`));
    expect(stdout.split('\n')[1]).toMatch(/^tcp +LISTEN +– +– +127\.0\.0\.1:7001 +0\.0\.0\.0:\* +root +\d+$/);
  });
});

function detailsOf(line: Line): string {
  const { inode, uid, waiting, timer, drops, owners } = line;
  return JSON.stringify({
    socket: nameOf(line),
    // The backlog of a listener is in no table.
    waiting,
    inode,
    uid: uid ?? 0,
    timer: timer?.kind,
    drops: drops ?? 0,
    owners: owners.map(({ name, pid, fd }) => `${name} ${pid} ${fd}`),
  });
}

/** Bytes received and to be sent, and how often something was sent again. */
function figuresOf({ protocol, state, receive_queue_bytes, send_queue_bytes, timer }: Line): number[] {
  if (protocol === 'unix' || state === 'LISTEN') return [];
  // Of a request that waits for the first bytes, ss counts what was sent again, and the table each time it was looked at.
  const count = state === 'SYN_RECV' ? [] : [timer?.count ?? 0];
  return [receive_queue_bytes as number, send_queue_bytes as number, ...count];
}

function ssFigures({ receive, send, rest }: SsLine): number[] {
  return [receive, send, Number(/timer:\(\w+,[^,]*,(\d+)\)/.exec(rest)?.[1] ?? 0)];
}

const SS_TIMERS: Readonly<Record<string, string>> = {
  on: 'retransmit',
  keepalive: 'keepalive',
  timewait: 'time-wait',
  persist: 'probe',
};

function ssDetailsOf({ socket, receive, rest }: SsLine): string {
  const isUnix = socket.startsWith('unix');
  const number = (pattern: RegExp): number => Number(pattern.exec(rest)?.[1] ?? 0);
  const isListener = / LISTEN /.test(socket);
  return JSON.stringify({
    socket,
    waiting: isListener ? receive : null,
    inode: isUnix ? Number(socket.split(' ').at(-1)) : number(/\bino:(\d+)/),
    uid: number(/\buid:(\d+)/),
    timer: SS_TIMERS[/timer:\((\w+)/.exec(rest)?.[1] ?? ''],
    drops: socket.startsWith('udp') ? number(/skmem:\(.*,d(\d+)\)/) : 0,
    owners: [...rest.matchAll(/"([^"]*)",pid=(\d+),fd=(\d+)/g)].map(
      ([, name, pid, fd]) => `${name} ${pid} ${fd}`,
    ),
  });
}

/** A server at a port of which the kernel remembers no connection of before. */
async function listenAlone(allowHalfOpen = true): Promise<Server> {
  for (;;) {
    const alone = createServer({ allowHalfOpen });
    alone.listen(0, '127.0.0.1');
    await once(alone, 'listening');
    const { port } = alone.address() as AddressInfo;
    if (readSocketTables({ protocols: new Set(['tcp']), port }).sockets.length === 1) return alone;
    alone.close();
    await once(alone, 'close');
  }
}

describe('the life of one connection', () => {
  let server: Server | undefined;
  const sockets: Socket[] = [];
  afterEach(async () => {
    await endAll();
    for (const socket of sockets.splice(0)) socket.destroy();
    server?.close();
    server = undefined;
  });

  test('is told step by step', async () => {
    server = await listenAlone();
    const { port } = server.address() as AddressInfo;
    const run = new Run(['sockets', '--watch', '--port', String(port), '--every', '2ms', '--json']);
    const lines = (): Line[] => run.json as unknown as Line[];
    /** Waits for the line of one end with this state. */
    const reaches = async (end: 'server' | 'client', state: string | null): Promise<Line> => {
      const find = (): Line | undefined =>
        lines().find(
          ({ event, to, local_port, remote }) =>
            event === 'transition' &&
            to === state &&
            (local_port === port) === (end === 'server') &&
            remote !== '0.0.0.0:*',
        );
      await run.until(() => find() !== undefined);
      return find() as Line;
    };
    await run.event('watching');
    await run.event('socket');
    expect(lines()[1]).toMatchObject({ state: 'LISTEN', local: `127.0.0.1:${port}`, waiting: 0 });

    const accepted = once(server, 'connection');
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const [peer] = (await accepted) as [Socket];
    sockets.push(client, peer);
    const local = `127.0.0.1:${client.localPort}`;
    const remote = `127.0.0.1:${port}`;
    expect(await reaches('client', 'ESTABLISHED')).toMatchObject({ direction: 'out', local, remote });
    expect(await reaches('server', 'ESTABLISHED')).toMatchObject({
      direction: 'in',
      local: remote,
      remote: local,
    });

    peer.resume();
    client.resume();
    client.end();
    expect(await reaches('server', 'CLOSE_WAIT')).toMatchObject({
      kind: 'changed',
      from: 'ESTABLISHED',
      meaning: 'the peer has closed; this program has not yet',
    });
    const finWait2 = await reaches('client', 'FIN_WAIT2');
    expect([finWait2.from, ...(finWait2.missed ?? [])]).toContain('FIN_WAIT1');
    expect(finWait2).toMatchObject({ owners: [{ pid: process.pid }], uid: 0, user: 'root' });

    peer.end();
    const timeWait = await reaches('client', 'TIME_WAIT');
    expect(timeWait).toMatchObject({ from: 'FIN_WAIT2', timer: { kind: 'time-wait' }, inode: 0 });
    // It is remembered whose it was.
    expect(timeWait.owners).toMatchObject([{ pid: process.pid }]);
    const gone = await reaches('server', null);
    expect(gone.kind).toBe('gone');
    expect(['CLOSE_WAIT', 'LAST_ACK']).toContain(gone.from);
    expect(gone.seconds).toBeGreaterThan(0);
    expect(Math.abs(Date.parse(gone.time as string) - Date.now())).toBeLessThan(60_000);

    run.kill('SIGINT');
    expect(await run.exit).toBe(0);
    expect(lines().at(-1)).toMatchObject({
      event: 'summary',
      sockets: 3,
      left: 2,
      states: { LISTEN: 1, TIME_WAIT: 1 },
      every_ms: 2,
      unreadable_lines: 0,
    });
  });

  test('is told to people, too', async () => {
    server = await listenAlone(false);
    const { port } = server.address() as AddressInfo;
    const run = new Run([
      'sockets',
      '--watch',
      '--port',
      String(port),
      '--every',
      '2ms',
      '--state',
      'listen',
    ]);
    await run.until(() => run.out.length === 1);
    server.close();
    await once(server, 'close');
    await run.until(() => run.out.length === 2);
    run.kill('SIGTERM');
    expect(await run.exit).toBe(0);
    const end = new RegExp(
      `^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} +\\+\\d+\\.\\d{3}s  tcp  127\\.0\\.0\\.1:${port} +`,
    );
    expect(run.out[0]).toMatch(
      new RegExp(`${end.source}LISTEN +waits for connections  \\[${process.pid}\\] `),
    );
    expect(run.out[1]).toMatch(
      new RegExp(`${end.source}LISTEN → gone +nobody waits for connections here any more`),
    );
    expect(run.out[2]).toMatch(/^1 socket and 1 change in .* s; none is left$/);
    expect(run.out[3]).toMatch(/^\d+ looks, at most .* apart: what lived shorter may not have been seen$/);
    expect(run.err).toEqual([`watching port ${port} every 2 ms, until Ctrl-C`]);
  });
});

describe('wrong usage', () => {
  test.each([
    [['--port', '0'], /port from 1 to 65535/],
    [['--port', '65536'], /ports end at 65535/],
    [['--port', 'no-such'], /"no-such" is no service/],
    [
      ['--state', 'sleeping'],
      /"sleeping" is not a state: give one of ESTABLISHED, .* or connected, listening, all/,
    ],
    [['--unix', '--port', '80'], /paths, not ports/],
    [['--unix', '-6'], /no IP addresses/],
    [['--every', '5ms'], /belong to --watch/],
    [['--for', '5s'], /belong to --watch/],
    [['--watch', '--every', '0s'], /such as 5ms/],
    [['--watch', '--process', 'node'], /give --port/],
  ])('%j exits with 2 and says what is wrong', async (args, what) => {
    const run = new Run(['sockets', ...args], { input: '' });
    expect([await run.exit, run.out]).toEqual([2, []]);
    expect(run.err.join('\n')).toMatch(what);
  });
});
