/**
 * A gigabyte through a stream socket to a slow reader, in bounded memory at both ends.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';

const GIGABYTE = 2 ** 30;
/**
 * Of the 1,048,576 kB that go through. What waits is 64 KiB here and as much in Node.js; most of this is what was read
 * and is not collected yet.
 */
const MOST_GROWN_KB = 65_536;
/** What the kernel keeps for both ends (net.ipv4.tcp_wmem and tcp_rmem are 4 and 6 MB), and what is under way. */
const MOST_TAKEN = 32 * 2 ** 20;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Told {
  readonly event: string;
  readonly port: number;
  readonly sent: number;
  readonly received: number;
  readonly hash: string;
  readonly grownKb: number;
}

/** An end in a process of its own, with a small heap. */
function end(...args: (string | number)[]): ChildProcess {
  const child = fork(new URL('socket-memory-child.ts', import.meta.url), args.map(String), {
    execArgv: ['--max-old-space-size=32'],
  });
  children.push(child);
  return child;
}

async function told(child: ChildProcess, event: string): Promise<Told> {
  for (;;) {
    const [message] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) =>
        Promise.reject(new Error(`it ended with ${code} before ${event}`)),
      ),
    ])) as [Told];
    if (message.event === event) return message;
  }
}

test('a gigabyte to a slow reader costs neither end more than its buffers', async () => {
  const receiver = end('receive', GIGABYTE);
  const { port } = await told(receiver, 'listening');
  const sender = end('send', port, GIGABYTE);
  // Nobody reads: the sender must stand still, with nearly all still to be sent.
  expect((await told(sender, 'waiting')).sent).toBeLessThan(MOST_TAKEN);
  const [sent, received] = [told(sender, 'done'), told(receiver, 'done')];
  receiver.send('go');
  const expected = createHash('sha256');
  const piece = Buffer.alloc(2 ** 20, 'x');
  for (let count = 0; count < GIGABYTE / piece.length; count++) expected.update(piece);
  expect(await sent).toMatchObject({ sent: GIGABYTE });
  expect(await received).toMatchObject({ received: GIGABYTE, hash: expected.digest('hex') });
  expect((await sent).grownKb).toBeLessThan(MOST_GROWN_KB);
  expect((await received).grownKb).toBeLessThan(MOST_GROWN_KB);
});
