/**
 * Reading and sending over a connection that does what the test says.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NetworkError } from '../errors/errors.ts';
import { ByteStream, type ReadRequest } from './byte-stream.ts';
import type { Connection } from './connection.ts';
import { EndOfStreamError } from './socket-error.ts';

/** A connection that sends nowhere, and takes what it is given when it is told to. */
class FakeConnection implements Connection {
  readonly form = 'stream';
  readonly isThrifty = false;
  readonly local = 'tcp://127.0.0.1:1';
  readonly remote = 'tcp://127.0.0.1:2';
  readonly sameMachine = true;
  unsentBytes = 0;
  sent = '';
  isPaused = false;
  takes = true;
  isShut = false;
  #flushes: (() => void)[] = [];

  send(bytes: Uint8Array): boolean {
    this.sent += Buffer.from(bytes).toString();
    if (!this.takes) this.unsentBytes += bytes.length;
    return this.takes;
  }
  flush(done: () => void): void {
    this.#flushes.push(done);
  }
  /** The system takes everything that was given before the last `but` flushes. */
  takeAll(but = 0): void {
    this.unsentBytes = but;
    for (const done of this.#flushes.splice(0, this.#flushes.length - but)) done();
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  shutdown(): void {
    this.isShut = true;
  }
  close(): void {}
  abort(): void {}
}

function opened(): { stream: ByteStream; connection: FakeConnection; give(text: string | Buffer): void } {
  const stream = new ByteStream();
  const connection = new FakeConnection();
  stream.open(connection);
  return { stream, connection, give: data => stream.handlers.onReceive(Buffer.from(data)) };
}

const until = (separator: string, limit = 100, orRest = false): ReadRequest => ({
  kind: 'until',
  separator: Buffer.from(separator),
  limit,
  orRest,
});

/** What a call gives, as text: bytes, the end with what came before it, or an error's code. */
async function outcome(reading: Promise<Buffer>): Promise<string> {
  try {
    return `bytes ${(await reading).toString()}`;
  } catch (error) {
    if (error instanceof EndOfStreamError) return `end after ${error.partial.toString()}`;
    return (error as NetworkError).code;
  }
}

/** What the calls must give of a whole stream that ends. */
function expected(whole: string, requests: readonly Exclude<ReadRequest, number>[]): string[] {
  let rest = whole;
  const take = (count: number): string => {
    const taken = rest.slice(0, count);
    rest = rest.slice(count);
    return taken;
  };
  return requests.map(request => {
    if (request.kind === 'exactly') {
      return rest.length >= request.size ? `bytes ${take(request.size)}` : `end after ${take(rest.length)}`;
    }
    const separator = Buffer.from(request.separator).toString();
    const end = rest.indexOf(separator) + separator.length;
    if (rest.includes(separator) && end <= request.limit) return `bytes ${take(end)}`;
    if (rest.includes(separator) || rest.length >= request.limit) return 'SW_LIMIT';
    return request.orRest ? `bytes ${take(rest.length)}` : `end after ${take(rest.length)}`;
  });
}

const request = fc.oneof(
  fc.record({ kind: fc.constant('exactly' as const), size: fc.nat({ max: 12 }) }),
  fc.record({
    kind: fc.constant('until' as const),
    separator: fc.constantFrom('\n', '\r\n', 'aab').map(text => Buffer.from(text)),
    limit: fc.integer({ min: 1, max: 30 }),
    orRest: fc.boolean(),
  }),
);

describe('reading', () => {
  it('gives the same wherever the stream was cut, and whoever was first', async () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '\r', '\n', '\r\n'), { maxLength: 60 });
    const pieces = fc.array(
      letters.map(list => list.join('')),
      { maxLength: 12 },
    );
    const plan = fc.array(fc.tuple(request, fc.nat({ max: 3 })), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(pieces, plan, async (given, calls) => {
        const { stream, give } = opened();
        const coming = [...given];
        const reading = calls.map(([wanted, before]) => {
          for (const piece of coming.splice(0, before)) give(piece);
          return outcome(stream.read(wanted, null));
        });
        for (const piece of coming) give(piece);
        stream.handlers.onEnd?.();
        expect(await Promise.all(reading)).toEqual(
          expected(
            given.join(''),
            calls.map(([wanted]) => wanted),
          ),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('of some gives at least one byte, at most so many, and in the end all', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 1_500 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }),
        async (pushed, asked) => {
          const { stream, give } = opened();
          const whole = Buffer.concat(pushed.map((size, index) => Buffer.alloc(size, index + 1)));
          const first = stream.read(asked[0] as number, null);
          let at = 0;
          for (const size of pushed) {
            give(whole.subarray(at, at + size));
            at += size;
          }
          stream.handlers.onEnd?.();
          const got = [await first];
          for (let index = 1; got.at(-1)?.length !== 0; index++) {
            const most = asked[index % asked.length] as number;
            got.push(await stream.read(most, null));
            expect(got.at(-1)?.length).toBeLessThanOrEqual(most);
          }
          expect(Buffer.concat(got)).toEqual(whole);
        },
      ),
    );
  });

  it('goes on for those behind a call that gave up', async () => {
    const { stream, give } = opened();
    const controller = new AbortController();
    const large = stream.read({ kind: 'exactly', size: 100 }, null, controller.signal);
    const small = stream.read(10, null);
    give('abc');
    controller.abort('enough');
    await expect(large).rejects.toBe('enough');
    expect(await outcome(small)).toBe('bytes abc');
  });

  it('does not begin with an aborted signal, even where bytes wait', async () => {
    const { stream, give } = opened();
    give('abc');
    await expect(stream.read(10, null, AbortSignal.abort('no'))).rejects.toBe('no');
    expect(await outcome(stream.read(10, 0))).toBe('bytes abc');
    expect(await outcome(stream.read(10, 0))).toBe('SW_TIMEOUT');
  });

  it('gives what came before the connection broke, then the error, every time', async () => {
    const { stream, give } = opened();
    give('abc');
    stream.handlers.onClose(new NetworkError('SW_NETWORK', 'reset'));
    expect(await outcome(stream.read(2, null))).toBe('bytes ab');
    expect(await outcome(stream.read({ kind: 'exactly', size: 2 }, null))).toBe('SW_NETWORK');
    expect(await outcome(stream.read(2, null))).toBe('bytes c');
    expect(await outcome(stream.read(2, null))).toBe('SW_NETWORK');
    expect(await outcome(stream.read(2, null))).toBe('SW_NETWORK');
    await expect(stream.send(Buffer.from('x'), null)).rejects.toMatchObject({ code: 'SW_NETWORK' });
  });

  it('has come to its end though sending failed after it', async () => {
    const { stream, give } = opened();
    give('bye');
    stream.handlers.onEnd?.();
    stream.handlers.onClose(new NetworkError('SW_NETWORK', 'EPIPE'));
    expect(await outcome(stream.read(until('\n', 100, true) as never, null))).toBe('bytes bye');
    expect(await outcome(stream.read(9, null))).toBe('bytes ');
    await expect(stream.send(Buffer.from('x'), null)).rejects.toMatchObject({ code: 'SW_NETWORK' });
  });

  it('pauses the connection while more waits than is wanted, and no longer', async () => {
    const { stream, connection, give } = opened();
    give(Buffer.alloc(65_535));
    expect(connection.isPaused).toBe(false);
    give('x');
    expect(connection.isPaused).toBe(true);
    await stream.read(100, null);
    expect(connection.isPaused).toBe(false);
    give(Buffer.alloc(100));
    expect(connection.isPaused).toBe(true);
    const controller = new AbortController();
    const large = stream.read({ kind: 'exactly', size: 200_000 }, null, controller.signal);
    expect(connection.isPaused).toBe(false);
    controller.abort('enough');
    await expect(large).rejects.toBe('enough');
    expect(connection.isPaused).toBe(true);
    stream.shutReceiving();
    expect(connection.isPaused).toBe(false);
    expect(await outcome(stream.read(9, null))).toBe('bytes ');
    give('nobody wants this');
    expect(await outcome(stream.read(9, null))).toBe('bytes ');
  });
});

