/**
 * Dialogues of two ends, step by step: what leaves, when, and what becomes of it.
 */
import { describe, expect, it } from 'vitest';
import { RudpDialogue } from '../testing/rudp-dialogue.ts';
import { FRAME } from './layout.ts';
import { DEFAULT_PARAMETERS } from './parameters.ts';

const RTT_US = 40_000;

/** A connection that is open, over a path of 40 ms; nothing is under way. */
function opened(...choices: ConstructorParameters<typeof RudpDialogue>): RudpDialogue {
  const dialogue = new RudpDialogue(...choices);
  dialogue.open(RTT_US);
  return dialogue;
}

/** The client sends messages 10 ms apart, which arrive or not half a round trip later: what the server then says. */
function stream(dialogue: RudpDialogue, texts: readonly string[], lost: readonly string[] = []): string[] {
  const { client, server } = dialogue;
  const answers: string[] = [];
  for (const text of texts) {
    dialogue.wait(10_000);
    client.send(text);
    client.says();
    if (lost.includes(text)) client.loses();
    else client.arrives();
    answers.push(...server.says());
  }
  return answers;
}

describe('a handshake', () => {
  it('carries the first messages with the cookie, and they are delivered before ACCEPT leaves', () => {
    const dialogue = new RudpDialogue();
    const { client, server } = dialogue;
    client.connect();
    client.send('hello');
    expect(client.says()).toEqual(['INIT']);
    client.arrives();
    expect(server.endpoint.connections).toBe(0);
    expect(server.says()).toEqual(['RETRY']);
    server.arrives();
    expect(client.learns()).toEqual(['validated']);
    expect(client.says()).toEqual(['INIT cookie #0 [MESSAGE 0 "hello"]']);
    client.arrives();
    expect(server.hears()).toEqual(['hello']);
    expect(server.learns()).toEqual(['open']);
    expect(server.says()).toEqual(['ACCEPT [ACK 0-0]']);
    server.arrives();
    expect(client.learns()).toEqual(['open']);
    expect(client.says()).toEqual([]);
    expect(client.own.statistics.packetsUnderWay).toBe(0);
  });

  it('with one message and the end costs at most 420 bytes of IP packets', () => {
    const dialogue = new RudpDialogue();
    const { client, server } = dialogue;
    dialogue.open(RTT_US, 'x'.repeat(32));
    client.own.close();
    client.says();
    client.arrives();
    server.says();
    server.arrives();
    expect(client.learns()).toEqual(['closed 0 here: ']);
    expect(server.learns()).toEqual(['closed 0 by the peer: ']);
    expect(client.wireBytes + server.wireBytes).toBeLessThanOrEqual(420);
  });

  it('is tried again after 250 ms twice, then later and later up to a second, and given up after 10 s', () => {
    const dialogue = new RudpDialogue();
    const { client } = dialogue;
    client.connect();
    client.says();
    const gapsMs: number[] = [];
    while (client.own.state === 'connecting') {
      gapsMs.push(Math.round(dialogue.waitFor(client) / 1_000));
      client.says();
    }
    expect(gapsMs.slice(0, 7)).toEqual([250, 250, 375, 563, 844, 1_000, 1_000]);
    expect(gapsMs.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(10_000, -2);
    expect(client.learns()).toEqual(['closed 4 here: no answer within 10 s']);
    expect(client.endpoint.connections).toBe(0);
  });

  it('takes the round trip of the first INIT for the next timeout, and none where INIT was repeated', () => {
    const dialogue = new RudpDialogue();
    const { client, server } = dialogue;
    client.connect();
    client.says();
    dialogue.wait(20_000);
    client.arrives();
    server.says();
    dialogue.wait(20_000);
    server.arrives();
    client.says();
    // Smoothed 40 ms and four times its half.
    expect(dialogue.waitFor(client)).toBe(120_000);
    const late = new RudpDialogue();
    late.client.connect();
    late.client.says();
    late.waitFor(late.client);
    late.client.says();
    late.client.arrives(1);
    late.server.says();
    late.server.arrives();
    late.client.says();
    expect(late.waitFor(late.client)).toBe(250_000);
  });

  it('whose ACCEPT is lost goes on with the same messages, which come once', () => {
    const dialogue = new RudpDialogue();
    const { client, server } = dialogue;
    client.connect();
    client.send('hello');
    client.says();
    client.arrives();
    server.says();
    server.arrives();
    client.says();
    client.arrives();
    server.says();
    server.loses();
    client.send('more');
    dialogue.waitFor(client);
    expect(client.says()).toEqual(['INIT cookie #1 [MESSAGE 0 "hello"]']);
    client.arrives();
    expect(server.says()).toEqual(['ACCEPT [ACK 0-1]']);
    expect(server.accepted).toBe(1);
    server.arrives();
    expect(client.says()).toEqual(['#2 [MESSAGE 1 "more"]']);
    client.arrives();
    expect(server.hears()).toEqual(['hello', 'more']);
  });

  it('of a client whose address changes meanwhile makes one connection', () => {
    const dialogue = new RudpDialogue();
    const { client, server } = dialogue;
    client.connect();
    client.send('hello');
    client.says();
    client.arrives();
    server.says();
    server.arrives();
    client.says();
    client.arrives();
    server.says();
    server.loses();
    client.address = 'elsewhere';
    dialogue.waitFor(client);
    client.says();
    client.arrives();
    // The cookie was made for the other address.
    expect(server.says()).toEqual(['RETRY']);
    server.arrives();
    dialogue.waitFor(client);
    expect(client.says()).toEqual(['INIT cookie #2 [MESSAGE 0 "hello"]']);
    client.arrives();
    expect(server.says()).toEqual(['ACCEPT [ACK 0-0 2-2]']);
    server.arrives();
    expect(server.accepted).toBe(1);
    expect(server.own.path).toBe('elsewhere');
    expect(server.hears()).toEqual(['hello']);
    expect(client.own.state).toBe('open');
  });

  it('with a server of another version ends with both versions in the reason', () => {
    const dialogue = new RudpDialogue();
    const { client, server } = dialogue;
    client.connect();
    client.says();
    const init = client.underWay[0]?.bytes.slice() as Uint8Array;
    init[5] = 9;
    server.takes(init);
    expect(server.says()).toEqual(['VERSION 1']);
    const versions = server.underWay[0]?.bytes.slice() as Uint8Array;
    versions[versions.length - 1] = 2;
    client.takes(versions);
    expect(client.learns()).toEqual([
      'closed 4 here: the server speaks version 2 of this protocol, we speak 1',
    ]);
  });

  it('that the client breaks off before it knows the server is ended by INIT, until the server has heard', () => {
    const dialogue = new RudpDialogue();
    const { client, server } = dialogue;
    client.connect();
    client.send('hello');
    client.says();
    client.arrives();
    server.says();
    server.arrives();
    client.says();
    client.arrives();
    client.own.abort(2, 'enough', dialogue.nowUs);
    expect(client.learns()).toEqual(['validated', 'closed 2 here: enough']);
    expect(client.says()).toEqual(['INIT cookie #1 [CLOSE 2 "enough"]']);
    client.loses();
    dialogue.waitFor(client);
    expect(client.says()).toEqual(['INIT cookie #2 [CLOSE 2 "enough"]']);
    client.arrives();
    expect(server.hears()).toEqual(['hello']);
    expect(server.learns()).toEqual(['open', 'closed 2 by the peer: enough']);
    expect(server.says()).toEqual(['ACCEPT [ACK 0-0]', '- [CLOSE 2 "enough"]']);
    server.arrives();
    expect(client.own.state).toBe('closed');
    expect(client.learns()).toEqual([]);
  });

  it('that the client breaks off is ended by CLOSE where ACCEPT comes before', () => {
    const dialogue = new RudpDialogue();
    const { client, server } = dialogue;
    client.connect();
    client.says();
    client.arrives();
    server.says();
    server.arrives();
    client.says();
    client.arrives();
    server.says();
    client.own.abort(2, 'enough', dialogue.nowUs);
    client.says();
    client.loses();
    server.arrives();
    expect(client.says()).toEqual(['- [CLOSE 2 "enough"]']);
    expect(client.learns()).toEqual(['validated', 'closed 2 here: enough']);
    client.arrives();
    expect(server.learns()).toEqual(['open', 'closed 2 by the peer: enough']);
  });

  it('that the client breaks off before its cookie went is forgotten at once', () => {
    const dialogue = new RudpDialogue();
    const { client, server } = dialogue;
    client.connect();
    client.says();
    client.arrives();
    server.says();
    client.own.abort(2, 'enough', dialogue.nowUs);
    expect(client.says()).toEqual([]);
    expect(client.own.state).toBe('closed');
    expect(client.endpoint.connections).toBe(0);
  });

  it('that the application closes goes on until the first messages are delivered', () => {
    const dialogue = new RudpDialogue();
    const { client, server } = dialogue;
    client.connect();
    client.send('last words');
    client.own.close();
    expect(() => client.send('more')).toThrow(expect.objectContaining({ code: 'SW_CLOSED' }));
    for (let round = 0; round < 3; round++) {
      client.says();
      client.arrives();
      server.says();
      server.arrives();
    }
    expect(server.hears()).toEqual(['last words']);
    expect(server.learns()).toEqual(['open', 'closed 0 by the peer: ']);
    expect(client.learns()).toEqual(['validated', 'open', 'closed 0 here: ']);
  });
});

describe('acknowledgement and loss', () => {
  it('acknowledges eight packets, or what came 80 ms ago', () => {
    const dialogue = opened();
    const { server } = dialogue;
    expect(stream(dialogue, ['1', '2', '3', '4', '5', '6', '7'])).toEqual([]);
    expect(stream(dialogue, ['8'])).toEqual(['- [ACK 0-8]']);
    server.arrives();
    expect(stream(dialogue, ['9'])).toEqual([]);
    expect(dialogue.waitFor(server)).toBe(80_000);
    expect(server.says()).toEqual(['- [ACK 0-9]']);
  });

  it('tells a gap at once, and what is missing goes again as soon as that is known', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    expect(stream(dialogue, ['a', 'b', 'c'], ['b'])).toEqual(['- [ACK 0-1 3-3]']);
    expect(server.hears()).toEqual(['a']);
    server.arrives();
    expect(client.says()).toEqual(['#4 [MESSAGE 2 "b"]']);
    client.arrives();
    expect(server.hears()).toEqual(['b', 'c']);
    expect(client.own.statistics).toMatchObject({ lost: 1, spurious: 0 });
  });

  it('tells a gap twice, since the path that lost a packet may lose the news of it', () => {
    const dialogue = opened();
    expect(stream(dialogue, ['a', 'b', 'c', 'd', 'e'], ['b'])).toEqual([
      '- [ACK 0-1 3-3]',
      '- [ACK 0-1 3-4]',
    ]);
  });

  it('recomputes a lost packet out of the next one, and nothing goes again', () => {
    const dialogue = opened({ repair: 1 });
    const { client, server } = dialogue;
    // Nothing is missing any more, so nobody has to be told at once.
    expect(stream(dialogue, ['a', 'b', 'c'], ['b'])).toEqual([]);
    expect(server.hears()).toEqual(['a', 'b', 'c']);
    dialogue.waitFor(server);
    expect(server.says()).toEqual(['- [ACK 0-3 repaired 1]']);
    server.arrives();
    expect(client.says()).toEqual([]);
    expect(client.own.statistics).toMatchObject({ lost: 0, repairedByPeer: 1, packetsUnderWay: 0 });
    expect(server.own.statistics).toMatchObject({ repaired: 1 });
  });

  it('waits for packets that overtake each other once it has seen that', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    /** Two messages go; the first comes 5 ms after the second. What the client says to the first acknowledgement. */
    const overtaken = (first: string, second: string): string[] => {
      dialogue.wait(10_000);
      client.send(first);
      client.says();
      const late = client.underWay[0]?.bytes as Uint8Array;
      client.loses();
      client.send(second);
      client.says();
      client.arrives();
      expect(server.says().length).toBe(1);
      server.arrives();
      const answer = client.says();
      dialogue.wait(5_000);
      server.takes(late);
      expect(server.says().length).toBe(1);
      server.arrives();
      return [...answer, ...client.says()];
    };
    expect(overtaken('a', 'b')).toEqual(['A #3 [MESSAGE 1 "a"]']);
    expect(client.own.statistics).toMatchObject({ lost: 1, spurious: 1 });
    client.arrives();
    expect(overtaken('c', 'd')).toEqual([]);
    expect(client.own.statistics).toMatchObject({ lost: 1, spurious: 1 });
    expect(server.hears()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('asks after the probe timeout, twice as soon, and then later and later up to 2 s', () => {
    const dialogue = opened();
    const { client } = dialogue;
    dialogue.wait(1_000_000);
    client.send('a');
    client.says();
    client.loses();
    const gapsUs: number[] = [];
    for (let probe = 0; probe < 10; probe++) {
      gapsUs.push(dialogue.waitFor(client));
      // So long that a peer which knows nothing of it may answer with RESET.
      expect(client.says()).toEqual([`A #${probe + 2} [PADDING 11, MESSAGE 1 "a"]`]);
      expect(client.underWay[0]?.bytes.length).toBe(22);
      client.loses();
    }
    const [first = 0, second = 0, third = 0] = gapsUs;
    const { rttUs } = client.own.statistics;
    // The peer may wait 80 ms where nobody asks it; probes ask.
    expect(first).toBe(second + 80_000);
    expect(second).toBeGreaterThan(rttUs);
    expect(third).toBe(Math.round(second * 1.5));
    expect(gapsUs.at(-1)).toBe(2_000_000);
    expect(client.own.statistics).toMatchObject({ lost: 0, probes: 10 });
  });

  it('sends nothing but probes to a peer that is silent for three probe timeouts', () => {
    const dialogue = opened();
    const { client } = dialogue;
    dialogue.wait(1_000_000);
    let packets = 0;
    for (let message = 0; message < 300; message++) {
      dialogue.wait(10_000);
      client.send(`${message}`);
      packets += client.says().length;
      client.loses();
    }
    expect(client.own.statistics.probes).toBeGreaterThan(2);
    // Some 30 before it is known, and then a few a second.
    expect(packets).toBeLessThan(75);
  });

  it('acknowledges again what comes twice and asks', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    dialogue.wait(1_000_000);
    client.send('a');
    client.says();
    client.loses();
    dialogue.waitFor(client);
    client.says();
    const probe = client.underWay[0]?.bytes as Uint8Array;
    server.takes(probe);
    expect(server.says()).toEqual(['- [ACK 0-0 2-2]']);
    server.takes(probe);
    expect(server.says()).toEqual(['- [ACK 0-0 2-2]']);
    expect(server.hears()).toEqual(['a']);
    expect(server.own.statistics.duplicates).toBe(1);
  });

  it('closes where the peer acknowledges what was never sent', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.send('a');
    client.says();
    client.arrives();
    dialogue.waitFor(server);
    server.says();
    const lie = server.underWay[0]?.bytes.slice() as Uint8Array;
    server.loses();
    // The largest number: 4 bytes after the head and the type.
    lie[9] = 77;
    client.takes(lie);
    expect(client.learns()).toEqual(['closed 1 here: an acknowledgement of a packet that was never sent']);
    expect(client.says()).toEqual(['- [CLOSE 1 "an acknowledgement of a packet that was never sent"]']);
  });
});

