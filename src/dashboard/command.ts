/**
 * `POST /api/command {"sensor":"NAME","source":"NAME","action":"pause"|"resume"|"rate","rateHz":10}`.
 *
 * `source` may be left out: then every sender's sensor of that name is meant. The answer has one entry for each sender
 * that has one: `{"answers":[{"source","done","reason"}]}`.
 */
import type { Collector, CommandAnswer, SensorCommand } from '../collector/collector.ts';
import { COMMAND_STATUS } from '../telemetry/messages/types.ts';
import type { Clock } from '../time/clock.ts';
import { HttpProblem } from './http-problem.ts';
import { COMMAND_WAIT_US } from './limits.ts';

/** Above any sampler, and still a number that a session's f64 and a person can hold. */
const MOST_RATE_HZ = 1_000_000;

/** What became of a command at one sender. */
export interface CommandOutcomeAnswer {
  readonly source: string;
  readonly done: boolean;
  /** Why it was not done; empty where it was. */
  readonly reason: string;
}

interface CommandRequest {
  readonly sensor: string;
  readonly source: string | undefined;
  readonly command: SensorCommand;
}

/** @throws HttpProblem 400, 404, 504 */
export async function runCommand(
  body: unknown,
  collector: Pick<Collector, 'command'>,
  clock: Clock,
): Promise<readonly CommandOutcomeAnswer[]> {
  const { sensor, source, command } = parseCommand(body);
  const answers = collector.command(sensor, command, source);
  if (answers.length === 0) {
    const whose = source === undefined ? 'no sender' : `no connected sender "${source}"`;
    throw new HttpProblem(404, `${whose} has a sensor "${sensor}"`);
  }
  // A sender that goes away never answers.
  const given = await givenInTime(answers, clock);
  if (given.length === 0) throw new HttpProblem(504, 'no answer within 5 s: is the sender still connected?');
  return given.map(({ source: from, status, reason }) => ({
    source: from,
    done: status === COMMAND_STATUS.done,
    reason: status === COMMAND_STATUS.done ? '' : reason,
  }));
}

/** The answers that came before all of them had, or before the time was over. */
async function givenInTime(
  answers: readonly Promise<CommandAnswer>[],
  clock: Clock,
): Promise<CommandAnswer[]> {
  const given: CommandAnswer[] = [];
  const over = Promise.withResolvers<void>();
  const cancel = clock.setTimer(clock.monotonicUs() + COMMAND_WAIT_US, over.resolve);
  const all = Promise.all(answers.map(async answer => given.push(await answer)));
  await Promise.race([all, over.promise]);
  cancel();
  return [...given];
}

function parseCommand(body: unknown): CommandRequest {
  if (typeof body !== 'object' || body === null) throw wrong('a command is a JSON object');
  const { sensor, source, action, rateHz } = body as Readonly<Record<string, unknown>>;
  if (typeof sensor !== 'string' || sensor === '') throw wrong('"sensor" must be a sensor\'s name');
  if (source !== undefined && typeof source !== 'string') throw wrong('"source" must be a sender\'s name');
  return { sensor, source, command: parseAction(action, rateHz) };
}

function parseAction(action: unknown, rateHz: unknown): SensorCommand {
  if (action === 'pause' || action === 'resume') return { action };
  if (action !== 'rate') throw wrong('"action" must be pause, resume or rate');
  if (typeof rateHz !== 'number' || !(rateHz > 0 && rateHz <= MOST_RATE_HZ))
    throw wrong(`"rateHz" must be a number above 0 and at most ${MOST_RATE_HZ}`);
  return { action, rateHz };
}

function wrong(what: string): HttpProblem {
  return new HttpProblem(400, `${what}: send {"sensor":"tmp36","action":"rate","rateHz":10}`);
}
