/**
 * The web client against servers that answer, byte for byte, what a test says.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { WebResponse } from './exchange.ts';
import { fetchWeb, MOST_REDIRECTS } from './fetch-web.ts';
import { ProgressLimit } from './progress-limit.ts';
import { parseWebUrl } from './web-url.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(servers.splice(0).map(server => new Promise(done => server.close(done))));
});

const NEVER = new AbortController().signal;

interface Scripted {
  readonly url: string;
  /** Heads of the requests that came. */
  readonly requests: string[];
}

/** Answers each path with these bytes, and closes; null: says nothing. */
async function serve(answers: (path: string) => string | null, closes = true): Promise<Scripted> {
  const requests: string[] = [];
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', data => {
      text += data.toString('latin1');
      if (!text.endsWith('\r\n\r\n')) return;
      requests.push(text);
      const answer = answers(text.split(' ')[1] as string);
      if (answer === null) return;
      socket.write(Buffer.from(answer, 'latin1'));
      if (closes) socket.end();
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

async function fetchText(
  url: string,
  signal: AbortSignal = NEVER,
): Promise<{ response: WebResponse; redirects: number; text: string }> {
  const fetched = await fetchWeb(parseWebUrl(url), { method: 'GET' }, signal);
  let text = '';
  for await (const piece of fetched.response.body()) text += piece.toString('latin1');
  return { ...fetched, text };
}

const redirect = (to: string, status = 302): string =>
  `HTTP/1.1 ${status} Elsewhere\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`;
const page = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('heads', () => {
  test('are shown as they are on the wire', async () => {
    const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>';
    const head = 'HTTP/1.1 200 All   fine\r\ncontent-LENGTH:2\r\nX-Odd:  l\xe4uft\t';
    const server = await serve(() => `${hint}\r\n\r\n${head}\r\n\r\nok`);
    const seen: string[] = [];
    const { response } = await fetchWeb(
      parseWebUrl(`${server.url}/a?b`),
      {
        method: 'GET',
        headers: { Range: 'bytes=5-' },
        watch: {
          onConnected: ({ remote, encryption }) => seen.push(`${remote} ${encryption}`),
          onRequestHead: text => seen.push(text),
          onResponseHead: text => seen.push(text),
        },
      },
      NEVER,
    );
    for await (const _ of response.body());
    expect(seen).toEqual([
      `${server.url.replace('http', 'tcp')} undefined`,
      expect.stringMatching(/^GET \/a\?b HTTP\/1\.1\r\nHost: 127/),
      hint,
      head,
    ]);
    expect(`${seen[1]}\r\n\r\n`).toBe(server.requests[0]);
  });
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('with %i are followed', async status => {
    const server = await serve(path => (path === '/a' ? redirect('b?c', status) : page(path)));
    const { text, redirects, response } = await fetchText(`${server.url}/a`);
    expect([text, redirects, response.url.href]).toEqual(['/b?c', 1, `${server.url}/b?c`]);
  });

  test.each([300, 304, 305])('%i is an answer', async status => {
    const server = await serve(() => redirect('/b', status));
    expect((await fetchText(`${server.url}/a`)).response.status).toBe(status);
  });

  test('in a circle end', async () => {
    const server = await serve(path => redirect(path === '/a' ? '/b' : '/a'));
    await expect(fetchText(`${server.url}/a`)).rejects.toMatchObject({
      code: 'SW_PROTOCOL',
      message: `${server.url}/b redirects in a circle: ${server.url}/a was asked already`,
    });
  });

  test('without end have one', async () => {
    const server = await serve(path => redirect(`${path}x`));
    await expect(fetchText(`${server.url}/a`)).rejects.toThrow(`more than ${MOST_REDIRECTS} times`);
    expect(server.requests).toHaveLength(MOST_REDIRECTS + 1);
  });

  test.each(['ftp://a/b', 'http://[/', 'javascript:alert(1)'])('to %s are refused', async to => {
    const server = await serve(() => redirect(to));
    await expect(fetchText(server.url)).rejects.toMatchObject({ code: 'SW_PROTOCOL' });
  });
});

describe('bodies', () => {
  test.each([
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'],
    ['until the end', 'HTTP/1.0 200 OK\r\n\r\nhello'],
  ])('%s', async (_name, answer) => {
    const server = await serve(() => answer);
    expect((await fetchText(server.url)).text).toBe('hello');
  });

  test.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello', /after 5 of 9 bytes/],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello', /after 5 bytes/],
    ['a head', 'HTTP/1.1 200 OK\r\nContent-', /before it answered/],
    ['nothing', '', /before it answered/],
  ])('that end before %s is complete are an error', async (_name, answer, message) => {
    const server = await serve(() => answer);
    await expect(fetchText(server.url)).rejects.toMatchObject({
      code: 'SW_END_OF_STREAM',
      message: expect.stringMatching(message),
    });
  });

  test('of what is no HTTP are an error', async () => {
    const server = await serve(() => 'SSH-2.0-OpenSSH_9.2\r\n');
    await expect(fetchText(server.url)).rejects.toMatchObject({ code: 'SW_PROTOCOL' });
  });
});

describe('waiting', () => {
  test.each([
    ['a head', null],
    ['the rest of a body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello'],
  ])('for %s has a limit', async (_name, answer) => {
    const server = await serve(() => answer, false);
    using limit = new ProgressLimit('the server', 50);
    await expect(fetchText(server.url, limit.signal)).rejects.toMatchObject({
      code: 'SW_TIMEOUT',
      message: expect.stringContaining('nothing came from the server for 0.05 s'),
    });
  });

  test('ends with its signal', async () => {
    const server = await serve(() => null, false);
    const controller = new AbortController();
    const fetching = fetchText(server.url, controller.signal);
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort(new Error('enough'));
    await expect(fetching).rejects.toThrow('enough');
  });
});

test('where nobody listens, that is said with the way to a server', async () => {
  const server = await serve(() => null);
  const { url } = server;
  await new Promise(done => servers.pop()?.close(done));
  await expect(fetchText(url)).rejects.toMatchObject({
    code: 'SW_UNREACHABLE',
    errno: 'ECONNREFUSED',
    message: expect.stringContaining(`no server listens for ${url}/`),
  });
});
