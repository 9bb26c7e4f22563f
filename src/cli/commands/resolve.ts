/**
 * `sensewire resolve`: what is found about a name, as tables or JSON lines.
 */
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { styleText } from 'node:util';
import { NetworkError, UsageError } from '../../errors/errors.ts';
import { getaddrinfo } from '../../socket/names.ts';
import {
  type Lookup,
  type Resolution,
  type ResolvedAddress,
  resolveName,
} from '../../socket/resolve-name.ts';
import { findService, type PortInfo } from '../../socket/services-file.ts';
import type { ResolveFlags } from '../definitions/resolve.ts';
import { endSignal } from '../exit.ts';
import { paint, plain, printJson } from '../terminal.ts';

const DNS_PORT = 53;
const GAP = '  ';
/** Every POSIX system has it there. */
const SHELL = '/bin/sh';

export async function resolve(text: string, flags: ResolveFlags): Promise<void> {
  if (flags.timeout === 0) throw new UsageError('SW_USAGE', '--timeout 0s: leave some time to look up');
  const { host, service } = splitName(text);
  const port = service === undefined ? undefined : findService(service);
  const servers = await Promise.all((flags.server ?? []).map(serverAddress));
  const { signal, release } = endSignal();
  const found = await resolveName(host, { servers, timeoutMs: flags.timeout / 1_000, signal });
  release();
  if (flags.json) printAsJson(found, port);
  else process.stdout.write(`${asText(found, port, flags).join('\n')}\n`);
  if (isStillAsking(found)) leaveSoon();
  if (signal.aborted) {
    process.stderr.write(`${paint('yellow', 'stopped')} before every look-up had ended\n`);
    process.exitCode = 1;
    return;
  }
  if (found.addresses.length === 0) {
    const message = `no address of ${JSON.stringify(found.ascii)} was found: check the spelling and the name service, or use an IP address`;
    throw new NetworkError('SW_UNKNOWN_HOST', message, { retryable: true });
  }
}

/** Host and service: `HOST`, `HOST:SERVICE`, `[IPV6]:SERVICE`. */
function splitName(text: string): { host: string; service: string | undefined } {
  if (isIP(text) !== 0) return { host: text, service: undefined };
  const [, inBrackets, name = '', service] = /^(?:\[([^\]]*)\]|([^:[\]]+))(?::([^:]+))?$/.exec(text) ?? [];
  const host = inBrackets ?? name;
  const isWrong = host === '' || (inBrackets !== undefined && isIP(inBrackets) !== 6);
  if (!isWrong) return { host, service };
  const message = `${JSON.stringify(text)} is no name: write it like localhost, localhost:http, 192.168.1.20 or [::1]:80`;
  throw new UsageError('SW_USAGE', message);
}

/** A name server as the resolver takes it. @throws UsageError SW_USAGE, NetworkError */
async function serverAddress(text: string): Promise<string> {
  try {
    return await findServer(text);
  } catch (error) {
    if (error instanceof UsageError)
      throw new UsageError('SW_USAGE', `--server ${text}: ${error.message}`, { cause: error });
    if (!(error instanceof NetworkError)) throw error;
    const { code, retryable } = error;
    throw new NetworkError(code, `--server ${text}: ${error.message}`, { cause: error, retryable });
  }
}

