/**
 * Config: the settings in force. The main thread has one, and every shard one of its own, which it is given when it starts
 * and which CONFIG SET changes in its place in the shard's order.
 * Invariant: every value has passed its parameter's checks, and CONFIG SET changes all it names or nothing.
 */
import { matchesGlob } from '../protocol/glob.js';
import { parseMemory } from './memory-text.js';
import type { IntegerParameter, MemoryParameter, Parameter } from './parameter.js';
import {
  allParameters,
  findParameter,
  type ParameterName,
  type ParameterValue,
  parameterNames,
} from './parameters.js';

/** A bigint only beyond the exact integers of a number, where no parameter with an effect can be. */
type Value = string | number | bigint;

/** Thrown with a text for the user: code-free, one line. */
export class ConfigError extends Error {
  /** The parameter it is about, where there is one. */
  readonly parameter: string;
  constructor(parameter: string, message: string) {
    super(message);
    this.parameter = parameter;
  }
}

export class Config {
  private readonly values = new Map<string, Value>();
  /** Called before a live change counts; one that throws ConfigError refuses it. */
  private readonly appliers = new Map<string, (value: Value) => void>();

  /** The absolute path of the file that the settings were read from; empty where there was none. */
  filePath = '';

  constructor() {
    for (const parameter of allParameters) this.values.set(parameter.name, parameter.default);
  }

  get<N extends ParameterName>(name: N): ParameterValue<N> {
    return this.values.get(name) as ParameterValue<N>;
  }

  /**
   * The value of any parameter, also of one without an effect, as CONFIG GET shows it.
   * @throws Error if there is no such parameter
   */
  show(name: string): string {
    const parameter = findParameter(name);
    if (parameter === undefined) throw new Error(`no parameter ${name}`);
    return this.text(parameter);
  }

  /**
   * Sets a value at start-up, whether it can be changed later or not.
   * @throws ConfigError for an unknown name or a value that is refused
   */
  set(name: string, text: string): void {
    const parameter = known(name);
    this.values.set(parameter.name, this.parse(parameter, text));
  }

  /**
   * Checks what set() is not asked to set, since it is said otherwise further on: name and kind of the value must be
   * right, but it may be one that this version can't do.
   * @throws ConfigError
   */
  check(name: string, text: string): void {
    parse(known(name), text, '', true);
  }

  /** The settings that are not the default ones, with their values as CONFIG GET shows them. */
  changed(): { parameter: Parameter; text: string }[] {
    return allParameters
      .filter(({ default: standard, name }) => this.values.get(name) !== standard)
      .map((parameter) => ({ parameter, text: this.text(parameter) }));
  }

  /** Has `apply` called with each new value that setLive() gives a parameter. */
  onChange<N extends ParameterName>(name: N, apply: (value: ParameterValue<N>) => void): void {
    this.appliers.set(name, apply as (value: Value) => void);
  }

  /**
   * CONFIG SET: all pairs or none.
   * @throws ConfigError whose message is Redis's whole error text after the code
   */
  setLive(pairs: readonly (readonly [name: string, text: string])[]): void {
    /** An alias may stand beside its name, as in Redis; the last one counts. */
    const named = new Map<string, Parameter>();
    // All names before any value, as Redis checks them.
    for (const [name] of pairs) {
      const parameter = findParameter(name);
      if (parameter === undefined) {
        throw new ConfigError(name, `Unknown option or number of arguments for CONFIG SET - '${name}'`);
      }
      if (parameter.mutability.endsWith('fixed')) throw failed(name, "can't set immutable config");
      if (parameter.mutability.endsWith('protected')) throw failed(name, "can't set protected config");
      if (named.has(name.toLowerCase())) throw failed(name, 'duplicate parameter');
      named.set(name.toLowerCase(), parameter);
    }
    const wanted = new Map<string, Value>();
    for (const [name, text] of pairs) {
      const parameter = named.get(name.toLowerCase())!;
      try {
        wanted.set(parameter.name, this.parse(parameter, text));
      } catch (error) {
        throw error instanceof ConfigError ? failed(name, error.message) : error;
      }
    }
    this.applyAll(wanted);
  }

