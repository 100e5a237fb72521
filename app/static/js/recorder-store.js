// Slices that the server has not acknowledged yet, kept in IndexedDB over a reload or a closed tab.
// Where there is no IndexedDB (some private windows), memory serves for the life of the page.

const DATABASE = "placewell-recordings";

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function opened() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("takes", { keyPath: "key" });
    request.result.createObjectStore("slices", { keyPath: ["take", "order"] });
  };
  return promised(request);
}

class MemoryStore {
  constructor() {
    this.take = null;
    this.kept = new Map();
  }
  async loadTake() {
    return this.take;
  }
  async saveTake(take) {
    this.take = structuredClone(take);
  }
  async saveSlice(slice) {
    this.kept.set(slice.order, slice);
  }
  async slices() {
    return [...this.kept.values()].sort((a, b) => a.order - b.order);
  }
  async dropSlice(slice) {
    this.kept.delete(slice.order);
  }
  async clear() {
    this.take = null;
    this.kept.clear();
  }
}

class IndexedStore {
  constructor(database, key) {
    this.database = database;
    this.key = key;
  }
  table(name, mode) {
    return this.database.transaction(name, mode).objectStore(name);
  }
  range() {
    return IDBKeyRange.bound([this.key, -1], [this.key, Number.MAX_SAFE_INTEGER]);
  }
  async loadTake() {
    return (await promised(this.table("takes", "readonly").get(this.key))) || null;
  }
  async saveTake(take) {
    await promised(this.table("takes", "readwrite").put({ ...take, key: this.key }));
  }
  async saveSlice(slice) {
    await promised(this.table("slices", "readwrite").put({ ...slice, take: this.key }));
  }
  async slices() {
    return promised(this.table("slices", "readonly").getAll(this.range()));
  }
  async dropSlice(slice) {
    await promised(this.table("slices", "readwrite").delete([this.key, slice.order]));
  }
  async clear() {
    await promised(this.table("slices", "readwrite").delete(this.range()));
    await promised(this.table("takes", "readwrite").delete(this.key));
  }
}

/** The store of one take. `key` is the same on every visit to the page of that take. */
export async function openStore(key) {
  try {
    return new IndexedStore(await opened(), key);
  } catch {
    return new MemoryStore();
  }
}
