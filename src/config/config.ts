/**
 * Config: the settings in force. Main thread; shards are told what they need when they start.
 * Invariant: every value has passed its parameter's checks, and CONFIG SET changes all it names or nothing.
 */
import { matchesGlob } from './glob.js';
import {
  findParameter,
  type Parameter,
  type ParameterName,
  type ParameterValue,
  parameters,
} from './parameters.js';

type Value = string | number;

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

  constructor() {
    for (const parameter of Object.values(parameters)) this.values.set(parameter.name, parameter.default);
  }

  get<N extends ParameterName>(name: N): ParameterValue<N> {
    return this.values.get(name) as ParameterValue<N>;
  }

  /**
   * Sets a value at start-up, whether it can be changed later or not.
   * @throws ConfigError for an unknown name or a value that is refused
   */
  set(name: string, text: string): void {
    const parameter = findParameter(name);
    if (parameter === undefined) throw new ConfigError(name, 'there is no such setting');
    this.values.set(parameter.name, parse(parameter, text));
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
    const wanted = new Map<string, Value>();
    for (const [name, text] of pairs) {
      const parameter = findParameter(name);
      if (parameter === undefined) {
        throw new ConfigError(name, `Unknown option or number of arguments for CONFIG SET - '${name}'`);
      }
      if (parameter.mutability === 'fixed') throw failed(name, "can't set immutable config");
      if (parameter.mutability === 'protected') throw failed(name, "can't set protected config");
      if (wanted.has(parameter.name)) throw failed(name, 'duplicate parameter');
      try {
        wanted.set(parameter.name, parse(parameter, text));
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
        const value = this.values.get(lower);
        if (value !== undefined && !found.has(lower)) found.set(lower, [pattern, String(value)]);
        continue;
      }
      const bytes = Buffer.from(lower, 'latin1');
      for (const [name, value] of this.values) {
        if (!found.has(name) && matchesGlob(bytes, Buffer.from(name))) found.set(name, [name, String(value)]);
      }
    }
    return [...found.values()];
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

function failed(name: string, why: string): ConfigError {
  return new ConfigError(name, `CONFIG SET failed (possibly related to argument '${name}') - ${why}`);
}

/** @throws ConfigError with Redis's words for a value of the wrong kind */
function parse(parameter: Parameter, text: string): Value {
  const refuse = (why: string): never => {
    throw new ConfigError(parameter.name, why);
  };
  switch (parameter.type) {
    case 'integer':
    case 'memory': {
      const number = parameter.type === 'integer' ? parseInteger(text) : parseMemory(text);
      if (number === undefined) {
        return refuse(
          parameter.type === 'integer'
            ? "argument couldn't be parsed into an integer"
            : 'argument must be a memory value',
        );
      }
      if (number < parameter.min || number > parameter.max) {
        return refuse(`argument must be between ${parameter.min} and ${parameter.max} inclusive`);
      }
      return number;
    }
    case 'enum': {
      const lower = text.toLowerCase();
      if (!parameter.values.includes(lower)) {
        return refuse(`argument(s) must be one of the following: ${parameter.values.join(', ')}`);
      }
      return lower;
    }
    case 'string': {
      const why = parameter.refuse?.(text) ?? null;
      return why === null ? text : refuse(why);
    }
    case 'list':
      return text.split(/\s+/).filter(Boolean).join(' ');
  }
}

function parseInteger(text: string): number | undefined {
  // What is no 64-bit integer is no integer to Redis; what is only too large for a setting is out of its range.
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text) || BigInt.asIntN(64, BigInt(text)) !== BigInt(text))
    return undefined;
  return Number(text);
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1000,
  kb: 1024,
  m: 1000 ** 2,
  mb: 1024 ** 2,
  g: 1000 ** 3,
  gb: 1024 ** 3,
};

function parseMemory(text: string): number | undefined {
  const match = /^(\d{1,15})([a-z]{0,2})$/i.exec(text);
  const unit = match === null ? undefined : UNITS[match[2].toLowerCase()];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}