  /**
   * CONFIG GET: name and value as text of each parameter that matches one of the patterns. A name that is no pattern
   * comes back as it was written.
   */
  match(patterns: readonly string[]): [name: string, text: string][] {
    const found = new Map<string, [name: string, text: string]>();
    for (const pattern of patterns) {
      const lower = pattern.toLowerCase();
      if (!/[[*?]/.test(pattern)) {
        const parameter = parameterNames.get(lower);
        if (parameter !== undefined && !found.has(lower)) found.set(lower, [pattern, this.text(parameter)]);
        continue;
      }
      const bytes = Buffer.from(pattern, 'latin1');
      for (const [name, parameter] of parameterNames) {
        if (found.has(name) || !matchesGlob(bytes, Buffer.from(name), 0, name.length, true)) continue;
        found.set(name, [name, this.text(parameter)]);
      }
    }
    return [...found.values()];
  }

  /** Every setting, for another Config to be given by set(). */
  all(): [name: string, text: string][] {
    return allParameters.map((parameter) => [parameter.name, this.text(parameter)]);
  }

  private parse(parameter: Parameter, text: string): Value {
    return parse(parameter, text, this.text(parameter));
  }

  private text({ name }: Parameter): string {
    return String(this.values.get(name));
  }

  private applyAll(wanted: ReadonlyMap<string, Value>): void {
    const before = new Map<string, Value>();
    try {
      for (const [name, value] of wanted) {
        before.set(name, this.values.get(name)!);
        this.appliers.get(name)?.(value);
        this.values.set(name, value);
      }
    } catch (error) {
      for (const [name, value] of before) {
        if (this.values.get(name) !== value) this.appliers.get(name)?.(value);
        this.values.set(name, value);
      }
      throw error instanceof ConfigError ? failed(error.parameter, error.message) : error;
    }
  }
}

/** Whether text is another way to write the value that CONFIG GET shows as `shown`. */
export function sameValue(parameter: Parameter, text: string, shown: string): boolean {
  try {
    return String(parse(parameter, text, '', true)) === shown;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

function known(name: string): Parameter {
  const parameter = findParameter(name);
  if (parameter === undefined) throw new ConfigError(name, 'there is no such setting');
  return parameter;
}

function failed(name: string, why: string): ConfigError {
  return new ConfigError(name, `CONFIG SET failed (possibly related to argument '${name}') - ${why}`);
}

/** @throws ConfigError with Redis's words for a value of the wrong kind */
function parse(parameter: Parameter, text: string, before: string, isOverruled = false): Value {
  const refuse = (why: string): never => {
    throw new ConfigError(parameter.name, why);
  };
  const unlessRefused = <V extends Value>(value: V, check?: (value: V) => string | null): V => {
    const why = isOverruled ? null : (check?.(value) ?? null);
    return why === null ? value : refuse(why);
  };
  switch (parameter.type) {
    case 'integer': {
      const integer = parseInteger(text) ?? refuse("argument couldn't be parsed into an integer");
      return unlessRefused(within(parameter, integer) ?? refuse(limits(parameter)), parameter.refuse);
    }
    case 'memory': {
      const bytes = parseMemory(text) ?? refuse('argument must be a memory value');
      return unlessRefused(within(parameter, bytes) ?? refuse(limits(parameter)), parameter.refuse);
    }
    case 'boolean': {
      const lower = text.toLowerCase();
      if (lower !== 'yes' && lower !== 'no') return refuse("argument must be 'yes' or 'no'");
      return unlessRefused<string>(lower, parameter.refuse);
    }
    case 'enum': {
      const lower = text.toLowerCase();
      if (!parameter.values.includes(lower)) {
        return refuse(`argument(s) must be one of the following: ${parameter.values.join(', ')}`);
      }
      return lower;
    }
    case 'string':
      return unlessRefused(text, parameter.refuse);
    case 'list': {
      const words = text.split(/\s+/).filter(Boolean);
      const merged = parameter.merge?.(words, before) ?? { value: words.join(' ') };
      return unlessRefused<string>(
        'value' in merged ? merged.value : refuse(merged.refusal),
        parameter.refuse,
      );
    }
  }
}

type Limited = IntegerParameter | MemoryParameter;

/** The value to keep, a number where that is exact; undefined if it is beyond the limits. */
function within({ clamp, max, min }: Limited, value: bigint): number | bigint | undefined {
  if (value < min || value > max) return undefined;
  if (clamp !== undefined && value < clamp[0]) return clamp[0];
  if (clamp !== undefined && value > clamp[1]) return clamp[1];
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function limits({ max, min }: Limited): string {
  return `argument must be between ${min} and ${max} inclusive`;
}

/** What is no 64-bit integer is none to Redis; what is only too large for a setting is out of its range. */
function parseInteger(text: string): bigint | undefined {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return undefined;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
