/**
 * Asks for an address, and goes where the server sends it.
 */
import { RemoteProtocolError, UsageError } from '../errors/errors.ts';
import { type ExchangeOptions, exchange, type WebResponse } from './exchange.ts';
import { parseWebUrl, type WebUrl } from './web-url.ts';

/** More than any server needs; what browsers allow is twice that. */
export const MOST_REDIRECTS = 10;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface FetchOptions extends ExchangeOptions {
  /** Hears of each answer, redirects too. */
  readonly onResponse?: (response: WebResponse, goesTo: WebUrl | undefined) => void;
}

export interface Fetched {
  readonly response: WebResponse;
  readonly redirects: number;
}

/**
 * Resolves with the head of the last answer, whatever its status.
 * @throws NetworkError, RemoteProtocolError SW_PROTOCOL where the redirects lead nowhere, or the signal's reason
 */
export async function fetchWeb(start: WebUrl, options: FetchOptions, signal: AbortSignal): Promise<Fetched> {
  const seen = new Set<string>();
  let url = start;
  for (;;) {
    seen.add(url.href);
    const response = await exchange(url, options, signal);
    const next = goesTo(response);
    options.onResponse?.(response, next);
    if (next === undefined) return { response, redirects: seen.size - 1 };
    response.close();
    const wrong = seen.has(next.href)
      ? `redirects in a circle: ${next.href} was asked already`
      : seen.size > MOST_REDIRECTS
        ? `redirects more than ${MOST_REDIRECTS} times, the last time to ${next.href}`
        : url.isSecure && !next.isSecure
          ? `redirects from https to ${next.href}, which everybody on the way can read and change: ask for that address itself if you mean it`
          : undefined;
    if (wrong !== undefined)
      throw new RemoteProtocolError('SW_PROTOCOL', `${url.href} ${wrong}`, response.status);
    url = next;
  }
}

/** Where an answer sends to; undefined where it is one. */
function goesTo({ url, status, headers, close }: WebResponse): WebUrl | undefined {
  const { location } = headers;
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  try {
    return parseWebUrl(location, url);
  } catch (error) {
    close();
    if (!(error instanceof UsageError)) throw error;
    throw new RemoteProtocolError('SW_PROTOCOL', `${url.href} redirects, but ${error.message}`, status);
  }
}
