// Make time pass faster for a Node program: CLOCK_RATE=10 node --import ./fast_clock.mjs client.mjs
//
// The timers of the program and performance.now() run at CLOCK_RATE. Date keeps the real time, and
// so do the timeouts of sockets, which Node does not set with setTimeout().

const rate = Number(process.env.CLOCK_RATE || 1);
const { setTimeout: realSetTimeout, performance } = globalThis;
const realNow = performance.now.bind(performance);

performance.now = () => realNow() * rate;
globalThis.setTimeout = (callback, milliseconds, ...rest) =>
  realSetTimeout(callback, milliseconds / rate, ...rest);
