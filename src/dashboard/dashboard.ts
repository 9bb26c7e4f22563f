/**
 * The page of a collector: a small HTTP server for `web/`, the live feed, histories and commands.
 *
 * It only looks: the collector goes on whatever pages do. Paths: `/` and the page's files, `/api/live` (events),
 * `/api/sensors`, `/api/history`, `/api/command` (POST), `/healthz`. Everything but the page is JSON; what went wrong is
 * `{"error": "a sentence"}`.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Collector } from '../collector/collector.ts';
import { formatUrl } from '../socket/address.ts';
import { listenHosts, reachableHosts } from '../socket/hosts.ts';
import { networkError } from '../socket/network-error.ts';
import type { StoreReader } from '../stores/reader.ts';
import type { Clock } from '../time/clock.ts';
import { answerJson, answerProblem, readJson, setCommonHeaders } from './answers.ts';
import { runCommand } from './command.ts';
import { checkCommand, checkHost } from './guard.ts';
import { History } from './history.ts';
import { HttpProblem } from './http-problem.ts';
import { MOST_HTTP_CONNECTIONS } from './limits.ts';
import type { LiveFeed } from './live-feed.ts';
import { LivePages } from './live-pages.ts';
import { StaticFiles } from './static-files.ts';
import { DEFAULT_WEB_HOST } from './web-address.ts';

export interface DashboardOptions {
  /** Where to listen: a name, an IP address, or `*`. Default: 127.0.0.1. */
  readonly host?: string;
  /** 0: one that the system picks. */
  readonly port: number;
  readonly collector: Pick<Collector, 'snapshot' | 'oneWayUs' | 'oneWayClock' | 'command'>;
  /** The one whose `onReadings` the collector calls. */
  readonly feed: LiveFeed;
  /** Opens the store for reading; called with the first question. Left out: no histories. */
  readonly openReader?: () => Promise<StoreReader>;
  readonly clock: Clock;
  /** Whether the page may command sensors. Default: only where this machine alone can reach the page. */
  readonly commands?: boolean;
}

/** A page that is open. */
export interface Dashboard {
  /** Where to look, such as `http://127.0.0.1:8080/`. */
  readonly url: string;
  /** Ends every page's connection. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

type Route = (request: IncomingMessage, response: ServerResponse, url: URL) => void | Promise<void>;

/**
 * Opens the page.
 * @throws NetworkError SW_ADDRESS_IN_USE, SW_ADDRESS_NOT_AVAILABLE, SW_PERMISSION, SW_UNKNOWN_HOST, SW_NETWORK
 */
export async function openDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { host = DEFAULT_WEB_HOST, clock, feed, collector } = options;
  const commands = options.commands ?? isLoopback(host);
  const files = await StaticFiles.read();
  const pages = new LivePages({ clock, feed, collector, commands });
  const history = new History(options.openReader);

  const gets: Readonly<Record<string, Route>> = {
    '/healthz': (_request, response) => answerJson(response, { ok: true, pages: pages.size }),
    '/api/live': (_request, response) => pages.open(response),
    '/api/sensors': (_request, response) => answerJson(response, sensorsOf(feed, collector)),
    '/api/history': async (_request, response, { searchParams }) =>
      answerJson(response, await history.answer(searchParams, clock.wallUs())),
  };
  const posts: Readonly<Record<string, Route>> = {
    '/api/command': async (request, response) => {
      checkCommand(request.headers);
      if (!commands)
        throw new HttpProblem(403, 'this page takes no commands: it can be reached from other machines');
      answerJson(response, { answers: await runCommand(await readJson(request), collector, clock) });
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setCommonHeaders(response);
    checkHost(request.headers, host);
    const url = parseTarget(request.url ?? '/');
    const isGet = request.method === 'GET' || request.method === 'HEAD';
    const get = Object.hasOwn(gets, url.pathname) ? gets[url.pathname] : undefined;
    const post = Object.hasOwn(posts, url.pathname) ? posts[url.pathname] : undefined;
    if (files.has(url.pathname) && isGet) files.answer(url.pathname, request, response);
    else if (get !== undefined && request.method === 'GET') await get(request, response, url);
    else if (post !== undefined && request.method === 'POST') await post(request, response, url);
    else if (files.has(url.pathname)) throw notAllowed('GET, HEAD');
    else if (get !== undefined) throw notAllowed('GET');
    else if (post !== undefined) throw notAllowed('POST');
    else throw new HttpProblem(404, `there is nothing at ${url.pathname}: the page is at /`);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => answerProblem(response, error));
  });
  server.maxConnections = MOST_HTTP_CONNECTIONS;
  const port = await listen(server, host, options.port);

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeAll(server, pages, history);
    return closing;
  };
  return { url: `${formatUrl('http', shownHost(host), port)}/`, close, [Symbol.asyncDispose]: close };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  let failure: unknown;
  for (const each of listenHosts(host)) {
    try {
      server.listen({ host: each, port });
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    } catch (error) {
      failure = error;
      // Only a missing IPv6 makes the next host worth a try.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAFNOSUPPORT')) break;
    }
  }
  throw networkError(failure, { transport: 'tcp', host, port }, 'listen');
}

async function closeAll(server: Server, pages: LivePages, history: History): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  pages.close();
  // What was just written leaves first.
  await new Promise(resolve => setImmediate(resolve));
  server.closeAllConnections();
  await Promise.all([closed, history.close()]);
}

function sensorsOf(feed: LiveFeed, collector: Pick<Collector, 'snapshot'>): object {
  const sensors = feed.states().map(({ points: _points, ...state }) => state);
  return { sensors, hidden: Math.max(0, collector.snapshot.sensors - sensors.length) };
}

function parseTarget(target: string): URL {
  // The path only: an absolute target, or one that begins with two slashes, must not name another host.
  const url = URL.parse(`http://page${target.startsWith('/') ? target : '/'}`);
  if (url === null) throw new HttpProblem(400, 'this is no address of a page');
  return url;
}

function notAllowed(allow: string): HttpProblem {
  return new HttpProblem(405, `ask with ${allow}`, { allow });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.[0-9]+){3}$/.test(host);
}

/** For every interface, an address under which others find it; otherwise what the user wrote. */
function shownHost(host: string): string {
  const hosts = reachableHosts(host);
  return hosts.find(each => !isLoopback(each)) ?? hosts[0] ?? host;
}
