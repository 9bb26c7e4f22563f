/** The flags of `sensewire analyze`. */
import { Command, Option } from 'commander';
import { examples, QUIET_FLAG, repeated, wholeNumber } from './flags.ts';

export interface AnalyzeFlags {
  readonly json?: boolean;
  /** tshark's names, separated by commas. */
  readonly fields?: string;
  readonly frame?: number;
  /** `3`, `tcp:3`, `udp:0`. */
  readonly stream?: string;
  /** With `stream`: how the bytes are shown. */
  readonly hex?: boolean;
  readonly raw?: 'client' | 'server';
  readonly html?: string;
  readonly assert?: readonly string[];
  /** `tcp:3`, `udp:0`: only these are explained. */
  readonly conversation?: readonly string[];
  readonly all?: boolean;
  readonly wireshark: '4.0' | '4.4' | '4.6';
  readonly quiet?: boolean;
}

export function analyzeCommand(): Command {
  return new Command('analyze')
    .description('explain a capture: what each conversation did, what it cost, and who can read it')
    .argument('<files...>', 'captures (pcap, pcapng, gzip or zstd around them), or - for standard input')
    .option('--json', 'print the analysis as JSON lines on standard output (docs/analysis.schema.json)')
    .option(
      '--conversation <C>',
      'explain this conversation, as tcp:0 or udp:3 (repeats, default: the most interesting ones)',
      repeated,
    )
    .option('--all', 'explain every conversation (default: the most interesting ones)')
    .addOption(
      new Option('--frame <N>', 'one frame in full, with a hex dump (default: conversations)').argParser(
        wholeNumber(1),
      ),
    )
    .option(
      '--stream <S>',
      'both directions of the bytes of a conversation, as 3, tcp:3 or udp:0 (default: none)',
    )
    .option('--hex', 'with --stream: as a hex dump')
    .addOption(
      new Option(
        '--raw <SIDE>',
        'with --stream: the bytes of one side as they are (default: both, as text)',
      ).choices(['client', 'server']),
    )
    .option(
      '--fields <LIST>',
      "a line for each frame with these fields, by tshark's names, separated by commas; help lists them (default: none)",
    )
    .option('--html <FILE>', 'write a report as one HTML file (default: none)')
    .option(
      '--assert <EXPR>',
      "fail (exit 1) unless this holds, as 'retransmissions == 0' (repeats, default: none; see docs/ANALYSIS.md)",
      repeated,
    )
    .addOption(
      new Option('--wireshark <V>', 'whose rules of TCP analysis')
        .choices(['4.0', '4.4', '4.6'])
        .default('4.0'),
    )
    .option(...QUIET_FLAG)
    .addHelpText(
      'after',
      examples(
        'analyze lab.pcapng',
        'analyze lab.pcapng --conversation tcp:0',
        "analyze run.pcapng --assert 'retransmissions == 0' --assert 'tcp[0].client.rtt.p95 < 5ms'",
        'analyze tcp.pcapng udp.pcapng rudp.pcapng',
        'analyze lab.pcapng --fields frame.number,ip.src,tcp.flags,tcp.len',
        'analyze lab.pcapng --html lab.html',
      ),
    )
    .action(async (files: readonly string[], flags: AnalyzeFlags) =>
      (await import('../commands/analyze.ts')).analyze(files, flags),
    );
}
