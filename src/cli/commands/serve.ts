/**
 * `sensewire serve`: a classic server, told by flags.
 */
import { systemClock } from '../../clock/system-clock.ts';
import { UsageError } from '../../errors/errors.ts';
import { ServiceServer } from '../../services/server.ts';
import type { Service } from '../../services/service.ts';
import { type Address, formatAddress, parseAddress } from '../../socket/address.ts';
import { OFFERS, type ServeFlags, type ServiceName } from '../definitions/serve.ts';
import { endSignal } from '../exit.ts';
import { captureOwn, type OwnCapture } from './capture-own.ts';
import { ServeLog } from './serve-log.ts';
import { openService, serviceName } from './serve-services.ts';

export async function serve(
  nameText: string,
  argument: string | undefined,
  flags: ServeFlags,
): Promise<void> {
  const name = serviceName(nameText);
  checkTimes(flags);
  const log = new ServeLog(flags);
  const service = await openService(name, argument, flags, log);
  const addresses = addressesOf(name, service, flags);
  const startedUs = systemClock.monotonicUs();
  const server = new ServiceServer({
    clock: systemClock,
    service,
    idleUs: flags.idle,
    lifetimeUs: flags.lifetime,
    mostConnections: flags.mostConnections,
    count: flags.count,
    onNotice: notice => log.notice(notice),
  });
  const { signal, release } = endSignal();
  let capture: OwnCapture | undefined;
  try {
    capture = await captureOwn({
      file: flags.capture,
      addresses,
      isListening: true,
      json: flags.json === true,
      log: text => log.line(text),
    });
    const urls: string[] = [];
    for (const address of addresses) urls.push(...(await server.listen(address)));
    capture.settle();
    log.listening(name, urls);
    log.startLive(() => server.snapshot);
    await ended(server, signal, flags.for);
    log.endLive();
    await server.stop();
    log.close();
    const seconds = (systemClock.monotonicUs() - startedUs) / 1e6;
    await capture.stop();
    capture = undefined;
    log.summary(service, server.snapshot, seconds);
  } finally {
    log.close();
    await server.stop();
    await capture?.stop();
    release();
  }
}

/** @throws UsageError SW_USAGE for a time in which nothing can be said */
function checkTimes({ idle, lifetime }: ServeFlags): void {
  for (const [flag, us] of Object.entries({ idle, lifetime })) {
    if (us === 0) {
      const message = `--${flag} takes a time above 0, such as 30s: leave it out for no limit`;
      throw new UsageError('SW_USAGE', message);
    }
  }
}

/** Where to listen. @throws UsageError SW_BAD_URL, SW_USAGE */
export function addressesOf(name: ServiceName, { datagram }: Service, flags: ServeFlags): Address[] {
  const { port, udp } = OFFERS[name];
  const usual = ['tcp', ...(udp ? ['udp'] : [])].map(transport => `${transport}://127.0.0.1`);
  const texts = flags.listen ?? (flags.udp ? ['udp://127.0.0.1'] : usual);
  const addresses = texts.map(text => parseAddress(text, port));
  for (const [index, { transport }] of addresses.entries()) {
    const text = texts[index] as string;
    if (transport === 'udp' && typeof datagram !== 'function')
      throw new UsageError('SW_USAGE', `${text} does not fit: ${datagram.unfit}`);
    if (flags.udp && transport !== 'udp')
      throw new UsageError('SW_USAGE', `--udp and --listen ${text} do not go together: leave one out`);
    const before = addresses.slice(0, index).findIndex(one => overlap(one, addresses[index] as Address));
    if (before >= 0)
      throw new UsageError(
        'SW_USAGE',
        `--listen ${texts[before]} and --listen ${text} are one address: leave one out`,
      );
  }
  return addresses;
}

/** True where both cannot be had: the same address, or one of those that `*` is. Port 0 is a new one each time. */
function overlap(one: Address, other: Address): boolean {
  if (one.transport === 'unix' || other.transport === 'unix')
    return formatAddress(one) === formatAddress(other);
  if (one.transport !== other.transport || one.port !== other.port || one.port === 0) return false;
  return one.host === other.host || one.host === '*' || other.host === '*';
}

/** Resolves at the count, at a signal, or when the time is over. */
async function ended(server: ServiceServer, signal: AbortSignal, forUs: number | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  const cancel =
    forUs === undefined ? undefined : systemClock.setTimer(systemClock.monotonicUs() + forUs, resolve);
  try {
    await Promise.race([server.ended, promise]);
  } finally {
    cancel?.();
  }
}
