import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
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
function waiting(answer: () => Promise<void> = async () => undefined): {
  connection: HttpConnection;
  conversation: Conversation;
  stream: Duplex;
  sent: () => string;
} {
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
  const connection = new HttpConnection(duplex as unknown as SocketDuplex, conversation, answer);
  return { connection, conversation, stream, sent: () => text };
}

/** What came is read now, not in a while. */
async function receive(stream: Duplex, text: string): Promise<void> {
  const read = once(stream, 'data');
  stream.push(text);
  await read;
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('a head has to come in time', async () => {
  const { conversation, stream, sent } = waiting();
  await receive(stream, 'GET / HTT');
  await vi.advanceTimersByTimeAsync(HEAD_WITHIN_MS - 1);
  expect(conversation.reason).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(conversation.reason).toBe('no request came within 30 s, and the request is not whole');
  expect(sent()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n(.*\r\n)*Connection: close\r\n\r\n408/);
});

test('a connection that is gone waits for nothing', async () => {
  const { connection, conversation } = waiting();
  await connection.end();
  await vi.advanceTimersByTimeAsync(HEAD_WITHIN_MS);
  expect(conversation.reason).toBeUndefined();
});

test.each([
  ['', false],
  [REQUEST, false],
  [REQUEST + REQUEST, false],
  ['G', true],
  [`${REQUEST}G`, true],
  [REQUEST.slice(0, -1), true],
  [REQUEST.slice(0, -2), true],
])('a silent client that has sent %j hears of it only in the middle of a request', async (text, isTold) => {
  for (const pieces of [[text], [...text]]) {
    const { conversation, stream, sent } = waiting();
    for (const piece of pieces) if (piece !== '') await receive(stream, piece);
    conversation.onDismiss?.('idle', 'silent for 3 s');
    if (!stream.writableFinished) await once(stream, 'finish');
    expect(sent().slice(0, 12)).toBe(isTold ? 'HTTP/1.1 408' : '');
    expect(conversation.reason).toMatch(/^silent for 3 s/);
  }
});

test('the answer under way goes before the end, and no other request is taken', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let answers = 0;
  const { connection, conversation, stream, sent } = waiting(async () => {
    answers++;
    await promise;
    stream.write('answer');
  });
  const request = { headers: {}, resume: () => undefined } as unknown as IncomingMessage;
  const response = { destroyed: false } as ServerResponse;
  connection.take(request, response);
  conversation.onDismiss?.('lifetime', 'open for 1 s');
  connection.take(request, response);
  expect(stream.writableEnded).toBe(false);
  resolve();
  await once(stream, 'finish');
  expect([answers, sent(), conversation.reason]).toEqual([1, 'answer', 'open for 1 s']);
});