describe('flow control', () => {
  const parameters = { ...DEFAULT_PARAMETERS, maxData: 2 ** 20 + 16 + 1_000 };

  it('stops where the peer does not read, and goes on when it does, also later and by itself', () => {
    const dialogue = opened({ parameters });
    const { client, server } = dialogue;
    const large = 'x'.repeat(2 ** 19);
    for (let message = 0; message < 3; message++) client.send(large);
    const exchange = (): void => {
      for (let turn = 0; turn < 2_000; turn++) {
        dialogue.wait(1_000);
        client.says();
        client.arrives();
        server.says();
        server.arrives();
      }
    };
    exchange();
    expect(client.own.statistics.bytesWaiting).toBe(2 ** 19);
    expect(server.own.statistics.bytesHeld).toBeLessThanOrEqual(parameters.maxData);
    expect(server.hears().length).toBe(2);
    expect(server.says()).toEqual(['#0 [MAX_DATA 2098221]']);
    server.loses();
    // MAX_DATA is lost: without it nothing more would come.
    dialogue.waitFor(server);
    expect(server.says()).toEqual(['A #1 [MAX_DATA 2098221, PADDING 10]']);
    server.arrives();
    exchange();
    expect(server.hears()).toEqual([large]);
  });
});

describe('a queue that is full', () => {
  it('says so, and says when it is not any more', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    const large = new Uint8Array(2 ** 20);
    const taken = Array.from({ length: 4 }, () => client.own.send(large, dialogue.nowUs));
    expect(taken).toEqual([true, true, true, false]);
    expect(client.own.isFull).toBe(true);
    expect(() => client.send('more')).toThrow(expect.objectContaining({ code: 'SW_LIMIT' }));
    expect(client.learns()).toEqual([]);
    for (let turn = 0; turn < 2_000 && client.own.isFull; turn++) {
      dialogue.wait(1_000);
      client.says();
      client.arrives();
      server.says();
      server.arrives();
    }
    expect(client.learns()).toEqual(['drain']);
    client.send('more');
  });
});

