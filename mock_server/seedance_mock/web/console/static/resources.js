// What the control API lists, such as accounts and tasks. A resource is read when a visible screen watches it, and
// again when the traffic may have changed it.

import { control } from "./api.js";

const MIN_GAP = 1000;
// A list of a thousand tasks takes the server some time. The page waits so many times longer before it reads it again.
const REST_FACTOR = 25;

// member: the member of the response that is the list. key: the member that names an element of it.
// isAffected: tells for an entry of the journal whether it may change the list.
export function createResource(feed, path, { member, key, isAffected }) {
  const watchers = new Set();
  const quietWatchers = new Set();
  let byName = new Map();
  let timer = null;
  let gap = MIN_GAP;
  let readAt = -Infinity;

  const resource = {
    value: [],
    total: 0,
    isLoaded: false,

    // The element with this name, undefined if there is none.
    get(name) {
      return byName.get(name);
    },

    // Calls the function now and after each change, until the returned function is called.
    watch(watcher) {
      watchers.add(watcher);
      watcher(resource.value);
      schedule();
      return () => watchers.delete(watcher);
    },

    // Calls the function after each change that somebody else is a reason to read.
    watchQuietly(watcher) {
      quietWatchers.add(watcher);
    },

    async refresh() {
      clearTimeout(timer);
      timer = null;
      const start = performance.now();
      try {
        const response = await control(path);
        resource.value = response[member];
        resource.total = response.total ?? resource.value.length;
        byName = new Map(resource.value.map((element) => [element[key], element]));
        resource.isLoaded = true;
      } catch (error) {
        // The feed shows that the server cannot be reached, and reads again when it can.
        if (error.status === undefined) return;
        throw error;
      } finally {
        readAt = performance.now();
        gap = Math.max(MIN_GAP, REST_FACTOR * (readAt - start));
      }
      [...quietWatchers, ...watchers].forEach((watcher) => watcher(resource.value));
    },
  };

  function schedule() {
    if (!watchers.size) return;
    timer ??= setTimeout(() => resource.refresh(), Math.max(0, readAt + gap - performance.now()));
  }

  let lastState = "";
  feed.subscribe(({ added, isReset, state }) => {
    const isBack = state === "live" && lastState !== "live";
    lastState = state;
    if (isReset || isBack || added.some(isAffected)) schedule();
  });
  return resource;
}
