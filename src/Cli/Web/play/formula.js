// Formulas of tasks: expressions of Python with numbers, truth values and tuples, as docs/tasks/README.md defines them.
// A position is an array of three numbers, a truth value is 1 or 0.

const token = /\s*(\d+\.?\d*|[A-Za-z_]\w*|'[^']*'|\*\*|<=|>=|==|[-+*/(),.:<>=[\]])/y;
const comparisons = new Set(['<', '<=', '>', '>=', '==']);
const axes = { x: 0, y: 1, z: 2 };
const elements = new Set(['body', 'frame', 'site', 'geom']);

const tokensOf = text => {
  const found = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.trimEnd().length) {
    const match = token.exec(text);
    if (!match) throw new Error(`${text}: is no formula`);
    found.push(match[1]);
  }
  return found;
};

/** A number within bounds. */
export const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

const lift = (operate, a, b) =>
  Array.isArray(a)
    ? a.map((x, i) => operate(x, Array.isArray(b) ? b[i] : b))
    : Array.isArray(b) ? b.map(y => operate(a, y)) : operate(a, b);

const norm = v => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
const minus = (a, b) => lift((x, y) => x - y, a, b);

const operators = {
  '+': (a, b) => lift((x, y) => x + y, a, b),
  '-': minus,
  '*': (a, b) => lift((x, y) => x * y, a, b),
  '/': (a, b) => lift((x, y) => x / y, a, b),
  '**': (a, b) => lift((x, y) => x ** y, a, b),
  '<': (a, b) => Number(a < b),
  '<=': (a, b) => Number(a <= b),
  '>': (a, b) => Number(a > b),
  '>=': (a, b) => Number(a >= b),
  '==': (a, b) => Number(a === b),
};

const functions = {
  norm,
  distance: (a, b) => norm(minus(a, b)),
  distanceXY: (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]),
  distanceXZ: (a, b) => Math.hypot(a[0] - b[0], a[2] - b[2]),
  abs: Math.abs,
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  single: Math.fround,
  min: Math.min,
  max: Math.max,
  clip: clamp,
};

/** Reads an expression into a function of a world (see `Names`). */
export const read = text => {
  const words = tokensOf(text);
  let at = 0;
  const isNext = word => words[at] === word;
  const accept = word => isNext(word) && ++at > 0;
  const expect = word => {
    if (!accept(word)) throw new Error(`${text}: '${word}' expected at ${words.slice(at).join(' ')}`);
  };

  const expression = () => {
    const yes = disjunction();
    if (!accept('if')) return yes;
    const condition = disjunction();
    expect('else');
    const no = expression();
    return world => (condition(world) ? yes : no)(world);
  };
  const disjunction = () => {
    let left = conjunction();
    while (accept('or')) {
      const [a, b] = [left, conjunction()];
      left = world => Number(Boolean(a(world) || b(world)));
    }
    return left;
  };
  const conjunction = () => {
    let left = negation();
    while (accept('and')) {
      const [a, b] = [left, negation()];
      left = world => Number(Boolean(a(world) && b(world)));
    }
    return left;
  };
  const negation = () => {
    if (!accept('not')) return comparison();
    const inner = negation();
    return world => Number(!inner(world));
  };
  // a < b <= c means a < b and b <= c.
  const comparison = () => {
    const parts = [arithmetic(['+', '-'])];
    const signs = [];
    while (comparisons.has(words[at])) {
      signs.push(operators[words[at++]]);
      parts.push(arithmetic(['+', '-']));
    }
    return signs.length === 0 ? parts[0] : world => {
      const values = parts.map(part => part(world));
      return Number(signs.every((sign, i) => sign(values[i], values[i + 1])));
    };
  };
  const arithmetic = signs => {
    const tighter = signs[0] === '+' ? () => arithmetic(['*', '/']) : signed;
    let left = tighter();
    while (signs.includes(words[at])) {
      const [operate, a] = [operators[words[at++]], left];
      const b = tighter();
      left = world => operate(a(world), b(world));
    }
    return left;
  };
  const signed = () => {
    if (!accept('-')) return power();
    const inner = signed();
    return world => minus(0, inner(world));
  };
  // Binds tighter than a sign before it, and to the right.
  const power = () => {
    const base = postfix();
    if (!accept('**')) return base;
    const exponent = signed();
    return world => operators['**'](base(world), exponent(world));
  };
  const postfix = () => {
    let inner = atom();
    for (;;) {
      const of = inner;
      if (accept('.')) {
        const axis = axes[words[at++]];
        inner = world => of(world)[axis];
      } else if (accept('[')) {
        const first = Number(words[at++]);
        const past = accept(':') ? Number(words[at++]) : null;
        expect(']');
        inner = past === null ? world => of(world)[first] : world => of(world).slice(first, past);
      } else return inner;
    }
  };
  const list = () => {
    const parts = [expression()];
    while (accept(',')) parts.push(expression());
    expect(')');
    return parts;
  };
  const atom = () => {
    if (accept('(')) {
      const parts = list();
      return parts.length === 1 ? parts[0] : world => parts.map(part => part(world));
    }
    const word = words[at++];
    if (/^\d/.test(word)) return () => Number(word);
    if (!/^[A-Za-z]/.test(word ?? '')) throw new Error(`${text}: an expression expected at ${word}`);
    if (!accept('(')) return world => world.value(word);
    if (elements.has(word) || word === 'joint') {
      const name = words[at++].slice(1, -1);
      expect(')');
      return word === 'joint' ? world => world.scene.joints[name] : world => world.scene.poses[`${word} ${name}`].position;
    }
    const parts = list();
    if (['settled', 'placed', 'first'].includes(word)) return world => parts[0](world[word]());
    return functions[word]
      ? world => functions[word](...parts.map(part => part(world)))
      : world => world.call(word, parts.map(part => part(world)));
  };

  const whole = expression();
  if (at < words.length) throw new Error(`${text}: too much from ${words[at]} on`);
  return whole;
};