describe('silence', () => {
  it('closes both ends after the shorter idle time, without a word', () => {
    const patient = { parameters: { ...DEFAULT_PARAMETERS, idleMs: 20_000 } };
    const dialogue = opened({}, patient);
    const { client, server } = dialogue;
    dialogue.wait(19_990_000);
    expect([...client.says(), ...server.says()]).toEqual([]);
    expect(client.own.state).toBe('open');
    dialogue.wait(100_000);
    expect([...client.says(), ...server.says()]).toEqual([]);
    const idle = 'closed 3 here: nothing was heard of the peer any more';
    expect([...client.learns(), ...server.learns()]).toEqual([idle, idle]);
    expect(client.endpoint.connections + server.endpoint.connections).toBe(0);
  });

  it('ends with a question that is asked just before the idle time is over', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    dialogue.wait(29_900_000);
    client.send('still there?');
    client.says();
    dialogue.wait(200_000);
    expect(client.own.state).toBe('open');
    client.arrives();
    server.says();
    expect(client.learns()).toEqual([]);
  });

  it('is broken by PING where the application wants that, and not while something is under way', () => {
    const dialogue = opened({ keepAliveUs: 15_000_000 });
    const { client, server } = dialogue;
    dialogue.wait(14_900_000);
    expect(client.says()).toEqual([]);
    dialogue.wait(100_000);
    expect(client.says()).toEqual(['#1 [PING, PADDING 14]']);
    client.loses();
    dialogue.waitFor(client);
    expect(client.says()).toEqual(['A #2 [PING, PADDING 14]']);
    client.arrives();
    server.says();
    server.arrives();
    expect(client.says()).toEqual([]);
    expect(client.own.statistics.packetsUnderWay).toBe(0);
    // Whoever asks first is enough for both.
    expect(dialogue.waitFor(client)).toBe(15_000_000);
  });
});