/** Its own name is looked up. */
async function findServer(text: string): Promise<string> {
  const { host, service } = splitName(text);
  const port = service === undefined ? DNS_PORT : findService(service).port;
  const [first] = await getaddrinfo(host, port);
  const ip = first?.address[0] ?? host;
  return isIP(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** True where the system's resolver still looks for what nobody waits for any more. */
function isStillAsking({ lookups }: Resolution): boolean {
  return lookups.some(({ question, error }) => question.startsWith('get') && error?.isGivenUp === true);
}

/** It cannot be told to stop, and would keep the process alive; what was printed has to go out first. */
function leaveSoon(): void {
  setImmediate(() => process.stdout.write('', () => process.stderr.write('', leave)));
}

/** `process.exit` waits for the threads of the system's resolver. Another program in this process does not. */
function leave(): void {
  if (process.execve === undefined || !existsSync(SHELL)) process.exit();
  process.execve(SHELL, ['sh', '-c', `exit ${process.exitCode ?? 0}`]);
}

function printAsJson(found: Resolution, port: PortInfo | undefined): void {
  for (const { question, of, answers, error, ms } of found.lookups) {
    const why = error && { code: error.code, message: error.message, given_up: error.isGivenUp };
    printJson('lookup', { question, of, answers, ...(why && { error: why }), ms: rounded(ms) });
  }
  for (const address of found.addresses) printJson('address', address);
  if (port !== undefined) {
    const { isReserved, ...known } = port;
    printJson('service', { ...known, reserved: isReserved });
  }
  const { addresses, lookups, ...rest } = found;
  printJson('summary', { ...rest, addresses: addresses.length, lookups: lookups.length });
}

function asText(found: Resolution, port: PortInfo | undefined, flags: ResolveFlags): string[] {
  const { name, ascii, canonical, aliases, addresses, lookups } = found;
  const heads: (readonly [string, string])[] = [['name', bold(plain(name))]];
  if (name !== ascii) heads.push(['in DNS', plain(ascii)]);
  if (canonical !== undefined) heads.push(['canonical', plain(canonical)]);
  if (aliases.length > 1) heads.push(['by way of', aliases.slice(1).map(plain).join(', ')]);
  if (port !== undefined) heads.push(['port', portText(port)]);
  const lines = heads.map(([title, text]) => `${dim(title.padEnd(9))} ${text}`);
  if (addresses.length > 0) lines.push('', ...addressTable(addresses));
  if (!flags.quiet) lines.push('', ...lookupTable(lookups), '', ...serverLines(found));
  return lines;
}

function portText({ port, services, isReserved }: PortInfo): string {
  const names = new Map<string, string[]>();
  for (const { name, protocol } of services)
    names.set(name, [...(names.get(name) ?? []), protocol.toUpperCase()]);
  const known = [...names].map(([name, protocols]) => `${name} (${protocols.join(', ')})`).join(', ');
  const reserved = isReserved
    ? 'reserved: only privileged programs may listen there'
    : 'anybody may listen there';
  return `${port} ${known === '' ? 'of no known service' : plain(known)}; ${reserved}`;
}

function addressTable(addresses: readonly ResolvedAddress[]): string[] {
  const rows = addresses.map(({ address, kind, meaning, interface: own, ttl, names }) => [
    plain(address),
    kind,
    names.map(plain).join(', ') || '–',
    ttl === undefined ? '' : `${ttl} s`,
    own === undefined ? meaning : `${meaning}; this machine's, at ${own}`,
  ]);
  return table(['ADDRESS', 'KIND', 'NAMES', 'TTL', 'MEANING'], rows);
}

function lookupTable(lookups: readonly Lookup[]): string[] {
  const rows = lookups.map(({ question, of, ms, answers, error }) => [
    question,
    plain(of),
    `${rounded(ms).toFixed(2).padStart(8)} ms`,
    error === undefined ? answers.map(plain).join(', ') || '–' : `${error.message} (${error.code})`,
  ]);
  return table(['LOOK-UP', 'OF', '    TIME', 'ANSWER'], rows);
}

function serverLines({ servers }: Resolution): string[] {
  return [
    dim('getaddrinfo and getnameinfo ask this system, which has /etc/hosts and may ask DNS in turn;'),
    dim(`the others ask DNS at ${servers.join(', ') || 'no server'}.`),
  ];
}

/** Columns as wide as what is in them; those that are empty are left out. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const used = titles.map((_, column) => rows.some(row => row[column] !== ''));
  const all = [titles, ...rows].map(row => row.filter((_, column) => used[column]));
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map(row => row[column]?.length ?? 0)));
  return all.map((row, index) => {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd();
    return index === 0 ? dim(line) : line;
  });
}

/** Hundredths of a millisecond: what is quick takes some of them. */
function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}

function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}

function dim(text: string): string {
  return styleText('dim', text, { stream: process.stdout });
}