/** Reads assignments "name = expression"; a line that begins with a space continues the one before. */
export const parse = lines => {
  const whole = [];
  for (const line of lines) {
    if (line.startsWith(' ')) whole.push(`${whole.pop()} ${line.trim()}`);
    else whole.push(line);
  }
  return whole.map(line => {
    const [, name, value] = /^(\w+) = (.+)$/.exec(line);
    return { name, value: read(value) };
  });
};

/** Functions defined by formulas, by name. */
export const define = notations =>
  new Map(notations.map(({ signature, lines }) => {
    const [name, ...parameters] = signature.match(/\w+/g);
    return [name, { parameters, lines: parse(lines) }];
  }));

/**
 * Names of a formula's world. `given` has the names that are not assigned, `scene` the poses that elements are read from;
 * an assignment is evaluated when its name is first asked for.
 */
export class Names {
  #assigned = new Map();

  constructor({ given, scene, settledScene, placedScene, firstGiven, definitions, outer = null }) {
    Object.assign(this, { given, scene, settledScene, placedScene, firstGiven, definitions, outer });
  }

  /** Adds assignments; a later one may use an earlier one of the same name. */
  assign(lines) {
    for (const { name, value } of lines) {
      const before = this.#assigned.get(name);
      this.#assigned.set(name, { value, before, known: undefined });
    }
    return this;
  }

  set(name, known) {
    this.#assigned.set(name, { known });
  }

  value(name) {
    const holder = this.#holder(name);
    if (holder) return holder.#valueOf(name);
    if (name === 'pi') return Math.PI;
    const value = this.given(name);
    if (value === undefined) throw new Error(`what is ${name}?`);
    return value;
  }

  #holder(name) {
    return this.#assigned.has(name) ? this : this.outer?.#holder(name) ?? null;
  }

  #valueOf(name) {
    const found = this.#assigned.get(name);
    if (found.known === undefined) {
      // Within its own expression a name means what it was before.
      if (found.before) this.#assigned.set(name, found.before);
      else this.#assigned.delete(name);
      try {
        found.known = found.value(this);
      } finally {
        this.#assigned.set(name, found);
      }
    }
    return found.known;
  }

  call(name, values) {
    const definition = this.definitions.get(name);
    if (!definition) throw new Error(`what is ${name}(…)?`);
    const inner = new Names({ ...this, outer: this });
    definition.parameters.forEach((parameter, i) => inner.set(parameter, values[i]));
    return inner.assign(definition.lines).value(name);
  }

  settled() {
    return new Names({ ...this, outer: this, scene: this.settledScene });
  }

  placed() {
    return new Names({ ...this, outer: this, scene: this.placedScene });
  }

  first() {
    return new Names({ ...this, outer: null, given: this.firstGiven });
  }
}
