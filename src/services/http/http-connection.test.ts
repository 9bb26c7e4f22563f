import { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SocketDuplex } from '../../socket/duplex.ts';
import type { Conversation } from '../service.ts';
import { HttpConnection } from './http-connection.ts';
import { HEAD_WITHIN_MS } from './limits.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection whose client has sent nothing, or no whole head. */
function waiting(): { connection: HttpConnection; conversation: Conversation; sent: () => string } {
  let text = '';
  const stream = new Duplex({
    read: () => undefined,
    write(piece, _encoding, done) {
      text += piece;
      done();
    },
  });
  const duplex = Object.assign(stream, { destroySoon: () => stream.end() });
  const conversation: Conversation = {
    peer: 'tcp://127.0.0.1:1',
    ending: new AbortController().signal,
    reason: undefined,
    complain: () => undefined,
    takes: () => true,
  };
  const connection = new HttpConnection(
    duplex as unknown as SocketDuplex,
    conversation,
    async () => undefined,
  );
  return { connection, conversation, sent: () => text };
}

test('a head has to come in time', async () => {
  const { conversation, sent } = waiting();
  await vi.advanceTimersByTimeAsync(HEAD_WITHIN_MS - 1);
  expect(conversation.reason).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(conversation.reason).toBe('no request came within 30 s');
  expect(sent()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n(.*\r\n)*Connection: close\r\n\r\n408/);
});

test('a connection that is gone waits for nothing', async () => {
  const { connection, conversation } = waiting();
  await connection.end();
  await vi.advanceTimersByTimeAsync(HEAD_WITHIN_MS);
  expect(conversation.reason).toBeUndefined();
});
