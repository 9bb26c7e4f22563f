/**
 * `sensewire serve` with the Python programs of the exercises as its clients, unchanged.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { endAll, type JsonLine, Run } from '../cli-process.ts';
import { endPrograms, HAS_PEERS, runPeer } from './programs.ts';

afterEach(async () => {
  endPrograms();
  await endAll();
});

/** A service, and the host and port of each address that it has. */
async function serve(...args: string[]): Promise<{ run: Run; at: [host: string, port: string][] }> {
  const listen = args.includes('--listen') ? [] : ['--listen', 'tcp://127.0.0.1:0'];
  const run = new Run(['serve', ...args, ...listen, '--json']);
  const urls = await run.urls();
  const at = urls.map((url): [string, string] => {
    const { hostname, port } = new URL(url);
    return [hostname.replace(/[[\]]/g, ''), port];
  });
  return { run, at };
}

/** Ends it as Ctrl-C does, and gives its summary. */
async function summaryOf(run: Run): Promise<JsonLine> {
  run.kill('SIGINT');
  expect(await run.exit).toBe(0);
  return run.json.at(-1) as JsonLine;
}

describe.skipIf(!HAS_PEERS)('the Python clients', () => {
  test.each(['tcp://127.0.0.1:0', 'tcp://[::1]:0', 'tcp://*:0'])(
    'hear their echo a thousand times at %s',
    async url => {
      const { run, at } = await serve('echo', '--listen', url);
      const { code, out, err } = await runPeer('echo_tcp_client.py', ...(at[0] as [string, string]), '1000');
      expect({ code, out, err }).toEqual({
        code: 0,
        out: "received b'Hello, world' 1000 times\n",
        err: '',
      });
      expect(await run.event('disconnected')).toMatchObject({
        bytes_in: 12_000,
        bytes_out: 12_000,
        reason: 'the client closed',
      });
      expect(await summaryOf(run)).toMatchObject({
        event: 'summary',
        service: 'echo',
        connections: 1,
        bytes_in: 12_000,
        bytes_out: 12_000,
        refused: 0,
        errors: 0,
        kernel_drops: 0,
      });
    },
  );

  test('get 50 MB back whole after they have shut their half', async () => {
    const { run, at } = await serve('echo');
    const { code, err } = await runPeer('half_close_client.py', ...(at[0] as [string, string]), '50000000');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(await summaryOf(run)).toMatchObject({ bytes_in: 50_000_000, bytes_out: 50_000_000, errors: 0 });
  });

  test.each([
    ['echo', 'Hello, world', 'Hello, world'],
    ['upper', 'hello, world', 'HELLO, WORLD'],
    ['upper', 'größe', 'GRÖSSE'],
  ])('have %s answer the datagram %j with %j', async (service, text, answer) => {
    const { run, at } = await serve(service, '--udp', '--listen', 'udp://127.0.0.1:0');
    expect(await runPeer('udp_client.py', ...(at[0] as [string, string]), text)).toMatchObject({
      code: 0,
      out: `${answer}\n`,
    });
    expect(await summaryOf(run)).toMatchObject({ peers: 1, datagrams_in: 1, datagrams_out: 1, errors: 0 });
  });

  test.each(['hello, world', 'größe', 'a line with its newline\n'])(
    'get %j in capitals over TCP',
    async text => {
      const { at } = await serve('upper');
      const { code, out } = await runPeer('upper_tcp_client.py', ...(at[0] as [string, string]), text);
      expect({ code, out }).toEqual({ code: 0, out: `${text.toUpperCase()}\n` });
    },
  );

  test('that only read are greeted', async () => {
    const { run, at } = await serve('greet');
    const { code, out } = await runPeer('read_until_close.py', ...(at[0] as [string, string]));
    expect({ code, out }).toEqual({ code: 0, out: 'Thank you for connecting\n' });
    expect(await run.event('disconnected')).toMatchObject({
      bytes_in: 0,
      bytes_out: 24,
      reason: 'this server closed',
    });
  });

  test('chat, 200 at once, the last to come served first', async () => {
    const { run, at } = await serve('chat');
    const { code, out, err } = await runPeer('chat_clients.py', ...(at[0] as [string, string]), '200');
    expect({ code, out, err }).toEqual({ code: 0, out: 'ok 200\n', err: '' });
    await run.event('disconnected', 200);
    const events = run.json.map(({ event }) => event);
    // All had come before the first one left.
    expect(events.lastIndexOf('connected')).toBeLessThan(events.indexOf('disconnected'));
    const left = run.json.filter(({ event }) => event === 'disconnected');
    expect(new Set(left.map(({ reason }) => reason))).toEqual(new Set(['said bye']));
    expect(await summaryOf(run)).toMatchObject({ connections: 200, errors: 0, refused: 0 });
  });

  test('send structs, which are printed', async () => {
    const { run, at } = await serve('struct', '=iif', '--count', '2');
    const values = ['=iif', '1', '4', '2.7'] as const;
    for (const _ of [1, 2]) {
      const { out } = await runPeer('struct_client.py', ...(at[0] as [string, string]), ...values);
      expect(out).toBe('0100000004000000cdcc2c40\n');
    }
    expect(await run.exit).toBe(0);
    expect(await run.event('record', 2)).toMatchObject({
      hex: '0100000004000000cdcc2c40',
      values: [1, 4, Math.fround(2.7)],
    });
    expect(run.json.at(-1)).toMatchObject({
      event: 'summary',
      records: 2,
      bytes_in: 24,
      bytes_out: 0,
      errors: 0,
    });
  });

  test('have what they sent printed for people, on standard output', async () => {
    const run = new Run(['serve', 'struct', '<hQ5s', '--listen', 'tcp://127.0.0.1:0', '--count', '1']);
    await run.until(() => run.err.length > 0);
    const { hostname, port } = new URL(run.err[0]?.split(' ')[1] ?? '');
    // Its values are numbers only: five bytes of text are five more of them.
    await runPeer(
      'struct_client.py',
      hostname,
      port,
      '<hQ5B',
      '-2',
      '18446744073709551615',
      ...'104 101 108 108 111'.split(' '),
    );
    expect(await run.exit).toBe(0);
    expect(run.out).toEqual([
      expect.stringMatching(
        /^tcp:\/\/127\.0\.0\.1:\d+ {2}fe ff ff ff ff ff ff ff ff ff 68 65 6c 6c 6f {2}\(-2, 18446744073709551615, "hello"\)$/,
      ),
      expect.stringMatching(/^struct: 1 connection, 1 record: 15 B in, 0 B out in /),
    ]);
    expect(run.err[0]).toBe(`listening tcp://127.0.0.1:${port}`);
    expect(run.err[1]).toMatch(/^\+ tcp:\/\/127\.0\.0\.1:\d+$/);
    expect(run.err[2]).toMatch(/^− tcp:\/\/127\.0\.0\.1:\d+ {2}15 B in, 0 B out in [\d.]+ m?s: /);
  });
});
