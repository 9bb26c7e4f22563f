/**
 * Keeps other websites out.
 *
 * Any page that a person has open can make the browser send requests here. Three checks:
 * - the Host must be an address or a name of ours, so that a foreign name that resolves to 127.0.0.1 (DNS rebinding) reads nothing;
 * - a command must come from our own page (Sec-Fetch-Site, Origin), or from no browser at all;
 * - a command must be JSON, which a form of another site cannot send.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { HttpProblem } from './http-problem.ts';

/**
 * @param boundHost the host that the page was opened at, as the user wrote it
 * @throws HttpProblem 421
 */
export function checkHost(headers: IncomingHttpHeaders, boundHost: string): void {
  const host = nameOf(headers.host ?? '');
  const own = hostname().toLowerCase();
  const names = ['localhost', own, `${own}.local`, boundHost.toLowerCase()];
  if (isIP(host) !== 0 || host.endsWith('.localhost') || names.includes(host)) return;
  throw new HttpProblem(
    421,
    `this page is not at "${host}": open it by IP address, or as localhost or ${own}`,
  );
}

/** @throws HttpProblem 403, 415 */
export function checkCommand(headers: IncomingHttpHeaders): void {
  const site = headers['sec-fetch-site'];
  const { origin, host } = headers;
  const foreign = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (foreign || (origin !== undefined && origin !== `http://${host}`)) {
    throw new HttpProblem(403, 'commands are taken from this page only, not from another website');
  }
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new HttpProblem(415, 'send a command as JSON, with content-type: application/json');
}

/** The host of a Host header, without port and brackets. */
function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/:[0-9]*$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}