describe('an address that changes', () => {
  it('is proven by a challenge before anything else goes there', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.address = 'elsewhere';
    client.send('here I am');
    client.says();
    client.arrives();
    server.send('who are you?');
    expect(server.says()).toEqual([
      '- [PATH_CHALLENGE]',
      'to client: #0 [ACK 0-1, MESSAGE 0 "who are you?"]',
    ]);
    server.arrives(0);
    expect(client.says()).toEqual(['- [PATH_RESPONSE]']);
    client.arrives();
    expect(server.learns()).toEqual(['moved to elsewhere']);
    expect(server.own.path).toBe('elsewhere');
    // What was under way went where the client is no more.
    expect(server.says()).toEqual(['#1 [ACK 0-1, MESSAGE 0 "who are you?"]']);
  });

  it('is told first what came from there, as the acknowledgement went where the client is no more', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.address = 'elsewhere';
    client.own.end();
    expect(client.says()).toEqual(['A #1 [END 1]']);
    client.arrives();
    expect(server.learns()).toEqual(['end']);
    expect(server.says()).toEqual(['- [PATH_CHALLENGE]', 'to client: - [ACK 0-1]']);
    server.arrives(0);
    expect(client.says()).toEqual(['- [PATH_RESPONSE]']);
    client.arrives();
    expect(server.says()).toEqual(['- [ACK 0-1]']);
    server.arrives();
    expect(client.own.statistics).toMatchObject({ packetsUnderWay: 0, probes: 0 });
  });

  it('that does not answer is asked five times and then forgotten', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.send('again and again');
    client.says();
    server.takes(client.underWay[0]?.bytes as Uint8Array, 'attacker');
    const challenges: string[] = [];
    for (;;) {
      challenges.push(...server.says().filter(told => told.includes('CHALLENGE')));
      if (server.own.state === 'closed') break;
      dialogue.waitFor(server);
    }
    expect(challenges).toEqual(Array(5).fill('to attacker: - [PATH_CHALLENGE]'));
    expect(server.own.path).toBe('client');
    expect(server.learns().includes('moved to attacker')).toBe(false);
  });

  it('is not proven by an answer from elsewhere, by an old packet, or by one that came before', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.send('a');
    client.says();
    const old = client.underWay[0]?.bytes as Uint8Array;
    client.arrives();
    server.takes(old, 'attacker');
    expect(server.says()).toEqual([]);
    client.send('b');
    client.says();
    server.takes(client.underWay[0]?.bytes as Uint8Array, 'attacker');
    client.loses();
    expect(server.says()).toEqual(['to attacker: - [PATH_CHALLENGE]']);
    // Somebody carries it to the client, which answers.
    server.arrives();
    expect(client.says()).toEqual(['- [PATH_RESPONSE]']);
    client.arrives();
    expect(server.own.path).toBe('client');
  });

  it('is answered with CLOSE where CLOSE comes from there, since nothing else will', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.address = 'elsewhere';
    client.own.close();
    client.says();
    client.arrives();
    expect(server.says()).toEqual(['- [CLOSE 0]']);
    server.arrives();
    expect(client.learns()).toEqual(['closed 0 here: ']);
    expect([client.own.state, server.own.path]).toEqual(['closed', 'client']);
  });

  it('is told of an end by what comes from there, and where it was by what goes by itself', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    server.own.abort(2, 'enough', dialogue.nowUs);
    expect(server.says()).toEqual(['- [CLOSE 2 "enough"]']);
    server.loses();
    client.address = 'elsewhere';
    client.send('still there?');
    client.says();
    client.arrives();
    expect(server.says()).toEqual(['- [CLOSE 2 "enough"]']);
    server.loses();
    dialogue.waitFor(server);
    expect(server.says()).toEqual(['to client: - [CLOSE 2 "enough"]']);
  });

  it('gets at most three times the bytes that came from there, as much of the reason as fits', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.send('0123456789');
    client.says();
    const packet = client.underWay[0] as { readonly bytes: Uint8Array };
    server.own.abort(2, 'x'.repeat(255), dialogue.nowUs);
    server.takes(packet.bytes, 'elsewhere');
    server.says();
    expect(server.underWay).toMatchObject([{ to: 'elsewhere' }]);
    expect(server.underWay[0]?.bytes.length).toBe(3 * packet.bytes.length);
    server.loses();
    // Where the peer is known to be, there is no such bound.
    server.takes(packet.bytes);
    server.says();
    expect(server.underWay).toMatchObject([{ to: 'client' }]);
    expect(server.underWay[0]?.bytes.length).toBeGreaterThan(255);
  });

  it('is told what was wrong with a packet from there, and where it was a probe timeout later', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.own.end();
    client.says();
    const packet = client.underWay[0] as { readonly bytes: Uint8Array };
    server.takes(Uint8Array.of(...packet.bytes, 0x3f), 'elsewhere');
    const [reply] = server.says();
    expect(reply).toMatch(/^to elsewhere: - \[CLOSE 1/);
    dialogue.waitFor(server);
    expect(server.says()).toEqual(['- [CLOSE 1 "an unknown frame type, 0x3f"]']);
  });
});

