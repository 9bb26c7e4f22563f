import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { AF_INET, AF_INET6, AF_UNIX } from './constants.ts';
import { checkPort, getaddrinfo, gethostbyname, gethostname, numericHost, resolveHost } from './names.ts';

describe('getaddrinfo', () => {
  it('gives every address of a name with the port', async () => {
    const found = await getaddrinfo('localhost', 80);
    expect(found).toContainEqual({ family: AF_INET, address: ['127.0.0.1', 80] });
    for (const { address } of found) expect(['127.0.0.1', '::1']).toContain(address[0]);
  });

  it('gives those of one family', async () => {
    expect(await getaddrinfo('localhost', 80, AF_INET)).toEqual([
      { family: AF_INET, address: ['127.0.0.1', 80] },
    ]);
    expect(await getaddrinfo('::1', 80, AF_INET6)).toEqual([{ family: AF_INET6, address: ['::1', 80] }]);
  });

  it('takes an IP address as it is, and the empty name as every interface', async () => {
    expect(await getaddrinfo('fe80::1%lo', 1)).toEqual([{ family: AF_INET6, address: ['fe80::1%lo', 1] }]);
    expect(await getaddrinfo('', 1)).toEqual([
      { family: AF_INET, address: ['0.0.0.0', 1] },
      { family: AF_INET6, address: ['::', 1] },
    ]);
    expect(await getaddrinfo('', 1, AF_INET6)).toEqual([{ family: AF_INET6, address: ['::', 1] }]);
  });

  it('refuses what cannot be', async () => {
    await expect(getaddrinfo('::1', 1, AF_INET)).rejects.toMatchObject({
      code: 'SW_USAGE',
      message: '::1 is an IPv6 address, and IPv4 is asked for (EINVAL)',
    });
    await expect(getaddrinfo('localhost', 65_536)).rejects.toMatchObject({ code: 'SW_USAGE' });
    await expect(getaddrinfo('/tmp/x', 0, AF_UNIX)).rejects.toMatchObject({ errno: 'EAFNOSUPPORT' });
  });

  it.each(['no-such-host.invalid', 'a\0b', 'x'.repeat(300), 'not a name'])(
    'says that a host is not known (%j)',
    async host => {
      await expect(getaddrinfo(host, 80)).rejects.toMatchObject({
        code: 'SW_UNKNOWN_HOST',
        retryable: true,
        errno: expect.stringMatching(/^E[A-Z_]+$/),
        message: expect.stringContaining(`the host ${JSON.stringify(host)}`),
      });
    },
  );
});

describe('gethostbyname', () => {
  it('gives one IPv4 address', async () => {
    expect(await gethostbyname('localhost')).toBe('127.0.0.1');
    expect(await gethostbyname('10.1.2.3')).toBe('10.1.2.3');
    expect(await gethostbyname('')).toBe('0.0.0.0');
    await expect(gethostbyname('::1')).rejects.toMatchObject({ code: 'SW_USAGE' });
  });

  it('knows this machine by its name', async () => {
    expect(gethostname()).toBe(hostname());
  });
});

describe('the host of an address', () => {
  it.each([
    ['', '0.0.0.0', '::'],
    ['10.1.2.3', '10.1.2.3', '::ffff:10.1.2.3'],
  ])('%j is the same in both families', async (host, inet, inet6) => {
    expect(await resolveHost(host, AF_INET)).toBe(inet);
    expect(await resolveHost(host, AF_INET6)).toBe(inet6);
  });

  it('may be everybody, IPv6, or a name', async () => {
    expect(numericHost('<broadcast>', AF_INET)).toBe('255.255.255.255');
    expect(numericHost('fe80::1%eth0', AF_INET6)).toBe('fe80::1%eth0');
    expect(numericHost('localhost', AF_INET)).toBeUndefined();
    expect(() => numericHost('::1', AF_INET)).toThrow(/use AF_INET6/);
    expect(await resolveHost('localhost', AF_INET)).toBe('127.0.0.1');
    expect(['::1', '::ffff:127.0.0.1']).toContain(await resolveHost('localhost', AF_INET6));
    await expect(resolveHost('no-such-host.invalid', AF_INET6)).rejects.toMatchObject({
      code: 'SW_UNKNOWN_HOST',
    });
  });
});

it.each([-1, 65_536, 1.5, Number.NaN])('a port is not %d', port => {
  expect(() => checkPort(port)).toThrow(/whole number from 0 to 65535/);
});
