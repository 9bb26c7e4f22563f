/**
 * Look-ups against a name server that the test plays itself, on loopback.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Resolution, resolveName } from './resolve-name.ts';

const TYPES = { A: 1, CNAME: 5, PTR: 12, AAAA: 28 } as const;
type Type = keyof typeof TYPES;
/** Response codes (RFC 1035 section 4.1.1). */
const NO_SUCH_NAME = 3;
const REFUSED = 5;

/** What the name server knows, by name; a number is a response code, and what is `silent` gets no answer. */
type Zone = Readonly<Record<string, Partial<Record<Type, string>> | number | 'silent'>>;

let server: Socket;
let zone: Zone = {};
let asked: string[] = [];

beforeEach(async () => {
  [zone, asked] = [{}, []];
  server = createSocket('udp4').bind(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('message', (query, from) => {
    const reply = answer(query);
    if (reply !== undefined) server.send(reply, from.port, from.address);
  });
});
afterEach(() => {
  server.close();
});

/** The answer to a question (RFC 1035 section 4). */
function answer(query: Buffer): Buffer | undefined {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const name = labels.join('.').toLowerCase();
  const type = query.readUInt16BE(at + 1);
  asked.push(`${Object.keys(TYPES).find(key => TYPES[key as Type] === type)} ${name}`);
  const known = zone[name] ?? NO_SUCH_NAME;
  if (known === 'silent') return undefined;
  const question = query.subarray(12, at + 5);
  const records = typeof known === 'number' ? [] : recordsOf(known, type);
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | (typeof known === 'number' ? known : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  return Buffer.concat([head, question, ...records]);
}

function recordsOf(known: Partial<Record<Type, string>>, type: number): Buffer[] {
  return (Object.keys(TYPES) as Type[])
    .filter(key => TYPES[key] === type)
    .flatMap(key => known[key]?.split(' ').map(text => record(key, text)) ?? []);
}

/** A record of the name in the question, which holds for a minute. */
function record(type: Type, text: string): Buffer {
  const data =
    type === 'A'
      ? Buffer.from(text.split('.').map(Number))
      : type === 'AAAA'
        ? Buffer.from(text.replaceAll(':', ''), 'hex')
        : Buffer.concat([
            ...text.split('.').map(label => Buffer.from([label.length, ...Buffer.from(label)])),
            Buffer.of(0),
          ]);
  const head = Buffer.from('c00c000000010000003c0000', 'hex');
  head.writeUInt16BE(TYPES[type], 2);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

const look = (name: string, timeoutMs = 5_000): Promise<Resolution> =>
  resolveName(name, { servers: [`127.0.0.1:${server.address().port}`], timeoutMs });

const SIX = '2001:0db8:0000:0000:0000:0000:0000:0001';

describe('a name that DNS has', () => {
  it('has addresses of both families, with their kinds, times to live, and names', async () => {
    zone = {
      'sensor.invalid': { A: '192.0.2.1 127.0.0.1', AAAA: SIX },
      '1.2.0.192.in-addr.arpa': { PTR: 'sensor.invalid' },
    };
    const found = await look('sensor.invalid');
    expect(found.addresses).toEqual([
      {
        address: '192.0.2.1',
        family: 'IPv4',
        kind: 'documentation',
        meaning: 'for examples in texts',
        interface: undefined,
        from: ['dns'],
        ttl: 60,
        names: ['sensor.invalid'],
      },
      expect.objectContaining({
        address: '127.0.0.1',
        kind: 'loopback',
        interface: expect.stringMatching(/^lo/),
      }),
      expect.objectContaining({ address: '2001:db8::1', family: 'IPv6', from: ['dns'], names: [] }),
    ]);
    expect([found.canonical, found.aliases]).toEqual([undefined, []]);
    expect(found.servers).toEqual([`127.0.0.1:${server.address().port}`]);
    const told = Object.fromEntries(
      found.lookups.map(({ question, of, ...rest }) => [`${question} ${of}`, rest]),
    );
    expect(told['A sensor.invalid']).toMatchObject({ answers: ['192.0.2.1 (60 s)', '127.0.0.1 (60 s)'] });
    expect(told['CNAME sensor.invalid']?.error).toMatchObject({ code: 'ENODATA' });
    expect(told['getaddrinfo IPv4 sensor.invalid']?.error).toMatchObject({
      code: expect.stringMatching(/^E/),
    });
    expect(told['PTR 192.0.2.1']).toMatchObject({ answers: ['sensor.invalid'] });
    for (const { ms } of found.lookups) expect(ms).toBeGreaterThan(0);
  });

  it('is followed from alias to alias, and not in a circle', async () => {
    zone = {
      'www.lab.invalid': { CNAME: 'front.lab.invalid', A: '192.0.2.1' },
      'front.lab.invalid': { CNAME: 'host7.lab.invalid' },
      'host7.lab.invalid': { A: '192.0.2.1' },
      'a.invalid': { CNAME: 'b.invalid' },
      'b.invalid': { CNAME: 'a.invalid' },
    };
    const found = await look('www.lab.invalid');
    expect([found.canonical, found.aliases]).toEqual([
      'host7.lab.invalid',
      ['www.lab.invalid', 'front.lab.invalid'],
    ]);
    expect((await look('a.invalid')).canonical).toBe('b.invalid');
    expect(asked.filter(one => one === 'CNAME b.invalid')).toHaveLength(1);
  });

  it('may have other letters than those of ASCII', async () => {
    zone = { 'xn--mnchen-3ya.invalid': { A: '192.0.2.7' } };
    for (const name of ['münchen.invalid', 'MÜNCHEN.invalid', 'xn--mnchen-3ya.invalid']) {
      expect(await look(name)).toMatchObject({
        name: 'münchen.invalid',
        ascii: 'xn--mnchen-3ya.invalid',
        addresses: [{ address: '192.0.2.7' }],
      });
    }
  });
});

describe('an IP address', () => {
  it('is looked up backwards only', async () => {
    zone = { '9.113.0.203.in-addr.arpa': { PTR: 'nine.invalid' } };
    const found = await look('203.0.113.9');
    expect(found.addresses).toMatchObject([{ address: '203.0.113.9', from: [], names: ['nine.invalid'] }]);
    expect(asked).toEqual(expect.arrayContaining(['PTR 9.113.0.203.in-addr.arpa']));
    expect(new Set(found.lookups.map(({ question }) => question))).toEqual(new Set(['getnameinfo', 'PTR']));
    expect((await look('127.0.0.1')).addresses[0]?.names).toContain('localhost');
  });
});

describe('where there is no answer', () => {
  it("this system's own is there all the same, soon", async () => {
    zone = { localhost: 'silent', '1.0.0.127.in-addr.arpa': REFUSED };
    const found = await look('localhost', 50);
    expect(found.addresses.find(({ address }) => address === '127.0.0.1')).toMatchObject({
      from: ['system'],
      ttl: undefined,
      names: expect.arrayContaining(['localhost']),
    });
    const errors = Object.fromEntries(
      found.lookups.map(({ question, of, error }) => [`${question} ${of}`, error]),
    );
    expect(errors['A localhost']).toEqual({
      code: 'ETIMEOUT',
      message: 'no answer within 0.05 s',
      isGivenUp: true,
    });
    expect(errors['PTR 127.0.0.1']).toMatchObject({
      code: 'EREFUSED',
      message: expect.stringContaining('refuses'),
    });
  });

  it('a name has no address, and every look-up says why', async () => {
    const found = await look('no-such-host.invalid');
    expect(found.addresses).toEqual([]);
    expect(found.lookups).toHaveLength(5);
    for (const { answers, error } of found.lookups) {
      expect(answers).toEqual([]);
      expect(error?.message).toMatch(/no such name|knows no IPv[46] address|does not answer/);
    }
  });

  it('it may be broken off', async () => {
    zone = { 'slow.invalid': 'silent' };
    const controller = new AbortController();
    server.once('message', () => controller.abort());
    const { port } = server.address();
    const found = await resolveName('slow.invalid', {
      servers: [`127.0.0.1:${port}`],
      timeoutMs: 60_000,
      signal: controller.signal,
    });
    const [, , a] = found.lookups;
    expect(a?.error).toMatchObject({ code: 'ECANCELLED', message: 'broken off' });
  });

  it.each(['bad name', '', 'a%20b'])('%j cannot be a name', async name => {
    await expect(look(name)).rejects.toMatchObject({ code: 'SW_USAGE' });
  });
});