describe('an end', () => {
  it('delivers what was sent, also what is lost at first', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.send('last words');
    client.own.close();
    expect(client.says()).toEqual(['A #1 [MESSAGE 1 "last words"]']);
    client.loses();
    dialogue.waitFor(client);
    expect(client.says()).toEqual(['A #2 [PADDING 2, MESSAGE 1 "last words"]']);
    client.arrives();
    server.says();
    server.arrives();
    expect(client.says()).toEqual(['- [CLOSE 0]']);
    client.arrives();
    // The end comes after the messages, however late they are read.
    expect(server.learns()).toEqual([]);
    expect(server.hears()).toEqual(['last words']);
    expect(server.learns()).toEqual(['closed 0 by the peer: ']);
    expect(server.says()).toEqual(['- [CLOSE 0]']);
    server.arrives();
    expect(client.learns()).toEqual(['closed 0 here: ']);
    expect(client.says()).toEqual([]);
    expect(client.endpoint.connections).toBe(0);
  });

  it('whose CLOSE is lost says it five times, later and later, and then ends all the same', () => {
    const dialogue = opened();
    const { client } = dialogue;
    client.own.close();
    const gapsUs: number[] = [];
    let closes = 0;
    for (;;) {
      closes += client.says().length;
      if (client.endpoint.timeoutAt() === undefined) break;
      gapsUs.push(dialogue.waitFor(client));
    }
    expect(closes).toBe(5);
    const [first = 0] = gapsUs;
    expect(gapsUs).toEqual([1, 2, 4, 8, 16].map(factor => factor * first));
    expect(client.learns()).toEqual(['closed 0 here: ']);
  });

  it('whose answer is lost is answered again', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.own.close();
    client.says();
    client.arrives();
    expect(server.says()).toEqual(['- [CLOSE 0]']);
    server.loses();
    dialogue.waitFor(client);
    client.says();
    client.arrives();
    expect(server.says()).toEqual(['- [CLOSE 0]']);
    server.arrives();
    client.says();
    expect(client.own.state).toBe('closed');
    dialogue.waitFor(server);
    server.says();
    expect(server.endpoint.connections).toBe(0);
  });

  it('by abort tells the peer why, and forgets what waits', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    server.send('never seen');
    server.says();
    server.loses();
    server.own.abort(2, 'the sky falls', dialogue.nowUs);
    expect(server.learns()).toEqual(['closed 2 here: the sky falls']);
    expect(server.says()).toEqual(['- [CLOSE 2 "the sky falls"]']);
    server.arrives();
    expect(client.learns()).toEqual(['closed 2 by the peer: the sky falls']);
    expect(client.hears()).toEqual([]);
    client.send('too late');
    expect(client.own.statistics.messagesSent).toBe(1);
    expect(() => server.send('too late')).toThrow(expect.objectContaining({ code: 'SW_CLOSED' }));
  });

  it('by abort is told again to a peer that goes on, but not for ever', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    server.own.abort(2, 'enough', dialogue.nowUs);
    server.says();
    server.loses();
    let answers = 0;
    for (let packet = 0; packet < 50; packet++) {
      dialogue.wait(1_000);
      client.send('still there?');
      client.says();
      client.arrives();
      answers += server.says().length;
      server.loses();
    }
    expect(answers).toBeGreaterThan(5);
    expect(answers).toBeLessThanOrEqual(12);
  });

  it('of one direction leaves the other open, and comes after the last message', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.send('a');
    client.says();
    client.loses();
    client.own.end();
    expect(() => client.send('more')).toThrow(expect.objectContaining({ code: 'SW_CLOSED' }));
    expect(client.says()).toEqual(['A #2 [END 2]']);
    client.arrives();
    expect(server.learns()).toEqual([]);
    server.says();
    server.arrives();
    client.says();
    client.arrives();
    // The end waits until the application has taken what came before.
    expect(server.learns()).toEqual([]);
    expect(server.hears()).toEqual(['a']);
    expect(server.learns()).toEqual(['end']);
    server.send('go on');
    server.says();
    server.arrives();
    expect(client.hears()).toEqual(['go on']);
    client.send('other channels too', 1);
    client.says();
    client.arrives();
    expect(server.hears()).toEqual(['other channels too']);
  });

  it('of one direction that the peer does not keep to ends the connection', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.send('a');
    client.own.end();
    client.says();
    const packet = client.underWay[0] as { readonly bytes: Uint8Array };
    // END stands before the message: head, number, type.
    expect([packet.bytes[7], packet.bytes[8]]).toEqual([FRAME.end, 2]);
    packet.bytes[8] = 1;
    client.arrives();
    expect(server.says()).toEqual([
      '- [CLOSE 1 "message 1 after the end of channel 0, which has 1 (MESSAGE)"]',
    ]);
    server.arrives();
    expect(client.learns()).toEqual([expect.stringContaining('closed 1 by the peer: message 1 after')]);
  });

  it('of one direction that is lost goes again', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.own.end();
    client.says();
    client.loses();
    dialogue.waitFor(client);
    expect(client.says()).toEqual(['A #2 [END 1, PADDING 13]']);
    client.arrives();
    expect(server.learns()).toEqual(['end']);
  });

  it('at both ends at once closes both', () => {
    const dialogue = opened();
    const { client, server } = dialogue;
    client.own.close();
    server.own.close();
    client.says();
    server.says();
    client.arrives();
    server.arrives();
    client.says();
    server.says();
    expect([...client.learns(), ...server.learns()]).toEqual(['closed 0 here: ', 'closed 0 here: ']);
    expect(client.endpoint.connections + server.endpoint.connections).toBe(0);
  });
});
