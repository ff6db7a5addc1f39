// Files of the page's folder.

/** The answer of the server; one that is no success is an error. */
export const fetched = async (path, options) => {
  const answer = await fetch(new URL(path, import.meta.url), options);
  if (!answer.ok) throw new Error(`${path}: the server answers ${answer.status}`);
  return answer;
};

export const bytesOf = async path => new Uint8Array(await (await fetched(path)).arrayBuffer());

export const jsonOf = async path => (await fetched(path)).json();

/** The same as `bytesOf`; `progress` hears how much of it is there, of at most 1. */
export const bytesWithProgress = async (path, size, progress) => {
  const reader = (await fetched(path)).body.getReader();
  const whole = new Uint8Array(size);
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return whole.subarray(0, at);
    whole.set(value, at);
    progress((at += value.length) / size);
  }
};

/** Lines of JSON as objects, as they come, until the signal. */
export const linesOf = async function* (path, signal) {
  const reader = (await fetched(path, { signal })).body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    yield* lines.map(line => JSON.parse(line));
  }
};
