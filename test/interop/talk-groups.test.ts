/**
 * Multicast and broadcast between two network namespaces, which need root; what one machine can show alone is tested beside
 * the source.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BIN } from '../cli-process.ts';

const isRoot = process.getuid?.() === 0;

/** A namespace that lives as long as the process in it. */
async function namespace(): Promise<ChildProcess> {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'echo made; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

const running = new Set<ChildProcess>();

interface Talk {
  readonly end: Promise<{ readonly code: number | null; readonly events: readonly Event[] }>;
  /** Resolves once this event has come. */
  until(event: string): Promise<void>;
}

interface Event {
  readonly event: string;
  readonly text?: string;
  readonly from?: string;
}

describe.skipIf(!isRoot)('between two machines', () => {
  let near: ChildProcess;
  let far: ChildProcess;

  const run = (where: ChildProcess, ...command: string[]): string =>
    execFileSync('nsenter', ['-t', String(where.pid), '-n', ...command], { encoding: 'utf8' });

  function talk(where: ChildProcess, ...args: string[]): Talk {
    const child = spawn('nsenter', [
      ...['-t', String(where.pid), '-n', process.execPath, BIN, 'talk', '--json', ...args],
    ]);
    running.add(child);
    let [out, err] = ['', ''];
    let onOutput: () => void = () => undefined;
    child.stdout.on('data', (bytes: Buffer) => {
      out += bytes.toString();
      onOutput();
    });
    child.stderr.on('data', (bytes: Buffer) => {
      err += bytes.toString();
    });
    child.stdin.end();
    const end = once(child, 'close').then(([code]: unknown[]) => {
      running.delete(child);
      return {
        code: code as number | null,
        events: out
          .split('\n')
          .filter(line => line !== '')
          .map(line => JSON.parse(line) as Event),
      };
    });
    const until = (event: string): Promise<void> =>
      new Promise((resolve, reject) => {
        onOutput = () => {
          if (out.includes(`{"event":"${event}"`)) resolve();
        };
        onOutput();
        child.on('close', () => reject(new Error(`it ended before ${event}: ${out}${err}`)));
      });
    return { end, until };
  }

  beforeAll(async () => {
    near = await namespace();
    far = await namespace();
    run(near, 'ip', 'link', 'add', 'near0', 'type', 'veth', 'peer', 'name', 'far0', 'netns', String(far.pid));
    for (const [where, link, number] of [
      [near, 'near0', 1],
      [far, 'far0', 2],
    ] as const) {
      run(where, 'ip', 'link', 'set', 'lo', 'up');
      run(where, 'ip', 'addr', 'add', `10.77.0.${number}/24`, 'brd', '+', 'dev', link);
      // Without duplicate address detection the address can be used at once.
      run(where, 'ip', '-6', 'addr', 'add', `fd77::${number}/64`, 'dev', link, 'nodad');
      run(where, 'ip', 'link', 'set', link, 'up');
    }
    // The kernel says a moment later that the link works, and only then do groups of every interface have it.
    for (const [where, link] of [
      [near, 'near0'],
      [far, 'far0'],
    ] as const) {
      while (!run(where, 'ip', '-json', 'link', 'show', link).includes('"operstate":"UP"'));
    }
  });

  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    for (const child of [near, far]) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
  });

  test.each([
    ['a group', 'udp://239.1.2.3', 'udp://239.1.2.3'],
    ['an IPv6 group', 'udp://[ff05::4242]', 'udp://[ff05::4242]'],
    ['an IPv6 group of the link', 'udp://[ff02::4242%near0]', 'udp://[ff02::4242%far0]'],
    ["the network's broadcast address", 'udp://10.77.0.255', 'udp://10.77.0.255'],
    ['the broadcast address of every network', 'udp://255.255.255.255', 'udp://255.255.255.255'],
  ])('%s is heard by everybody', async (_, to, at) => {
    const receivers = [
      talk(far, '--listen', `${at}:5005`, '--count', '1'),
      talk(far, '--listen', `${at}:5005`, '--count', '1'),
    ];
    for (const receiver of receivers) await receiver.until('listening');
    const from = to.includes('[') ? ['fd77::1', 'fe80:'] : ['10.77.0.1'];
    const sender = talk(near, `${to}:5005`, '--text', 'to all', '--timeout', '0s', '--interface', 'near0');
    expect((await sender.end).code).toBe(0);
    for (const receiver of receivers) {
      const { code, events } = await receiver.end;
      const received = events.find(({ event }) => event === 'received');
      expect([code, received?.text]).toEqual([0, 'to all']);
      expect(from.some(address => received?.from?.includes(address))).toBe(true);
    }
  });

  test('who answers to a broadcast is heard, with its address', async () => {
    const server = spawn('nsenter', [
      ...['-t', String(far.pid), '-n', 'python3', '-u', '-c'],
      'import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(("", 5006))\nprint("ready")\n' +
        'message, sender = s.recvfrom(100)\ns.sendto(b"here", sender)',
    ]);
    running.add(server);
    await once(server.stdout, 'data');
    const asker = talk(near, 'udp://10.77.0.255:5006', '--text', 'who is there?', '--timeout', '500ms');
    const { code, events } = await asker.end;
    expect(code).toBe(0);
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'received', text: 'here', from: 'udp://10.77.0.2:5006' }),
    );
  });

  test('without a way to a group it says what to do', async () => {
    const { code } = await talk(near, 'udp://239.1.2.3:5005', '--text', 'x').end;
    expect(code).toBe(1);
  });
});
