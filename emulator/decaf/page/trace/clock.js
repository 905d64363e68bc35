// Both times of a trace: the server's clock, which tests move and stop, and real time.

/** @typedef {import("./replay.js").Data} Data */

/**
 * Returns a function from the server's time to real time, both in epoch seconds. While the clock was moved, all of that
 * happened at one real moment; while it stood still, the first moment of that is returned.
 * @param {Data} data
 */
export function realTimes(data) {
  const changes = data.clock;
  const first = changes[0];
  const ahead = first ? first.before - first.real : data.now - data.real;
  return (/** @type {number} */ at) => {
    let real = at - ahead;
    for (const { real: then, before, after, frozen } of changes) {
      if (at < before || (at === before && before !== after)) break;
      real = at < after || frozen ? then : then + (at - after);
    }
    return real;
  };
}

/** Returns what was done to the clock, in words. @param {Record<string, any>} change @param {(seconds: number) => string} duration */
export function changeInWords({ before, after, frozen }, duration) {
  const stopped = frozen ? "stopped" : "running";
  return after > before + 0.001 ? `the clock was moved by ${duration(after - before)}` : `the clock was ${frozen ? stopped : "let run"}`;
}
