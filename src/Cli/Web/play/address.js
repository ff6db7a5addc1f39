// The view as the part of an address behind "#": task?policy=…&goal=…&camera=…&speed=…&tour=on

const list = (numbers, digits) => numbers.map(x => Number(x.toFixed(digits))).join(',');

const numbers = (text, length) => {
  const found = text?.split(',').map(Number);
  return found?.length === length && found.every(Number.isFinite) ? found : null;
};

/** A name as the address has it, or as it was written by hand. */
const decoded = text => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** What an address says; what it does not say, or not rightly, is null. */
export const readAddress = hash => {
  const [task, rest = ''] = hash.replace(/^#/, '').split('?');
  const words = new URLSearchParams(rest);
  const goal = words.get('goal');
  return {
    task: decoded(task) || null,
    policy: words.get('policy'),
    numbers: numbers(goal, 3) ?? numbers(goal, 6),
    camera: numbers(words.get('camera'), 3),
    speed: Number(words.get('speed')) || null,
    isTour: words.get('tour') === 'on',
  };
};

export const writeAddress = ({ task, policy, numbers: drawn, camera: { around, above, away }, speed, isTour }) =>
  `#${encodeURIComponent(task)}?policy=${encodeURIComponent(policy)}${drawn ? `&goal=${list(drawn, 4)}` : ''}&camera=${list([around, above, away], 2)}&speed=${speed}${isTour ? '&tour=on' : ''}`;
