/**
 * `sensewire serve`: a classic server, told by flags.
 */
import { systemClock } from '../../clock/system-clock.ts';
import { UsageError } from '../../errors/errors.ts';
import { ServiceServer } from '../../services/server.ts';
import type { Service } from '../../services/service.ts';
import { type Address, parseAddress } from '../../socket/address.ts';
import { OFFERS, type ServeFlags, type ServiceName } from '../definitions/serve.ts';
import { endSignal } from '../exit.ts';
import { ServeLog } from './serve-log.ts';
import { openService, serviceName } from './serve-services.ts';

export async function serve(
  nameText: string,
  argument: string | undefined,
  flags: ServeFlags,
): Promise<void> {
  const name = serviceName(nameText);
  if (flags.idle === 0) throw new UsageError('SW_USAGE', '--idle 0: leave some time, such as 30s');
  const log = new ServeLog(flags);
  const service = await openService(name, argument, log);
  const addresses = addressesOf(name, service, flags);
  const startedUs = systemClock.monotonicUs();
  const server = new ServiceServer({
    clock: systemClock,
    service,
    idleUs: flags.idle,
    mostConnections: flags.mostConnections,
    count: flags.count,
    onNotice: notice => log.notice(notice),
  });
  const { signal, release } = endSignal();
  try {
    const urls: string[] = [];
    for (const address of addresses) urls.push(...(await server.listen(address)));
    log.listening(name, urls);
    log.startLive(() => server.snapshot);
    await ended(server, signal, flags.for);
    log.endLive();
    await server.stop();
    log.close();
    log.summary(service, server.snapshot, (systemClock.monotonicUs() - startedUs) / 1e6);
  } finally {
    log.close();
    await server.stop();
    release();
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
  }
  return addresses;
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