describe('sending', () => {
  it('waits until the system has taken the bytes, each call for its own', async () => {
    const { stream, connection } = opened();
    const done: string[] = [];
    await stream.send(Buffer.from('at once '), null);
    connection.takes = false;
    const first = stream.send(Buffer.from('first '), null).then(() => done.push('first'));
    const second = stream.send(Buffer.from('second'), null).then(() => done.push('second'));
    connection.takeAll(1);
    await first;
    expect(done).toEqual(['first']);
    connection.takeAll();
    await second;
    expect(connection.sent).toBe('at once first second');
  });

  it('that gives up leaves the others waiting', async () => {
    const { stream, connection } = opened();
    connection.takes = false;
    const controller = new AbortController();
    const first = stream.send(Buffer.from('a'), null, controller.signal);
    const second = stream.send(Buffer.from('b'), null);
    controller.abort('enough');
    await expect(first).rejects.toBe('enough');
    connection.takeAll();
    await second;
  });

  it('fails where the connection closes first, or this end', async () => {
    const broken = opened();
    broken.connection.takes = false;
    const sending = broken.stream.send(Buffer.from('a'), null);
    broken.stream.handlers.onClose(new NetworkError('SW_NETWORK', 'reset'));
    await expect(sending).rejects.toMatchObject({ message: 'reset' });
    const closed = opened();
    closed.connection.takes = false;
    const closing = closed.stream.send(Buffer.from('a'), null);
    closed.stream.close();
    await expect(closing).rejects.toMatchObject({ errno: 'EBADF' });
    const shut = opened();
    shut.stream.shutSending();
    expect(shut.connection.isShut).toBe(true);
    await expect(shut.stream.send(Buffer.from('a'), null)).rejects.toMatchObject({ errno: 'EPIPE' });
  });

  it('without waiting takes a copy, or nothing', async () => {
    const { stream, connection } = opened();
    connection.takes = false;
    stream.sendNow(Buffer.from('a'));
    expect(() => stream.sendNow(Buffer.from('b'))).toThrow(/EAGAIN/);
    await expect(stream.send(Buffer.from('c'), 0)).rejects.toMatchObject({ errno: 'EAGAIN' });
    expect(connection.sent).toBe('a');
  });
});
