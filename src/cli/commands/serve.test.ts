import { describe, expect, it } from 'vitest';
import { echoService } from '../../services/echo.ts';
import { greetService } from '../../services/greet.ts';
import type { Service } from '../../services/service.ts';
import { formatAddress } from '../../socket/address.ts';
import { OFFERS, type ServeFlags, type ServiceName } from '../definitions/serve.ts';
import { addressesOf } from './serve.ts';

const FLAGS: ServeFlags = { mostConnections: 1 };
const urlsOf = (name: ServiceName, service: Service, flags: Partial<ServeFlags> = {}): string[] =>
  addressesOf(name, service, { ...FLAGS, ...flags }).map(formatAddress);

describe('serve listens', () => {
  it('at the ports of the exercises, on this machine only, over every transport of networks that fits', () => {
    const ports = Object.entries(OFFERS).map(([name, { port, udp }]) => [name, port, udp]);
    expect(ports).toEqual([
      ['echo', 50_007, true],
      ['upper', 12_000, true],
      ['greet', 1234, false],
      ['chat', 8080, false],
      ['struct', 10_001, true],
      ['http', 8000, false],
    ]);
    expect(urlsOf('echo', echoService)).toEqual(['tcp://127.0.0.1:50007', 'udp://127.0.0.1:50007']);
    expect(urlsOf('greet', greetService)).toEqual(['tcp://127.0.0.1:1234']);
  });

  it('only over UDP where it is told to', () => {
    expect(urlsOf('echo', echoService, { udp: true })).toEqual(['udp://127.0.0.1:50007']);
    expect(urlsOf('echo', echoService, { udp: true, listen: ['udp://*:9'] })).toEqual(['udp://*:9']);
  });

  it('at the port of the service where an address names none', () => {
    const listen = ['tcp://*', 'udp://[::1]', 'unix:/tmp/echo', 'tcp://localhost:7'];
    expect(urlsOf('echo', echoService, { listen })).toEqual([
      'tcp://*:50007',
      'udp://[::1]:50007',
      'unix:/tmp/echo',
      'tcp://localhost:7',
    ]);
  });

  it.each([
    ['tcp://127.0.0.1', 'tcp://127.0.0.1:50007'],
    ['tcp://*:7', 'tcp://127.0.0.1:7'],
    ['udp://[::1]:7', 'udp://[::1]:7'],
    ['unix:/tmp/a', 'unix:/tmp/a'],
  ])('not twice at one address: %s and %s', (...listen) => {
    expect(() => urlsOf('echo', echoService, { listen })).toThrow(
      expect.objectContaining({
        code: 'SW_USAGE',
        message: `--listen ${listen[0]} and --listen ${listen[1]} are one address: leave one out`,
      }),
    );
  });

  it('at addresses that only look alike', () => {
    for (const listen of [
      ['tcp://127.0.0.1:7', 'udp://127.0.0.1:7'],
      ['tcp://127.0.0.1:0', 'tcp://127.0.0.1:0'],
      ['tcp://127.0.0.1:7', 'tcp://127.0.0.2:7'],
      ['unix:/tmp/a', 'unix:/tmp/b'],
    ])
      expect(urlsOf('echo', echoService, { listen })).toEqual(listen);
  });
});
