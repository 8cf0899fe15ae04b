// The entries of the journal in the page: the latest ones, in their order, and those of each task.

export const CAPACITY = 10_000;

// Removing single entries from the front of an array of ten thousand takes longer than all else that an update does.
// So the array may grow by a tenth before its front is cut off.
const SLACK = CAPACITY / 10;

// Returns a store. `dropped` counts the entries that were removed from the front, so that a view knows by how much its
// rows move; `skipped` those that the server did not send, as they came too fast to be read.
export function createEntryStore() {
  const store = {
    entries: [],
    dropped: 0,
    skipped: 0,
    byTask: new Map(),

    get last() {
      return store.entries.at(-1);
    },

    // Adds entries that are newer than all others, and returns them. Entries that are known already are left out.
    add(entries) {
      const after = store.last?.number ?? 0;
      const added = entries.filter(({ number }) => number > after);
      store.entries.push(...added);
      for (const entry of added) if (entry.task_id) listOf(entry.task_id).push(entry);
      if (store.entries.length > CAPACITY + SLACK) drop(store.entries.length - CAPACITY);
      return added;
    },

    clear() {
      store.entries = [];
      store.dropped = 0;
      store.skipped = 0;
      store.byTask = new Map();
    },

    removeAccount(account) {
      store.entries = store.entries.filter((entry) => entry.account !== account);
      for (const [id, list] of store.byTask) if (list[0]?.account === account) store.byTask.delete(id);
    },

    ofTask(id) {
      return store.byTask.get(id) ?? [];
    },

    find(requestId) {
      return store.entries.findLast((entry) => entry.request_id === requestId);
    },
  };

  function listOf(id) {
    if (!store.byTask.has(id)) store.byTask.set(id, []);
    return store.byTask.get(id);
  }

  function drop(count) {
    const dropped = store.entries.splice(0, count);
    store.dropped += count;
    const limit = store.entries[0].number;
    for (const id of new Set(dropped.map((entry) => entry.task_id))) {
      const list = store.byTask.get(id)?.filter(({ number }) => number >= limit) ?? [];
      if (list.length) store.byTask.set(id, list);
      else store.byTask.delete(id);
    }
  }

  return store;
}
