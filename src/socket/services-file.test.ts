import { expect, it } from 'vitest';
import { findService, parseServices } from './services-file.ts';

const SERVICES = parseServices(`# Network services
echo\t\t7/tcp
echo\t\t7/udp
http            80/tcp          www     # WorldWideWeb HTTP
domain 53/udp
x 99999/tcp
nonsense
 postgresql 5432/tcp postgres
`);

it('lines are services, or nothing', () => {
  expect(SERVICES.map(({ name, port, protocol }) => `${name} ${port}/${protocol}`)).toEqual([
    'echo 7/tcp',
    'echo 7/udp',
    'http 80/tcp',
    'domain 53/udp',
    'postgresql 5432/tcp',
  ]);
});

it.each([
  ['echo', 7, 2, true],
  ['www', 80, 1, true],
  ['5432', 5_432, 1, false],
  ['1024', 1_024, 0, false],
  ['1023', 1_023, 0, true],
  ['0', 0, 0, true],
])('%s is port %i', (text, port, count, isReserved) => {
  const found = findService(text, SERVICES);
  expect([found.port, found.services.length, found.isReserved]).toEqual([port, count, isReserved]);
});

it.each([
  ['gopher', SERVICES, /no such service/],
  ['65536', SERVICES, /ports end at 65535/],
  ['http', [], /there is no \/etc\/services/],
])('%s is refused', (text, services, why) => {
  expect(() => findService(text, services)).toThrow(
    expect.objectContaining({ code: 'SW_USAGE', message: expect.stringMatching(why) }),
  );
});

it.skipIf(process.platform !== 'linux')("this system's own list is read", () => {
  expect(findService('80').isReserved).toBe(true);
});
