// Small plots on canvases: lines over the steps of an episode, and bars of an observation.

const colours = ['--x', '--y', '--z', '--grip'];

const prepare = canvas => {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = globalThis.devicePixelRatio ?? 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio))
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  return { context, width, height, colour: name => style.getPropertyValue(name) };
};

const line = (context, width, height, values, steps, low, high) => {
  context.beginPath();
  values.forEach((value, i) => {
    const x = i / (steps - 1) * width;
    const y = 1 + (1 - (Math.min(Math.max(value, low), high) - low) / (high - low)) * (height - 2);
    if (i === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
  context.stroke();
};

/** Rows of numbers over steps, one line for each column, from `low` to `high`. */
export const plotLines = (canvas, rows, [low, high], steps) => {
  const { context, width, height, colour } = prepare(canvas);
  context.strokeStyle = colour('--line');
  context.beginPath();
  context.moveTo(0, height / 2);
  context.lineTo(width, height / 2);
  context.stroke();
  context.lineWidth = 1.25;
  context.lineJoin = 'round';
  for (let column = 0; column < (rows[0]?.length ?? 0); column++) {
    context.strokeStyle = colour(colours[column % colours.length]);
    line(context, width, height, rows.map(row => row[column]), steps, low, high);
  }
};

/** Bars from the middle line, of numbers in [-1, 1]; `parts` are [length, colour] of neighbouring bars. */
export const plotBars = (canvas, numbers, parts) => {
  const { context, width, height, colour } = prepare(canvas);
  const step = width / numbers.length;
  let at = 0;
  for (const [length, name] of parts) {
    context.fillStyle = colour(name);
    for (const end = at + length; at < end; at++) {
      const size = Math.min(Math.max(numbers[at], -1), 1) * (height / 2 - 1);
      context.fillRect(at * step, height / 2 - Math.max(size, 0), Math.max(step - 1.5, 1), Math.max(Math.abs(size), 1));
    }
  }
};
